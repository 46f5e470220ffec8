"""System check: whether PDFs can be drawn here, and the line that mends it."""

from ctypes.util import find_library
from typing import Any

from django.core.checks import CheckMessage, Warning, register

from reports.render.pdf import APT

LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")


@register("reports")
def pdf_can_be_drawn(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Warn when the renderer's system libraries are missing; packs then come without PDF."""
    missing = [name for name in LIBRARIES if find_library(name) is None]
    if not missing:
        return []
    return [
        Warning(
            f"Evidence packs are made without report.pdf: {', '.join(missing)} not installed.",
            hint=f"As root: {APT}",
            id="countersign.W010",
        )
    ]
