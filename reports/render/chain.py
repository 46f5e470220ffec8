"""An incident as a chain of steps, each with who, when, what was said, and its ledger number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.render.proofs import Table, proof_steps
from reports.rules import figures
from reports.rules.content import SystemContent
from reports.rules.decided import DecisionRecord, SignatureRecord
from reports.rules.files import slug
from reports.rules.matters import (
    AssessmentRecord,
    CommentPaperRecord,
    CommentRecord,
    FindingsRecord,
    IncidentRecord,
    QuestionsRecord,
    TransitionRecord,
    ValidationRecord,
)
from reports.rules.readings import SeriesRecord

ABREAST = 3
QUESTIONS = (
    ("person_harmed", "a person could be harmed"),
    ("rights_affected", "rights or equal treatment affected"),
    ("personal_data", "personal data lost or disclosed"),
    ("critical_service", "a critical service involved"),
)


@dataclass(frozen=True)
class Step:
    """One step: a head, what a person wrote, sentences of the instrument, small print, a table.

    `said` stands before the sentences, `prose` (dissents, lessons) after them.
    """

    title: str
    at: datetime
    said: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    prose: tuple[str, ...] = ()
    label: str = ""
    entry: int | None = None
    table: Table | None = None


@dataclass(frozen=True)
class Chain:
    """An incident as the report prints it."""

    incident: IncidentRecord
    steps: tuple[Step, ...]
    signatures: tuple[SignatureRecord, ...]
    file: str

    @property
    def rows_of_signatures(self) -> list[list[SignatureRecord | None]]:
        """The signatures three abreast; the last row is filled up with None."""
        padded: list[SignatureRecord | None] = [*self.signatures]
        padded += [None] * (-len(padded) % ABREAST)
        return [padded[start : start + ABREAST] for start in range(0, len(padded), ABREAST)]


def chain_of(incident: IncidentRecord, content: SystemContent) -> Chain:
    """Return the incident's steps in the order in which they happened."""
    series = {item.id: item for item in content.readings.series}
    decisions = [item for item in content.matters.decisions if item.incident == incident.number]
    steps = [
        _breach(incident, series),
        *_answers(incident),
        *(_findings(incident, item) for item in incident.findings),
        *(_review(item) for item in incident.validations),
        *_returns(incident),
        *(step for item in decisions for step in _decision(item)),
        *(Step(**proof) for proof in proof_steps(incident, series)),
        *_ends(incident),
        *(_comment(item) for item in incident.comments),
    ]
    subjects = {incident.number, *(item.number for item in decisions)}
    signed = [
        item
        for item in content.matters.signatures
        if item.subject.partition(",")[0] in subjects or item.id in _named(incident)
    ]
    ordered = sorted(steps, key=lambda step: (step.at, step.entry or 0))
    return Chain(
        incident=incident,
        steps=tuple(ordered),
        signatures=tuple(signed),
        file=f"{slug(incident.number)}.json",
    )


def _breach(incident: IncidentRecord, series: dict[int, SeriesRecord]) -> Step:
    sentences = [incident.summary]
    for cause in incident.causes:
        item = series.get(cause.series_id)
        if item is not None:
            named = f"{item.name}{f', {item.segment}' if item.segment else ''}"
            said = figures.say(cause.value, unit=item.unit, neutral=item.neutral)
            sentences.append(f"{named}: {said} under bands v{cause.threshold_number}.")
    first = incident.transitions[0] if incident.transitions else None
    onset = f" Onset found by {incident.onset_method}." if incident.onset_method else ""
    return Step(
        title=incident.kind,
        at=incident.detected_at,
        lines=tuple(sentences),
        label=f"Proposed severity {incident.proposed_severity}, at {incident.risk_tier} tier. "
        f"Owner {incident.owner}, deputy {incident.deputy}.{onset}",
        entry=first.entry if first else None,
    )


def _answers(incident: IncidentRecord) -> Iterator[Step]:
    for item in incident.questions:
        yield Step(
            title=f"Acknowledged by {item.answered_by}",
            at=item.answered_at,
            lines=(_questions(item),),
            entry=item.entry,
        )
    for assessment in incident.assessments:
        yield _assessment(assessment)


def _questions(item: QuestionsRecord) -> str:
    said = "; ".join(f"{words}: {getattr(item, field)}" for field, words in QUESTIONS)
    return f"{said[:1].upper()}{said[1:]}."


def _assessment(item: AssessmentRecord) -> Step:
    affected = "number not known" if item.affected is None else figures.number(item.affected)
    return Step(
        title=f"First assessment: {item.written_by}",
        at=item.written_at,
        said=(item.seen,),
        lines=(
            f"Affected: {affected}. {'Contained' if item.contained else 'Not contained'}. "
            f"Next: {item.next_step}",
        ),
        entry=item.entry,
    )


