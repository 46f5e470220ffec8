"""What models on record inherit: saved by somebody, told to an entry, never deleted."""

from collections.abc import Iterable
from copy import deepcopy
from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from ledger import touches
from ledger.context import current_actor
from ledger.governed.sets import BypassRefused, GovernedQuerySet, RecordedQuerySet

REMEMBERED = "_remembered"


class Unattributed(RuntimeError):
    """A governed record was saved while nobody acts: a defect, never a user's fault."""


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
        self.__dict__[REMEMBERED] = {
            # What is changed in place must not change here too.
            name: deepcopy(value) if isinstance(value, list | dict) else value
            for name, value in self._values().items()
        }

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
