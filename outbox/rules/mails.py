"""What a mail is before it is a row: its words, to whom, about what, until when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

MARKS = {"en": "DRILL", "de": "ÜBUNG"}
"""What a rehearsal's subject begins with, by the language of whom it reaches."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that is to be queued; `queue_mail` says what each field does."""

    key: str
    person_id: UUID | None
    address: str
    subject: str
    body: str
    subject_id: UUID | None = None
    kind: str = ""
    urgent: bool = False
    drill: bool = False
    due_at: datetime | None = None
    url: str = ""
    group: str = ""

    def columns(self, at: datetime) -> dict[str, Any]:
        """Return the columns of its row, but for the key."""
        return {
            "channel": "mail",
            "person_id": self.person_id,
            "address": self.address,
            "subject": marked(self.subject, drill=self.drill),
            "body": self.body,
            "subject_id": self.subject_id,
            "kind": self.kind,
            "urgent": self.urgent,
            "drill": self.drill,
            "due_at": self.due_at,
            "url": self.url,
            "group": self.group,
            "held": bool(self.kind) and not self.urgent and self.person_id is not None,
            "next_attempt_at": at,
            "created_at": at,
        }


def marked(subject: str, *, drill: bool, language: str = "en") -> str:
    """Return a subject as it goes out: a rehearsal never looks like a case (CLK-09)."""
    if not drill or subject.startswith(tuple(MARKS.values())):
        return subject
    return f"{MARKS.get(language, MARKS['en'])} {subject}"


def traced(url: str, notice: UUID) -> str:
    """Return a link with a notice's name, so that opening it says that it was seen."""
    place, mark, part = url.partition("#")
    joint = "&" if "?" in place else "?"
    return f"{place}{joint}notice={notice}{mark}{part}"
