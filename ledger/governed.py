"""What every governed model inherits: a readable history, and no way past the services."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, NoReturn, TypeVar

from django.db import connection, models
from simple_history.models import HistoricalRecords

from ledger import touches
from ledger.context import current_actor

REMEMBERED = "_remembered"
HISTORY_COLUMNS = [
    "history_date",
    "history_type",
    "history_user_id",
    "history_change_reason",
    "history_request_id",
    "history_channel",
    "history_actor",
]
M = TypeVar("M", bound=models.Model, covariant=True)
_bulk_reason: ContextVar[str] = ContextVar("bulk_reason", default="")


class Unattributed(RuntimeError):
    """A governed record was saved while nobody acts: a defect, never a user's fault."""


class BypassRefused(RuntimeError):
    """A governed QuerySet was asked for update, bulk or delete outside the audited helper."""


@contextmanager
def bulk_allowed(reason: str) -> Iterator[None]:
    """Let set-wise writes on governed models pass within the block.

    For ledger.services.bulk.audited_bulk alone, which writes the entry.
    """
    if not reason.strip():
        raise ValueError("a set-wise write needs its reason")
    token = _bulk_reason.set(reason)
    try:
        yield
    finally:
        _bulk_reason.reset(token)


class RecordedQuerySet(models.QuerySet[M]):
    """A QuerySet whose set-wise writes are told to the next entry; it deletes nothing."""

    def update(self, **kwargs: Any) -> int:
        """Update, and keep the keys of what may have changed for the entry."""
        keys = self._keys()
        changed = super().update(**kwargs)
        touches.note_keys(keys)
        return changed

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[M]:
        """Insert, and keep the keys for the entry."""
        rows = super().bulk_create(*args, **kwargs)
        touches.note(rows)
        return rows

    def bulk_update(self, objs: Any, *args: Any, **kwargs: Any) -> int:
        """Update, and keep the keys for the entry."""
        rows = list(objs)
        changed = super().bulk_update(rows, *args, **kwargs)
        touches.note(rows)
        return changed

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse. Raises BypassRefused."""
        self._refuse("delete()")

    def _raw_delete(self, using: str | None) -> int:
        """Refuse: Django's collector of cascades would pass `delete` here."""
        self._refuse("_raw_delete()")

    def _refuse(self, what: str) -> NoReturn:
        name = self.model._meta.label
        raise BypassRefused(f"{name} is on record: {what} passes its services and the ledger")

    def _keys(self) -> list[str]:
        table = self.model._meta.db_table
        return [f"{table}:{pk}" for pk in self.order_by().values_list("pk", flat=True)]


class GovernedQuerySet(RecordedQuerySet[M]):
    """A QuerySet that refuses set-wise writes outside `audited_bulk`."""

    def update(self, **kwargs: Any) -> int:
        """Refuse unless audited. Raises BypassRefused."""
        self._audited("update()")
        return super().update(**kwargs)

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[M]:
        """Refuse unless audited. Raises BypassRefused."""
        self._audited("bulk_create()")
        return super().bulk_create(*args, **kwargs)

    def bulk_update(self, objs: Any, *args: Any, **kwargs: Any) -> int:
        """Refuse unless audited. Raises BypassRefused."""
        self._audited("bulk_update()")
        return super().bulk_update(objs, *args, **kwargs)

    def _audited(self, what: str) -> None:
        if not _bulk_reason.get():
            self._refuse(what)


