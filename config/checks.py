"""System checks: what must be true before anything is served."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connection

from ledger.services.keys import key_path, permissions_fault
from outbox import clock

LEAST_VERSION = 15


@register(Tags.database)
def database_is_postgresql_15(
    app_configs: Any = None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Refuse other engines and servers under version 15."""
    if not databases:
        return []
    if connection.vendor != "postgresql":
        return [
            Error(
                f"Countersign runs on PostgreSQL only, not on {connection.vendor}.",
                hint="Set DATABASE_URL=postgresql://…, or run `manage.py database start`.",
                id="countersign.E001",
            )
        ]
    return refuse_version(clock.server_version())


def refuse_version(version: int) -> list[CheckMessage]:
    """Return an error if the server's version number (150004 is 15.4) is too low."""
    if version // 10000 >= LEAST_VERSION:
        return []
    return [
        Error(
            f"PostgreSQL {version // 10000} is too old; Countersign needs {LEAST_VERSION}.",
            hint="Upgrade the server, or unset DATABASE_URL and use the embedded one.",
            id="countersign.E002",
        )
    ]


@register(Tags.security)
def history_is_on(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Refuse to run without the readable history."""
    if settings.SIMPLE_HISTORY_ENABLED:
        return []
    return [Error("SIMPLE_HISTORY_ENABLED=False is refused.", id="countersign.E003")]


@register(Tags.security, deploy=True)
def keys_are_set(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Refuse a deployment without its own keys."""
    found: list[CheckMessage] = []
    if settings.SECRET_KEY in ("unset", "only-for-demo-and-tests"):
        found.append(Error("SECRET_KEY is not set.", id="countersign.E004"))
    if not settings.FIELD_KEYS:
        found.append(Error("FIELD_KEYS is not set.", id="countersign.E005"))
    return found


@register(Tags.security)
def ledger_key_is_closed(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Refuse a key of the ledger that other accounts can read."""
    fault = permissions_fault(key_path()) if key_path().exists() else ""
    return [Error(fault, id="countersign.E006")] if fault else []


@register(Tags.security, deploy=True)
def ledger_stands_outside(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Refuse to keep the checkpoints where they go with what they guard, or where files are served.

    The server's data directory is known only if the account may ask for it and shares the host.
    """
    taken = {"FILES_DIR": Path(settings.MEDIA_ROOT), "STATIC_ROOT": Path(settings.STATIC_ROOT)}
    data = _data_directory()
    if data is not None:
        taken["the database's data directory"] = data
    folder = Path(settings.LEDGER_DIR).resolve()
    return [
        Error(
            f"LEDGER_DIR ({folder}) lies inside {name}.",
            hint="Give it a folder of its own, on another disk than the database's if you can.",
            id="countersign.E007",
        )
        for name, place in taken.items()
        if folder.is_relative_to(place.resolve())
    ]


def _data_directory() -> Path | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
            row = cursor.fetchone()
    except DatabaseError:
        return None
    return Path(row[0]) if row and row[0] else None
