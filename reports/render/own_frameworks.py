"""The text of an own framework as a file."""

from django.http import HttpResponse

from reports.models import OwnFramework


def yaml_answer(row: OwnFramework) -> HttpResponse:
    """Return the YAML of a version as a file to be saved."""
    response = HttpResponse(row.text, content_type="text/plain; charset=utf-8")
    name = f"{row.key}-v{row.version}.yaml"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = f'"{row.sha256}"'
    return response
