"""Locks against guessing: what axes keeps of an attempt, and the page that says how long."""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.problems import json_problem
from ledger.rules.refusals import Forbidden
from ledger.rules.worded import worded
from outbox import clock
from registry.access.guessing import minutes_until, note_lock, opens_at
from registry.ceremony import typed_address
from registry.models import User


class Attempts(AxesDatabaseHandler):  # type: ignore[misc]  # axes is untyped
    """Counts attempts without keeping what else was on the form: findings, reasons, codes."""

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        """Count a failed attempt."""
        super().user_login_failed(sender, credentials, request, **kwargs)
        if request is not None:
            rows = AccessAttempt.objects.filter(username=typed_address(request, credentials))
            rows.exclude(post_data="", get_data="").update(post_data="", get_data="")


def locked(
    request: HttpRequest, original: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Return the answer to an attempt while the lock holds: why, and for how many minutes."""
    typed = typed_address(request, credentials)
    note_lock(request, User.objects.filter(email__iexact=typed).first())
    until = opens_at(request, typed)
    minutes = minutes_until(until, clock.now())
    if request.path.startswith("/api/"):
        words = worded(
            "Too many wrong attempts: wait {minutes} minutes, or ask an administrator.",
            minutes=minutes,
        )
        refusal = Forbidden("too_many_attempts", words, who_can=["an administrator"])
        return json_problem(refusal, request)
    context = {"limit": settings.AXES_FAILURE_LIMIT, "until": until, "minutes": minutes}
    answer = render(request, "account/locked.html", context, status=429)
    answer["Retry-After"] = str(60 * minutes)
    return answer
