"""What every governed model inherits: a readable history, and no way past the services."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from django.db import models
from simple_history.models import HistoricalRecords

from ledger import touches
from ledger.context import current_actor

M = TypeVar("M", bound=models.Model, covariant=True)
_bulk_reason: ContextVar[str] = ContextVar("bulk_reason", default="")


class Unattributed(RuntimeError):
    """A governed record was saved while nobody acts: a defect, never a user's fault."""


class BypassRefused(RuntimeError):
    """A governed QuerySet was asked for update, bulk or delete outside the audited helper."""


@contextmanager
def audited_bulk(reason: str) -> Iterator[None]:
    """Allow set-wise writes on governed models within the block; the caller writes the entry."""
    if not reason:
        raise ValueError("a set-wise write needs its reason")
    token = _bulk_reason.set(reason)
    try:
        yield
    finally:
        _bulk_reason.reset(token)


class GovernedQuerySet(models.QuerySet[M]):
    """A QuerySet that refuses set-wise writes outside `audited_bulk`."""

    def _refuse(self, what: str) -> NoReturn:
        name = self.model._meta.label
        raise BypassRefused(f"{name} is governed: {what} passes its services and its record")

    def update(self, **kwargs: Any) -> int:
        """Refuse unless audited."""
        return super().update(**kwargs) if _bulk_reason.get() else self._refuse("update()")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse unless audited."""
        return super().delete() if _bulk_reason.get() else self._refuse("delete()")

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[M]:
        """Refuse unless audited."""
        if not _bulk_reason.get():
            self._refuse("bulk_create()")
        rows = super().bulk_create(*args, **kwargs)
        touches.note(rows)
        return rows

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        """Refuse unless audited."""
        if not _bulk_reason.get():
            self._refuse("bulk_update()")
        return super().bulk_update(*args, **kwargs)


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


def governed_history(**extra: Any) -> HistoricalRecords:
    """Return the history of a governed model: actor as plain id, reason as text."""
    return HistoricalRecords(
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

    The instant is the one that the service was given. `save` takes it as `at`; whoever makes a row
    by `create` or `get_or_create` gives it as `said_at`. Without either the machine's clock counts.
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


class Governed(Dated):
    """Abstract: saved only while somebody acts, never deleted one by one either."""

    objects = GovernedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuse a save that nobody answers for. Raises Unattributed."""
        if current_actor() is None:
            raise Unattributed(f"{self._meta.label} saved outside any door")
        super().save(*args, **kwargs)
        touches.note([self])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: governed records end by a state, they do not go. Raises BypassRefused."""
        raise BypassRefused(f"{self._meta.label} is governed and cannot be deleted")


class RecordedQuerySet(models.QuerySet[M]):
    """A QuerySet whose set-wise inserts are told to the next entry."""

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[M]:
        """Insert, and keep the keys for the entry."""
        rows = super().bulk_create(*args, **kwargs)
        touches.note(rows)
        return rows


class Recorded(Dated):
    """Abstract: a row of evidence; each save is told to the next entry of its transaction."""

    objects = RecordedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and keep the key for the entry."""
        super().save(*args, **kwargs)
        touches.note([self])
