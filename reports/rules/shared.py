"""What a pack says of matters that no one system owns: value types, as they are written to JSON."""

from datetime import datetime
from typing import Any

from msgspec import Struct


class AgendaRecord(Struct, frozen=True, kw_only=True):
    """An item of an agenda; `withheld` says that it is about another matter than the pack's."""

    position: int
    kind: str
    title: str
    decision: str
    note: str
    withheld: bool


class AttendanceRecord(Struct, frozen=True, kw_only=True):
    """Who was there, as the secretary recorded it."""

    person: str
    standing: str
    function: str
    note: str
    recorded_by: str
    at: datetime
    entry: int


class MinutesRecord(Struct, frozen=True, kw_only=True):
    """Minutes: their hash, who certified them; the whole content where it is all in scope."""

    of: str
    number: int
    sha256: str
    state: str
    content: Any
    drafted_by: str
    drafted_at: datetime
    chair: str
    second: str
    approved_at: datetime | None
    addenda: list[str]


class MeetingRecord(Struct, frozen=True, kw_only=True):
    """A meeting of a body: notice, agenda, attendance, minutes."""

    number: str
    committee: str
    title: str
    starts_at: datetime
    place: str
    urgent: bool
    urgent_reason: str
    convened_by: str
    notice_sent_at: datetime
    state: str
    opened_at: datetime | None
    ended_at: datetime | None
    agenda: list[AgendaRecord]
    attendance: list[AttendanceRecord]
    minutes: list[MinutesRecord]


class AnswerRecord(Struct, frozen=True, kw_only=True):
    """One version of an answer to an authority's question."""

    version: int
    text: str
    answered_by: str
    answered_at: datetime
    entry: int


class PaperRecord(Struct, frozen=True, kw_only=True):
    """What an answer rests on."""

    kind: str
    title: str
    reference: str
    sha256: str
    added_by: str
    added_at: datetime
    entry: int


class QuestionRecord(Struct, frozen=True, kw_only=True):
    """A question of an authority as it was asked, its answers, what they rest on."""

    place: int
    text: str
    answers: list[AnswerRecord]
    evidence: list[PaperRecord]


class WithheldRecord(Struct, frozen=True, kw_only=True):
    """What is not handed over to an authority, why, and who else agreed to that."""

    question: int | None
    what: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str
    approved_at: datetime | None


class RequestRecord(Struct, frozen=True, kw_only=True):
    """A request of an authority: basis, due instant, questions, answers, what was withheld."""

    id: str
    number: str
    state: str
    authority: str
    basis: str
    reference: str
    language: str
    received_at: datetime
    received_by: str
    due_at: datetime
    period_from: str
    period_until: str
    about: list[str]
    ready_by: str
    ready_at: datetime | None
    sent_by: str
    sent_at: datetime | None
    sent_how: str
    answer_sha256: str
    late_reason: str
    receipt: str
    receipt_sha256: str
    receipt_at: datetime | None
    questions: list[QuestionRecord]
    withheld: list[WithheldRecord]


class GlassRecord(Struct, frozen=True, kw_only=True):
    """Access taken in an emergency: who, over what, why, until when, and the later verdict."""

    person: str
    over: str
    reason: str
    from_at: datetime
    until_at: datetime
    reviewed_by: str
    reviewed_at: datetime | None
    verdict: str
    review: str


class Shared(Struct, frozen=True, kw_only=True):
    """All of it."""

    meetings: list[MeetingRecord] = []
    requests: list[RequestRecord] = []
    glasses: list[GlassRecord] = []
