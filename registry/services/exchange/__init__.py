"""What comes in from elsewhere, after a person has looked at it; what goes out as one file."""

from registry.services.exchange.applying import apply_import, apply_waiting, request_apply
from registry.services.exchange.reading import read_import, withdraw_import
from registry.services.exchange.registries import (
    change_registry,
    connect_registry,
    read_registry,
)
from registry.services.exchange.settling import settle_import

__all__ = [
    "apply_import",
    "apply_waiting",
    "change_registry",
    "connect_registry",
    "read_import",
    "read_registry",
    "request_apply",
    "settle_import",
    "withdraw_import",
]
