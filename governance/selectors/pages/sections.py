"""The sections of an incident's file: first assessment, findings, validation, decision, proof."""

from typing import Any

from governance.models import Ballot, Decision
from governance.rules.figures import number
from governance.selectors.pages.gates import LINES
from governance.selectors.pages.papers import Papers
from incidents.models import Findings, Incident
from incidents.rules.command_fields import QUESTION_WORDS
from ledger.rules.worded import term, word, worded
from registry.models import Signature
from registry.rules.recorded_roles import role_told

ANSWERS = {"yes": "Yes", "no": "No", "unknown": "Not known yet"}
ROUND_STATES = {
    "draft": ("pending", "Draft"),
    "open": ("current", "Open"),
    "adopted": ("ok", "Adopted"),
    "rejected": ("critical", "Not carried"),
    "lapsed": ("none", "Lapsed"),
    "void": ("none", "Void"),
}
IMPLICATIONS = {
    "none": "Not reportable",
    "regime": "Clock confirmed",
    "informed": "Supervisor informed, without a statutory clock",
}


METHODS = (word("password"), word("app code"), word("passkey"))
"""How a person proved to be there when they signed, as the record has it."""


def assessment_of(papers: Papers) -> dict[str, Any] | None:
    """Return the first assessment with the four answers, None before both."""
    found, asked = papers.assessment, papers.questions
    if found is None and asked is None:
        return None
    return {
        "assessment": found,
        "facts": _assessment_facts(papers) if found else [],
        "answers": _answers(papers),
        "asked": asked,
        "others": list(papers.assessments[:-1])[::-1],
    }


def _assessment_facts(papers: Papers) -> list[dict[str, Any]]:
    found = papers.assessment
    if found is None:
        return []
    affected = term(word("not known")) if found.affected is None else number(found.affected)
    since = {"at": found.since} if found.since else {"value": term(word("not known"))}
    step = {"label": word("Next step"), "value": found.next_step}
    return [
        {"label": word("Since when"), **since},
        {"label": word("Who is affected"), "value": affected, "note": found.affected_note},
        {"label": word("Contained"), "value": term("Yes" if found.contained else "No")},
        step,
    ]


def _answers(papers: Papers) -> list[dict[str, str]]:
    if papers.questions is None:
        return []
    return [
        {"words": words, "answer": ANSWERS[getattr(papers.questions, name)]}
        for name, words in QUESTION_WORDS.items()
    ]


def findings_of(incident: Incident, papers: Papers) -> dict[str, Any] | None:
    """Return the newest findings with facts, evidence and signatures, None before any."""
    found = papers.findings
    if found is None and not papers.evidence:
        return None
    return {
        "findings": found,
        "facts": findings_facts(found) if found else [],
        "earlier": list(papers.findings_revisions[:-1])[::-1],
        "evidence": [
            {
                "name": one.title,
                "url": one.reference if one.reference.startswith("https://") else "",
                "meta": worded(
                    "{reference}, by {name}", reference=one.reference, name=one.added_by.name
                ),
                "digest": one.sha256,
            }
            for one in papers.evidence
        ],
        "signatures": signatures_of(incident, papers) if found else [],
    }


def findings_facts(found: Findings) -> list[dict[str, Any]]:
    """Return what findings say beside their narrative, as labels and values."""
    affected = [number(found.affected)] if found.affected is not None else []
    affected += [found.affected_note] if found.affected_note else []
    facts = [
        (word("Cause"), term(found.get_cause_display())),
        (word("Version"), found.version_label),
        (word("Affected"), ": ".join(affected)),
        (word("Harm"), found.harm),
        (
            word("Proposed"),
            worded(
                "Severity {severity}. {action}",
                severity=_severity(found.proposed_severity),
                action=found.proposed_action,
            ),
        ),
        (word("Contained by"), found.containment),
    ]
    told: list[dict[str, Any]] = [
        {"label": label, "value": value} for label, value in facts if value
    ]
    if found.affected_from:
        told.insert(2, {"label": word("From"), "at": found.affected_from})
    return told


