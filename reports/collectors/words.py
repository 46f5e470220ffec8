"""How rows are named in a pack: printed names, labels, JSON texts. None becomes the empty word."""

import json
from typing import Any

from registry.models import SystemVersion, User


def name(user: User | None) -> str:
    """Return the printed name."""
    return user.name if user is not None else ""


def label(version: SystemVersion | None) -> str:
    """Return the version's label."""
    return version.label if version is not None else ""


def parsed(text: str) -> Any:
    """Return what a canonical JSON text holds, None for an empty one."""
    return json.loads(text) if text else None
