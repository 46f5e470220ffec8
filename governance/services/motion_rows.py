"""The actions of a motion: checked, with the policy's defaults, as rows that wait to be saved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.models import Decision, MotionAction
from governance.rules.conditions import condition_faults
from governance.rules.motion_kinds import KINDS
from governance.rules.motions import MotionCase, faults, proofs_of
from governance.rules.policy_document import PolicyDocument
from governance.selectors.motions import (
    executors_barred,
    is_measurable,
    target_fault,
    versions_by_id,
)
from governance.selectors.policies import document_of_plan
from governance.selectors.renewals import acceptance_faults_of, is_boundary
from incidents.models import Incident
from incidents.rules.plan import FrozenPlan
from incidents.selectors.requests import requests_left
from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from outbox.rules.durations import BadDuration, Duration
from registry.models import User

LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Motion:
    """What is put: title, reason, conditions, and actions as plain rows."""

    title: str
    reason: str
    conditions: Sequence[Mapping[str, Any]]
    actions: Sequence[Mapping[str, Any]]
    procedure: str = "written"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the actions, in order."""
        return tuple(str(action.get("type")) for action in self.actions)


def check_motion(motion: Motion, incident: Incident, at: datetime) -> None:
    """Refuse a motion that cannot be decided or carried out. Raises Invalid with each field."""
    case = MotionCase(
        severity=incident.severity,
        risk_tier=incident.risk_tier,
        measurable=is_measurable(incident),
        boundary=is_boundary(incident),
        has_conditions=bool(motion.conditions),
        requests_left=requests_left(incident),
    )
    found = faults(motion.actions, case) | dict(_text_faults(motion))
    found |= acceptance_faults_of(incident=incident, actions=motion.actions, at=at)
    if found:
        raise Invalid("motion_not_right", next(iter(found.values())), fields=found)


def _text_faults(motion: Motion) -> Iterator[tuple[str, str]]:
    if not motion.title or len(motion.title) > LONGEST_TITLE:
        yield (
            "title",
            worded(
                "A title of at most {longest_title} characters is needed.",
                longest_title=LONGEST_TITLE,
            ),
        )
    if not motion.reason:
        yield "reason", "Say why."
    if motion.procedure not in ("written", "meeting"):
        yield "procedure", "It is 'written' or 'meeting'."
    for text in (motion.title, motion.reason):
        if "\x00" in text:
            yield "reason", "This is a text."
    yield from condition_faults(motion.conditions)


def build_rows(
    *, decision: Decision, motion: Motion, incident: Incident, plan: FrozenPlan, at: datetime
) -> list[MotionAction]:
    """Return the actions of a motion, not saved yet. Raises Invalid with each field."""
    document = document_of_plan(plan)
    measurable = is_measurable(incident)
    rows = [
        _row(decision, number, action, measurable, document)
        for number, action in enumerate(motion.actions, start=1)
    ]
    found = _faults_of_rows(rows, incident, plan, at)
    if found:
        raise Invalid("motion_not_right", next(iter(found.values())), fields=found)
    return rows


def _row(
    decision: Decision,
    number: int,
    action: Mapping[str, Any],
    measurable: bool,
    document: PolicyDocument,
) -> MotionAction:
    kind = str(action["type"])
    return MotionAction(
        decision=decision,
        position=number,
        type=kind,
        words=str(action["words"]).strip(),
        target_version_id=_uuid(action.get("target_version")),
        executor_id=_uuid(action.get("executor_id")) or decision.incident.deputy_id,
        due=str(action.get("due") or _default_due(kind, decision.incident, document)),
        proof=str(action.get("proof") or proofs_of(kind, measurable=measurable)[0]),
        parameters=dict(action.get("parameters") or {}),
    )


def _default_due(kind: str, incident: Incident, document: PolicyDocument) -> str:
    times = document.times[incident.severity]
    fixed = {
        "rollback": times.roll_back,
        "suspend": times.stop or times.roll_back,
        "restrict": times.stop or times.roll_back,
        "request_information": times.findings,
        "retrain": document.actions.retrain,
        "compensate": document.actions.compensate,
        "inform": document.actions.inform,
        "supplier_fix": document.actions.supplier_fix,
    }
    return fixed.get(kind, times.roll_back)


def _faults_of_rows(
    rows: Sequence[MotionAction], incident: Incident, plan: FrozenPlan, at: datetime
) -> dict[str, str]:
    versions = versions_by_id([row.target_version_id for row in rows if row.target_version_id])
    people = User.objects.filter(
        pk__in=[row.executor_id for row in rows], is_active=True, kind=User.Kind.PERSON
    )
    barred = executors_barred(incident=incident, people=list(people), plan=plan, at=at)
    known = {person.pk: barred.get(person.pk, "") for person in people}
    found = {}
    for number, row in enumerate(rows):
        for name, words in _faults_of_row(row, incident, versions, known):
            found[f"actions.{number}.{name}"] = words
    return found


def _faults_of_row(
    row: MotionAction,
    incident: Incident,
    versions: Mapping[UUID, Any],
    people: Mapping[UUID, str],
) -> list[tuple[str, str]]:
    found = []
    barred = people.get(row.executor_id, "Name an active person who carries it out.")
    if barred and KINDS[row.type].command == "adopt":
        found.append(("executor_id", barred))
    try:
        Duration.parse(row.due)
    except BadDuration as error:
        found.append(("due", f"{error}."))
    if row.target_version_id is not None:
        version = versions.get(row.target_version_id)
        words = "There is no such version." if version is None else ""
        if version is not None and KINDS[row.type].target == "must":
            words = target_fault(version=version, incident=incident)
        if words:
            found.append(("target_version", words))
    return found


def _uuid(value: Any) -> UUID | None:
    if value in (None, ""):
        return None
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise Invalid(
            "motion_not_right",
            worded("{value!r} is no id.", value=value),
            fields={"actions": worded("{value!r} is no id.", value=value)},
        ) from None
