"""What is sent as a file to keep."""

from django.http import HttpResponse

BOM = "application/vnd.cyclonedx+json; version=1.6"


def bill_answer(content: bytes, name: str) -> HttpResponse:
    """Return a bill of materials as a file to keep; `name` is a short name of ours."""
    response = HttpResponse(content, content_type=BOM)
    response["Content-Disposition"] = f'attachment; filename="{name}.cdx.json"'
    return response
