"""System checks: what must be true before anything is served."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

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
