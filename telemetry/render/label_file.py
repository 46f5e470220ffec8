"""Labelled answers as a file to take along."""

from django.http import HttpResponse

from telemetry.rules.label_sets import LabelSet

JSON_LINES = "application/jsonl"


def json_lines_file(found: LabelSet, *, name: str) -> HttpResponse:
    """Return the file, with how many events it holds and the ledger entry that says so."""
    response = HttpResponse(found.content, content_type=f"{JSON_LINES}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Events"] = str(found.events)
    response["X-Ledger-Entry"] = str(found.entry)
    return response
