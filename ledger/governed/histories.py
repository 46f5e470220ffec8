"""The readable history of a model: who, by which way, at which instant."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connection, models
from simple_history.models import HistoricalRecords

from ledger.context import current_actor

HISTORY_COLUMNS = [
    "history_date",
    "history_type",
    "history_user_id",
    "history_change_reason",
    "history_request_id",
    "history_channel",
    "history_actor",
]


class HistoryRow(models.Model):
    """Columns beside each row of a history: the request and the way it came."""

    history_request_id = models.CharField(max_length=64, blank=True)
    history_channel = models.CharField(max_length=16, blank=True)
    history_actor = models.TextField(blank=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Copy who acts into the row."""
        self.history_request_id, self.history_channel, self.history_actor = _way()
        super().save(*args, **kwargs)


def _way() -> tuple[str, str, str]:
    """Return request, channel and name of who acts, empty where nobody does."""
    actor = current_actor()
    return (actor.request_id, actor.channel, actor.name) if actor is not None else ("", "", "")


def _user_id(**_: Any) -> str | None:
    actor = current_actor()
    return actor.id if actor is not None and actor.kind in ("person", "token") else None


class GovernedHistory(HistoricalRecords):  # type: ignore[misc]  # simple-history is untyped
    """Writes the row of a history by one plain INSERT, half the cost of a model's save.

    The rows are those that simple-history would write; it sends no signals, for we have none.
    """

    def create_historical_record(
        self, instance: models.Model, history_type: str, using: str | None = None
    ) -> None:
        """Insert the row for a change of `instance` ('+', '~', '-')."""
        insert, fields = _insert_of(type(instance), self)
        if not insert:
            super().create_historical_record(instance, history_type, using=using)
            return
        row = [
            field.get_db_prep_save(getattr(instance, field.attname), connection) for field in fields
        ]
        row += [
            getattr(instance, "_history_date", None) or datetime.now(UTC),
            history_type,
            _user_id(),
            getattr(instance, "_change_reason", None),
            *_way(),
        ]
        with connection.cursor() as cursor:
            cursor.execute(insert, row)


@cache
def _insert_of(
    model: type[models.Model], history: HistoricalRecords
) -> tuple[str, list[models.Field[Any, Any]]]:
    """Return the statement and the fields of a model's history; none where a field needs more."""
    fields = history.fields_included(model)
    kept = getattr(model, history.manager_name).model._meta
    if history.m2m_fields or any(hasattr(field, "get_placeholder") for field in fields):
        return "", []
    columns = [kept.get_field(field.name).column for field in fields] + HISTORY_COLUMNS
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    places = ", ".join(["%s"] * len(columns))
    table = connection.ops.quote_name(kept.db_table)
    # Every name is a model's own.
    return f"INSERT INTO {table} ({names}) VALUES ({places})", fields  # noqa: S608


def governed_history(**extra: Any) -> HistoricalRecords:
    """Return the history of a governed model: actor as plain id, reason as text."""
    return GovernedHistory(
        bases=[HistoryRow],
        history_user_id_field=models.UUIDField(null=True),
        history_user_getter=_history_user,
        history_user_setter=_set_history_user,
        get_user=_user_id,
        history_change_reason_field=models.TextField(null=True),
        **extra,
    )


def _history_user(historical: Any) -> Any:
    return historical.history_user_id


def _set_history_user(historical: Any, user: Any) -> None:
    historical.history_user_id = user
