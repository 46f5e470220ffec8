"""Files of readings: which a person sees, their lines, what is wrong with them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from ledger.rules.refusals import Missing
from registry.models import System, User
from telemetry.models import Upload, UploadFault
from telemetry.selectors.reach import systems_for

ACT = "measurements.upload"


def uploads_for(user: User) -> QuerySet[Upload]:
    """Return a person's own uploads, newest first: their lines may be of any system."""
    rows = Upload.objects.filter(uploaded_by=user).select_related("uploaded_by", "ended_by")
    return rows.order_by("-uploaded_at", "id")


def upload_for(upload_id: UUID, user: User) -> Upload:
    """Return one of them. Raises Missing."""
    found = uploads_for(user).filter(pk=upload_id).first()
    if found is None:
        raise Missing("unknown_upload", "There is no such upload that you may see.")
    return found


def systems_for_upload(*, user: User, at: datetime) -> QuerySet[System]:
    """Return the systems whose readings a person may upload."""
    return systems_for(act=ACT, user=user, at=at)


def first_lines(found: Upload, most: int = 20) -> list[dict[str, Any]]:
    """Return the first lines of a file as they stand: number and cells."""
    chunk = found.chunks.order_by("place").first()
    lines = chunk.lines[:most] if chunk is not None else []
    width = len(found.columns)
    return [
        {"number": number, "cells": (cells + [""] * width)[: max(width, len(cells))]}
        for number, cells in lines
    ]


def faults_told(upload_id: UUID, *, at_import: bool) -> QuerySet[UploadFault]:
    """Return why lines are not taken, in the order of the file."""
    rows = UploadFault.objects.filter(of_id=upload_id, at_import=at_import)
    return rows.order_by("number", "id")