class HistoryRow(models.Model):
    """Columns beside each row of a history: the request and the way it came."""

    history_request_id = models.CharField(max_length=64, blank=True)
    history_channel = models.CharField(max_length=16, blank=True)
    history_actor = models.TextField(blank=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Copy who acts into the row."""
        actor = current_actor()
        if actor is not None:
            self.history_request_id = actor.request_id
            self.history_channel = actor.channel
            self.history_actor = actor.name
        super().save(*args, **kwargs)


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
        actor = current_actor()
        row = [
            field.get_db_prep_save(getattr(instance, field.attname), connection) for field in fields
        ]
        row += [
            getattr(instance, "_history_date", None) or datetime.now(UTC),
            history_type,
            _user_id(),
            getattr(instance, "_change_reason", None),
            actor.request_id if actor else "",
            actor.channel if actor else "",
            actor.name if actor else "",
        ]  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(insert, row)


@cache
def _insert_of(
    model: type[models.Model], history: HistoricalRecords
) -> tuple[str, list[models.Field[Any, Any]]]:
    """Return the statement and the fields of a model's history; none where a field needs more."""
    fields = history.fields_included(model)
    kept = getattr(model, history.manager_name).model._meta
    if any(hasattr(field, "get_placeholder") for field in fields):
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


class Dated(models.Model):
    """Abstract: its history says at which instant a change was, not when the row was written.

    The instant is the one that the service was given: `save` takes it as `at`, `get_or_create` as
    `said_at` among its defaults. Without it the machine's clock counts.
    """

    class Meta:
        abstract = True

    @property
    def said_at(self) -> datetime | None:
        """The instant that the next save is dated by."""
        return getattr(self, "_history_date", None)

    @said_at.setter
    def said_at(self, at: datetime | None) -> None:
        self._history_date = at

    def save(self, *args: Any, at: datetime | None = None, **kwargs: Any) -> None:
        """Save; the row of its history is dated by `at`."""
        if at is not None:
            self._history_date = at
        try:
            super().save(*args, **kwargs)
        finally:
            self.__dict__.pop("_history_date", None)


class OnRecord(Dated):
    """Abstract: each save is told to the next entry of its transaction. Rows do not go.

    A save of `technical` columns alone is no change of the record.
    """

    technical: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and keep the key for the entry."""
        super().save(*args, **kwargs)
        if not self._is_technical(kwargs.get("update_fields")):
            touches.note([self])
        if REMEMBERED in self.__dict__:
            self.remember()

    def remember(self) -> None:
        """Keep the values as they stand, so that a later save can write what changed since."""
        self.__dict__[REMEMBERED] = self._values()

    def changed(self) -> list[str] | None:
        """Return the fields that changed since `remember`; None, for all, where none was kept."""
        kept = self.__dict__.get(REMEMBERED)
        if kept is None:
            return None
        return [name for name, value in self._values().items() if kept.get(name) != value]

    def _values(self) -> dict[str, Any]:
        values, fields = self.__dict__, self._meta.concrete_fields
        return {field.attname: values[field.attname] for field in fields if field.attname in values}

    def save_base(self, raw: bool = False, *args: Any, **kwargs: Any) -> None:
        """Refuse what fixtures load: it passes `save`. Raises BypassRefused."""
        if raw:
            raise BypassRefused(f"{self._meta.label} is on record: fixtures pass its services")
        super().save_base(raw, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: records end by a state, they do not go. Raises BypassRefused."""
        raise BypassRefused(f"{self._meta.label} is on record and cannot be deleted")

    def _is_technical(self, fields: Iterable[str] | None) -> bool:
        return bool(self.technical and fields and self.technical.issuperset(fields))


class Recorded(OnRecord):
    """Abstract: a row of evidence, written by its service and told by an entry."""

    objects = RecordedQuerySet.as_manager()

    class Meta:
        abstract = True


class Governed(OnRecord):
    """Abstract: saved only while somebody acts, and never set-wise but by the audited helper."""

    objects = GovernedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuse a save that nobody answers for. Raises Unattributed."""
        if current_actor() is None and not self._is_technical(kwargs.get("update_fields")):
            raise Unattributed(f"{self._meta.label} saved outside any door")
        super().save(*args, **kwargs)


# Django's own paths (related managers, cascades) meet the refusals too. It does not stand in Meta,
# for children that have none would copy it into their migrations.
Recorded._meta.base_manager_name = "objects"
Governed._meta.base_manager_name = "objects"
