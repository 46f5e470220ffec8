"""What every page needs around its own content."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the reader's theme and zone."""
    user = getattr(request, "user", None)
    return {
        "theme": getattr(user, "theme", "") or request.COOKIES.get("theme", ""),
        "reader_zone": getattr(user, "zone", "Europe/Berlin"),
    }
