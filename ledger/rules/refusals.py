"""Refusals: every no has a code, a reason in words, and who can."""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.rules.commitments import Label


class Misconfigured(Exception):
    """A setting makes no sense; the process does not start."""


class Refused(Exception):
    """A request that is not carried out, with the reason in words a user understands.

    `code` is stable for machines; `who_can` names persons or roles that could do it instead;
    `recorded` says that the refusal itself must stand in the ledger (the door writes it in a
    transaction of its own after the rollback); `subject` is (type, id, label) of the object.
    Doors turn it into a problem document (RFC 9457) or a page.
    """

    status = 400

    def __init__(
        self,
        code: str,
        reason: str,
        *,
        who_can: Sequence[str] = (),
        fields: Mapping[str, str] | None = None,
        recorded: bool = False,
        subject: tuple[str, str, Label] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.who_can = tuple(who_can)
        self.fields = dict(fields or {})
        self.recorded = recorded
        self.subject = subject
        self.extra = dict(extra or {})


class Invalid(Refused):
    """The input is wrong: 400, with the fields."""


class Forbidden(Refused):
    """The person may not: 403."""

    status = 403


class Missing(Refused):
    """Not there, or not yours to see: 404."""

    status = 404


class Conflict(Refused):
    """The record has moved on or the state does not allow it: 409, with the present state."""

    status = 409


class TooLarge(Refused):
    """The body or the result is beyond a limit: 413."""

    status = 413


class SealRefused(Conflict):
    """The sealer does not sign: the words say what is wrong and what to do. Nothing is lost."""