def _findings(incident: IncidentRecord, item: FindingsRecord) -> Step:
    affected = "number not known" if item.affected is None else figures.number(item.affected)
    papers = [
        f"{paper.title} {paper.sha256[:8]}"
        for paper in incident.evidence
        if paper.cycle == item.cycle and paper.added_at <= item.submitted_at
    ]
    revision = f" v{item.revision}" if item.revision > 1 else ""
    return Step(
        title=f"Owner: {item.submitted_by}, findings{revision}",
        at=item.submitted_at,
        said=(item.narrative,),
        lines=(
            f"Cause: {item.cause}. Affected: {affected}. Harm: {item.harm}",
            f"Proposed: {item.proposed_severity}; {item.proposed_action}",
        ),
        label=f"Evidence: {'; '.join(papers)}" if papers else "No evidence attached",
        entry=item.entry,
    )


def _review(item: ValidationRecord) -> Step:
    reason = f" {item.severity_reason}" if item.severity_reason else ""
    because = f" {item.implication_reason}" if item.implication_reason else ""
    return Step(
        title=f"Validation: {item.validator}, {item.line.lower()}",
        at=item.validated_at,
        lines=(
            f"Severity {item.severity}.{reason}",
            f"{item.implication.rstrip(',')}:{because}" if because else item.implication,
        ),
        label="" if item.same_record else "The findings changed after this review.",
        entry=item.entry,
    )


def _returns(incident: IncidentRecord) -> Iterator[Step]:
    for item in incident.transitions:
        if item.code == "T05":
            yield _plain(f"Returned to the owner by {item.person}", item)


def _decision(item: DecisionRecord) -> Iterator[Step]:
    orders = "; ".join(f"{order.words.rstrip('.')}, {order.executor}" for order in item.actions)
    ordered = f"Ordered: {orders}." if orders else "Nothing is ordered."
    if item.resolution is None:
        instant = item.convened_at
        if instant is not None:
            yield Step(
                title=f"Committee: motion {item.number}, {item.state}",
                at=instant,
                lines=(item.title, ordered),
            )
        return
    ended = item.resolution
    counted = (
        f"For {ended.votes_for}, against {ended.votes_against}, abstain {ended.abstentions}; "
        f"{ended.present} of {ended.eligible} took part. {ended.words}"
    )
    yield Step(
        title=f"{item.committee}: motion {item.number}, {ended.outcome}",
        at=ended.at,
        lines=tuple(text for text in (item.title, ordered, counted, _seats(item)) if text),
        prose=tuple(_dissents(item)),
        label="; ".join(str(condition) for condition in _conditions(item)),
        entry=ended.entry,
    )


def _conditions(item: DecisionRecord) -> Sequence[object]:
    return [
        part.get("text", part) if isinstance(part, dict) else part for part in item.conditions or []
    ]


def _seats(item: DecisionRecord) -> str:
    said = [f"Recused: {away.person}, {away.reason}" for away in item.recusals]
    said += [
        f"{seat.seated} sat for {seat.holder}"
        for seat in item.electors
        if seat.seated and seat.seated != seat.holder
    ]
    return f"{'. '.join(text.rstrip('.') for text in said)}." if said else ""


def _dissents(item: DecisionRecord) -> Iterator[str]:
    for ballot in item.ballots:
        if ballot.counts and ballot.vote != "for" and ballot.reason:
            word = "Dissent" if ballot.vote == "against" else "Abstention"
            yield f"{word}, {ballot.person}: {ballot.reason}"


def _ends(incident: IncidentRecord) -> Iterator[Step]:
    for clock in incident.clocks:
        if clock.ended_at is not None:
            yield Step(
                title=f"Clock of {clock.basis} ended",
                at=clock.ended_at,
                lines=(clock.ended_reason,),
                entry=clock.entry,
            )
    for item in incident.transitions:
        if item.to_state in ("CLOSED", "CANCELLED"):
            yield Step(
                title=f"{item.to_state.capitalize()} by {item.person}",
                at=item.at,
                lines=tuple(
                    text
                    for text in (incident.resolution.replace("_", " "), item.reason)
                    # Whoever closes a case may give its lessons as the reason: they stand once.
                    if text and text != incident.lessons
                ),
                prose=(incident.lessons,) if incident.lessons else (),
                entry=item.entry,
            )


def _comment(item: CommentRecord) -> Step:
    """A comment as it was written; what came with it and whom it told in small print."""
    said = [f"Told: {', '.join(item.told)}"] if item.told else []
    said += [f"With it: {'; '.join(_paper(one) for one in item.papers)}"] if item.papers else []
    said += [f"Corrects № {figures.number(item.corrects)}"] if item.corrects else []
    gone: tuple[str, ...] = ()
    if item.withdrawn_at is not None:
        gone = (f"Withdrawn by {item.withdrawn_by}: {item.withdrawn_reason}",)
    return Step(
        title=f"Comment: {item.author}",
        at=item.made_at,
        said=(item.text,),
        lines=gone,
        label=". ".join(said),
        entry=item.entry,
    )


def _paper(one: CommentPaperRecord) -> str:
    return f"{one.reference} {one.sha256[:8]}".strip()


def _plain(title: str, item: TransitionRecord) -> Step:
    return Step(
        title=title, at=item.at, prose=(item.reason,) if item.reason else (), entry=item.entry
    )


def _named(incident: IncidentRecord) -> set[str]:
    found = {item.signature for item in incident.findings}
    return found | {item.signature for item in incident.validations}
