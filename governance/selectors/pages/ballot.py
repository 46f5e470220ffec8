"""The page of a motion: what is decided, the papers, the seats, the reader's vote, the quorum."""

from typing import Any

from django.utils.translation import gettext as _

from governance.models import (
    BreachCause,
    Decision,
    DecisionCondition,
    Meeting,
    MotionAction,
    RecusalRequest,
)
from governance.rules.act_words import clause
from governance.rules.figures import joined, measure_of
from governance.selectors.committees import next_body
from governance.selectors.conditions import UNSETTLED, conditions_of, is_in_force
from governance.selectors.motions import causes_of
from governance.selectors.pages.record import entries_of, told
from governance.selectors.pages.seats import (
    OPEN,
    Hearing,
    facts_of,
    quorum_of,
    recusal_rows,
    seat_rows,
    seats_note,
)
from governance.selectors.pages.sections import ROUND_STATES, signature
from governance.selectors.rounds import vote_refusal
from incidents.models import Evidence, Findings, Validation
from incidents.rules.plan import from_text
from incidents.rules.words import in_words
from ledger.rules.worded import joined as separated
from ledger.rules.worded import shortened, term, word, worded
from ledger.selectors.lines import lines_of_object
from outbox.languages import spoken
from outbox.rules.durations import BadDuration, Duration
from telemetry.rules.kpi_words import of_kpi

MEASURED = "measured"
PROOFS = {
    MEASURED: word("measured"),
    "proven_stopped": "stopped: no decision while the gateway's heartbeat is alive",
    "programme": "programme: 95 % contacted, 90 % settled",
    "document": "a document, seen by a second person",
}


def hearing_page(hearing: Hearing) -> dict[str, Any]:
    """Return what templates/governance/ballot.html shows, but for the forms."""
    decision, incident = hearing.decision, hearing.decision.incident
    state, word = ROUND_STATES[decision.state]
    lines = lines_of_object(object_type="decision", object_id=str(decision.pk))
    resolution = getattr(decision, "resolution", None)
    measured = _measured(decision)
    return {
        "at": hearing.at,
        "decision": decision,
        "incident": incident,
        "system": incident.system,
        "state": state,
        "word": word,
        "actions": [_action(one, measured) for one in _motion_actions(decision)],
        "conditions": [_condition(one) for one in decision.conditions],
        **_papers(decision),
        "seats": seat_rows(hearing),
        "seats_note": seats_note(hearing),
        "recusals": recusal_rows(hearing),
        "recusal_requests": _requests(hearing),
        "condition_rows": [_condition_row(row) for row in conditions_of(decision)],
        "in_force": is_in_force(decision, hearing.at),
        "replaced_by": decision.replaced_by.first(),
        "meeting": _meeting(decision),
        "quorum": quorum_of(hearing),
        "facts": facts_of(hearing),
        "resolution": resolution,
        "certificate": _certificate(resolution),
        "hearing": hearing,
        "feasibility": (decision.feasibility or "").splitlines(),
        "entries": entries_of(told(lines), about=f"motion {decision.number}"),
        "entry_count": len(lines),
        "cannot": _cannot(hearing),
        "leaders": joined([person.name for person in hearing.leaders], "or"),
        "has_higher": next_body(unit_id=incident.unit_id, level=decision.committee.level)
        is not None,
    }


def _motion_actions(decision: Decision) -> list[MotionAction]:
    rows = decision.motion_actions.select_related("target_version", "executor")
    return list(rows.order_by("position"))


def _action(action: MotionAction, measured: str) -> dict[str, Any]:
    target = action.target_version
    proof = PROOFS[action.proof]
    length = in_words(Duration.parse(action.due))
    facts: list[dict[str, Any]] = [
        {"label": word("Carried out by"), "value": action.executor.name},
        {"label": word("Within"), "value": worded("{length} of adoption", length=length)},
        {
            "label": word("Proof"),
            "value": separated(": ", [term(proof), measured])
            if action.proof == MEASURED
            else term(proof),
        },
    ]
    facts += [
        {"label": name.replace("_", " ").capitalize(), "value": value}
        for name, value in action.parameters.items()
    ]
    digest = target.named_by.removeprefix("sha256:").removeprefix("identity:") if target else ""
    lead, stop, rest = action.words.partition(". ")
    return {
        "action": action,
        "lead": f"{lead}{stop.strip()}",
        "rest": rest,
        "kind": term(action.get_type_display()),
        "facts": facts,
        "target": target,
        "digest": digest,
    }