def _severity(value: str) -> str:
    return term(Incident.Severity(value).label, lowered=True)


def signatures_of(incident: Incident, papers: Papers) -> list[dict[str, Any]]:
    """Return who signed the findings and their reviews, and whose signature is waited for."""
    found = papers.findings
    if found is None:
        return []
    broken = not papers.is_intact(incident.number)
    rows = [signature(found.signature, word("Authorship"), found.record_sha256, found.entry_number)]
    if broken:
        rows[0] |= {"state": "broken", "note": word("counts as absent")}
    rows += [
        signature(
            review.signature,
            worded("Review, {line}", line=term(LINES[review.line])),
            review.findings_sha256,
            review.entry_number,
        )
        for review in papers.reviews
    ]
    if incident.state == "VALIDATION":
        lines = papers.lines if papers.needs_both else papers.lines[:1]
        for line in lines:
            who = LINES[line] if papers.needs_both else word("compliance or risk")
            told = worded("a review by {who}", who=term(who))
            rows.append(_awaited(told, incident, found.record_sha256))
    return rows


def _awaited(name: str, incident: Incident, record: str) -> dict[str, Any]:
    return {
        "state": "waiting",
        "name": name,
        "meaning": term("Review"),
        "until": incident.stage_due_at,
        "record": record,
    }


def signature(row: Signature, meaning: str, record: str, number: int | None) -> dict[str, Any]:
    """Return a signature as components/signature.html shows it."""
    meaning = term(meaning)
    if row.role and row.role.lower() not in meaning.lower():
        meaning = worded("{meaning}, {role}", meaning=meaning, role=role_told(row.role))
    return {
        "name": row.signer_name,
        "meaning": meaning,
        "signed_at": row.signed_at,
        "method": row.method,
        "record": record,
        "number": number,
    }


def reviews_of(papers: Papers) -> list[dict[str, Any]]:
    """Return each signed review: severity, harm, what was said about an authority."""
    current = {review.pk for review in papers.reviews}
    return [
        {
            "review": one,
            "line": one.get_line_display(),
            "void": one.pk not in current,
            "facts": [
                {"label": word("Severity"), "value": _severity(one.severity),
                 "note": one.severity_reason},
                {"label": word("Authority"), "value": term(IMPLICATIONS[one.implication]),
                 "note": one.implication_reason},
                {"label": word("Harm"), "value": one.harm},
            ],
        }
        for one in papers.validations
    ]  # fmt: skip


def decisions_of(papers: Papers, reader_id: Any) -> list[dict[str, Any]]:
    """Return the rounds with what they order; votes where they may be seen."""
    return [_round(decision, reader_id) for decision in papers.decisions]


def votes_are_visible(decision: Decision, reader_id: Any) -> bool:
    """Whether the reader may see the votes: their own is in, or the round has closed."""
    if decision.state not in ("draft", "open"):
        return True
    return any(ballot.person_id == reader_id for ballot in decision.ballots.all())


def counting(decision: Decision) -> list[Ballot]:
    """Return the last ballot of each seat on the motion as it stands, by seat."""
    rows = [one for one in decision.ballots.all() if one.motion_sha256 == decision.motion_sha256]
    newest = {one.seat_number: one for one in rows}
    return [newest[seat] for seat in sorted(newest)]


def _round(decision: Decision, reader_id: Any) -> dict[str, Any]:
    state, word = ROUND_STATES[decision.state]
    resolution = getattr(decision, "resolution", None)
    return {
        "decision": decision,
        "state": state,
        "word": word,
        "actions": list(decision.motion_actions.all()),
        "resolution": resolution,
        "votes": counting(decision) if votes_are_visible(decision, reader_id) else [],
        "hidden": decision.state == "open" and not votes_are_visible(decision, reader_id),
    }
