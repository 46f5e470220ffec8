"""QuerySets of what is on record: set-wise writes are refused, or told to the next entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn, TypeVar

from django.db import models

from ledger import touches

M = TypeVar("M", bound=models.Model, covariant=True)
_bulk_reason: ContextVar[str] = ContextVar("bulk_reason", default="")


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