def _measured(decision: Decision) -> str:
    """Say what a measured proof asks for: each breached series back past its recovery limit."""
    windows = from_text(decision.incident.plan).verification.get("windows", 3)
    told = [_limit(cause) for cause in causes_of(decision.incident)]
    if not told:
        return term(word("nothing is measured here"))
    return worded("{limits} in {windows} readings", limits=joined(told), windows=windows)


def _limit(cause: BreachCause) -> str:
    kpi, limits = cause.standing.series.kpi, cause.threshold_version
    known = (limits.recover_warning, limits.warning, limits.critical)
    limit = next((one for one in known if one is not None), None)
    measure = measure_of(unit=kpi.unit, neutral=kpi.neutral, size=limit)
    told = measure.say(limit)
    name = shortened(kpi.name.lower(), of_kpi(kpi.pk, kpi.name))
    if limits.direction == "below":
        return worded("{kpi} above {limit}", kpi=name, limit=told)
    return worded("{kpi} below {limit}", kpi=name, limit=told)


def _meeting(decision: Decision) -> Meeting | None:
    """The meeting that takes the motion, whose papers hold it; None in writing."""
    if decision.procedure != "meeting":
        return None
    rows = Meeting.objects.filter(items__decision=decision).exclude(state=Meeting.State.CANCELLED)
    return rows.order_by("-starts_at").first()


CONDITION_STATES = {
    "standing": "pending",
    "shown": "current",
    "met": "ok",
    "overdue": "crit",
    "moved": "ok",
}


def _condition_row(row: DecisionCondition) -> dict[str, Any]:
    return {
        "row": row,
        "state": CONDITION_STATES[row.state],
        "word": row.get_state_display(),
        "is_open": row.state in UNSETTLED,
    }


def _requests(hearing: Hearing) -> list[dict[str, Any]]:
    """Recusals asked for after voting, and whether the reader answers as who chairs."""
    rows = hearing.decision.recusal_requests.select_related("person").order_by("pk")
    return [
        {
            "row": row,
            "state": "current" if row.state == RecusalRequest.State.ASKED else "none",
            "word": row.get_state_display(),
            "answers": _answers(hearing, row),
        }
        for row in rows
    ]


def _answers(hearing: Hearing, row: RecusalRequest) -> bool:
    is_open = row.state == RecusalRequest.State.ASKED and row.person_id != hearing.reader.pk
    return is_open and hearing.chairs


def _condition(data: dict[str, Any]) -> dict[str, str]:
    told = {name: str(data.get(name) or "") for name in ("text", "owner", "due")}
    return told | {"due_said": _due_said(told["due"])}


def _due_said(due: str) -> str:
    """Say when a condition is due: a duration counts from the adoption, else it is a date."""
    if not due:
        return ""
    try:
        length = in_words(Duration.parse(due))
    except BadDuration:
        return _("until %(date)s") % {"date": due}
    return _("within %(length)s of adoption") % {"length": spoken(length)}


def _papers(decision: Decision) -> dict[str, Any]:
    """The findings and reviews that the motion was put on, and the evidence."""
    incident = decision.incident
    findings = (
        Findings.objects.filter(incident=incident, record_sha256=decision.findings_sha256)
        .select_related("submitted_by")
        .first()
    )
    reviews = list(
        Validation.objects.filter(incident=incident, findings_sha256=decision.findings_sha256)
        .select_related("validator")
        .order_by("validated_at")
    )
    evidence = Evidence.objects.filter(incident=incident, cycle=decision.cycle)
    return {
        "findings": findings,
        "reviews": reviews,
        "reviewers": joined([one.validator.name for one in reviews]),
        "evidence": list(evidence.select_related("added_by").order_by("added_at")),
    }


def _certificate(resolution: Any) -> dict[str, Any] | None:
    if resolution is None or resolution.signature is None:
        return None
    row = resolution.signature
    return signature(row, word("Certification"), row.payload_sha256, resolution.entry_number)


def _cannot(hearing: Hearing) -> list[dict[str, Any]]:
    """Why the reader does not vote, where the round is open and they have no seat in it."""
    if hearing.decision.state != OPEN or hearing.seat is not None:
        return []
    refusal = vote_refusal(decision=hearing.decision, user=hearing.reader, at=hearing.at)
    if refusal is None:
        return []
    why = clause(refusal.reason)
    if refusal.who_can:
        why = worded("{why}. {people} vote", why=why, people=joined(list(refusal.who_can)))
    return [{"state": "not", "name": term(word("Vote")), "why": why}]
