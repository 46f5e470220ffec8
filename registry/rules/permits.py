"""Who may do what to a system, as one table; workflow.md section 1, requirements REG-3, GOV-4.

'owner' and 'deputy' are the system's own; every other word is a role, held for the system, its
unit, or a unit above. Executing machines of the product stand outside the table.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.rules.worded import either, term, worded

OWNERS = frozenset({"owner", "deputy"})
SECOND_LINE = frozenset({"compliance", "risk"})


@dataclass(frozen=True, slots=True)
class Permit:
    """The roles that may, and who may not although they hold one (`barred`)."""

    words: str
    roles: frozenset[str]
    barred: frozenset[str] = field(default=frozenset())


PERMITS: dict[str, Permit] = {
    "register": Permit("register a system", SECOND_LINE | {"administrator"}),
    "classify": Permit("classify a system", SECOND_LINE),
    "classification.write": Permit("answer the questionnaire", OWNERS | SECOND_LINE),
    "classification.reopen": Permit("open a classification again", OWNERS | SECOND_LINE),
    "classification.confirm": Permit("confirm a classification", SECOND_LINE, barred=OWNERS),
    "tier.propose": Permit("propose another risk tier", OWNERS | SECOND_LINE),
    "tier.decide": Permit("decide on a risk tier", SECOND_LINE, barred=OWNERS),
    "assessment.write": Permit("write an impact assessment", OWNERS | SECOND_LINE),
    "assessment.review": Permit("review an impact assessment", SECOND_LINE, barred=OWNERS),
    "change": Permit("change a system", OWNERS | SECOND_LINE | {"administrator"}),
    "hand_over": Permit("hand a system over", SECOND_LINE | {"owner", "administrator"}),
    "move": Permit("move a system to another unit", SECOND_LINE | {"administrator"}),
    "compute": Permit("define what is computed for a system", OWNERS | SECOND_LINE | {"engineer"}),
    "threshold.draft": Permit("draft a threshold", OWNERS | SECOND_LINE | {"engineer"}),
    "threshold.approve": Permit("approve a threshold", OWNERS | SECOND_LINE),
    "baseline.draft": Permit("draft a baseline", OWNERS | SECOND_LINE | {"engineer"}),
    "baseline.approve": Permit("agree to a baseline", OWNERS | SECOND_LINE),
    "baseline.withdraw": Permit("withdraw a baseline", SECOND_LINE),
    "pause.set": Permit("announce a pause", OWNERS | SECOND_LINE),
    "rules.attest": Permit("attest the rules of a system", OWNERS | SECOND_LINE),
    "describe": Permit("say what a system rests on", OWNERS | SECOND_LINE | {"engineer"}),
    "statement.draft": Permit("write this down for a system", OWNERS | SECOND_LINE),
    "statement.approve": Permit(
        "approve what is written down for a system", OWNERS | SECOND_LINE | {"executive"}
    ),
    "version.register": Permit("register a version", OWNERS | {"engineer"}),
    "version.approve": Permit("approve a version", OWNERS | SECOND_LINE),
    "version.revoke": Permit("revoke a version", OWNERS | SECOND_LINE),
    "version.market": Permit("say when a version was placed on the market", OWNERS | SECOND_LINE),
    "deploy": Permit("make a version live", OWNERS | {"engineer"}),
    "fallback.check": Permit("record the check of a fallback", OWNERS | SECOND_LINE | {"engineer"}),
    "evaluation.plan": Permit("plan an evaluation", OWNERS | SECOND_LINE | {"engineer"}),
    "evaluation.approve": Permit("approve an evaluation plan", OWNERS | SECOND_LINE),
    "evaluation.run": Permit("record an evaluation run", OWNERS | {"engineer"}),
    "evaluation.review": Permit("review an evaluation run", OWNERS | SECOND_LINE),
    "evaluation.drill": Permit("record a drill", OWNERS | SECOND_LINE | {"engineer"}),
    "assess": Permit("assess a system", OWNERS | SECOND_LINE),
    "approve": Permit("approve a system", SECOND_LINE | {"executive"}, barred=OWNERS),
    "start_pilot": Permit("start a pilot", OWNERS | SECOND_LINE),
    "go_live": Permit("put a system into production", SECOND_LINE | {"executive"}, barred=OWNERS),
    "suspend": Permit("suspend a system", OWNERS | SECOND_LINE | {"executive", "emergency"}),
    "resume": Permit("let a system run again", SECOND_LINE | {"executive"}, barred=OWNERS),
    "retire": Permit("retire a system", OWNERS | SECOND_LINE | {"executive"}),
    "void.ask": Permit("ask to void readings", OWNERS | SECOND_LINE | {"engineer"}),
    "void.decide": Permit("decide on voiding readings", SECOND_LINE, barred=OWNERS),
    "series.retire": Permit("retire a series", OWNERS | SECOND_LINE),
    "mute.ask": Permit("silence a system", OWNERS | SECOND_LINE | {"engineer"}),
    "mute.approve": Permit("agree to a silence", SECOND_LINE, barred=OWNERS),
    "mute.end": Permit("end a silence", OWNERS | SECOND_LINE | {"engineer"}),
    "probe.set": Permit("say where a system is probed", OWNERS | SECOND_LINE | {"engineer"}),
    "canary.write": Permit("write a canary set", OWNERS | {"engineer"}),
    "canary.approve": Permit("approve a canary set", OWNERS | SECOND_LINE),
    "answer.look": Permit("look at an answer unmasked", OWNERS | SECOND_LINE | {"auditor"}),
    "answer.send": Permit("send an answer to review", OWNERS | SECOND_LINE | {"engineer"}),
    "answer.review": Permit("review an answer", OWNERS | SECOND_LINE),
    "stop.now": Permit("stop a system at once", OWNERS | {"emergency"}),
    "order.put": Permit("put a standing order", OWNERS | SECOND_LINE | {"executive", "secretary"}),
    "order.drill": Permit(
        "record the drill of a standing order", OWNERS | SECOND_LINE | {"engineer"}
    ),
    "administer": Permit("administer people and access", frozenset({"administrator"})),
    "people.read": Permit(
        "see who has access", SECOND_LINE | {"administrator", "auditor", "executive"}
    ),
    "controls.read": Permit(
        "read controls and their evidence",
        OWNERS | SECOND_LINE | {"executive", "board", "auditor"},
    ),
    "applicability.draft": Permit("draft statements of applicability", SECOND_LINE),
    "applicability.approve": Permit(
        "approve statements of applicability", SECOND_LINE | {"executive"}
    ),
    "own_framework.bring": Permit("bring a framework of your own", SECOND_LINE),
    "own_framework.approve": Permit(
        "approve a framework of one's own", SECOND_LINE | {"executive"}
    ),
    "control.upload": Permit(
        "upload evidence of controls", OWNERS | SECOND_LINE | {"executive", "engineer"}
    ),
    "control.review": Permit("review evidence of controls", SECOND_LINE | {"executive"}),
    "gap.assign": Permit("assign gaps of controls", OWNERS | SECOND_LINE | {"executive"}),
    "gap.assign.organisation": Permit(
        "assign gaps of the organisation", SECOND_LINE | {"executive"}
    ),
    "audit.room": Permit(
        "open the audit room", frozenset({"auditor", "compliance", "administrator"})
    ),
    "audit.ask": Permit("ask the auditee", frozenset({"auditor"})),
    "audit.answer": Permit("answer an auditor", OWNERS | {"compliance"}),
    "access.review": Permit("review access", frozenset({"administrator", "compliance"})),
    "glass.break": Permit("break the glass", frozenset({"administrator", "emergency"})),
    "glass.review": Permit("review broken glass", frozenset({"compliance"})),
    "setup.confirm": Permit(
        "confirm what was approved alone", OWNERS | SECOND_LINE | {"executive"}
    ),
    "document.write": Permit("add documents", OWNERS | SECOND_LINE | {"engineer"}),
    "document.review": Permit("review documents", OWNERS | SECOND_LINE),
    "document.write.organisation": Permit(
        "add documents of the organisation", SECOND_LINE | {"administrator"}
    ),
    "document.review.organisation": Permit(
        "review documents of the organisation", SECOND_LINE | {"executive"}
    ),
    "supplier.keep": Permit("keep the register of suppliers", SECOND_LINE | {"administrator"}),
    "supplier.notice": Permit("record a supplier's notice", SECOND_LINE),
    "product.use": Permit("say which products a system uses", OWNERS | SECOND_LINE | {"engineer"}),
    "concern.read": Permit("read concerns", SECOND_LINE, barred=OWNERS),
    "reference.load": Permit("load reference data", frozenset({"compliance", "administrator"})),
    "regimes.set": Permit("say which reporting regimes apply", frozenset({"compliance"})),
    "import": Permit("read a file in", OWNERS | SECOND_LINE | {"administrator", "engineer"}),
    "objective.draft": Permit("draft objectives of a system", OWNERS | SECOND_LINE | {"engineer"}),
    "objective.approve": Permit("approve objectives of a system", OWNERS | SECOND_LINE),
    "history.record": Permit(
        "take in what another record says", OWNERS | SECOND_LINE | {"administrator"}
    ),
    "registry.connect": Permit("connect a model registry", frozenset({"administrator"})),
    "organisation.export": Permit(
        "export the organisation", frozenset({"administrator", "compliance"})
    ),
    "connector.define": Permit(
        "connect a source of readings", OWNERS | {"engineer", "administrator"}
    ),
    "measurements.upload": Permit("upload readings", OWNERS | {"engineer"}),
    "telemetry.map": Permit("say how telemetry is read", OWNERS | {"engineer"}),
    "on_call.keep": Permit(
        "keep the rota of who is on call", SECOND_LINE | {"administrator", "engineer", "executive"}
    ),
    "deadlines.recalculate": Permit(
        "recalculate the deadlines of an incident", SECOND_LINE, barred=OWNERS
    ),
    "engine.read": Permit(
        "look at the engine", frozenset({"administrator", "compliance", "auditor"})
    ),
    "drill.run": Permit("run a fire drill", SECOND_LINE | {"executive", "administrator"}),
    "retention.set": Permit("say how long records are kept", frozenset({"compliance"})),
    "kpi.draft": Permit("define a KPI", OWNERS | SECOND_LINE | {"engineer", "executive"}),
    "kpi.approve": Permit("approve a KPI", OWNERS | SECOND_LINE | {"executive"}),
    "scorecard.set": Permit("set a scorecard", OWNERS | SECOND_LINE),
    "request.read": Permit(
        "read requests of authorities", SECOND_LINE | {"executive", "board", "auditor"}
    ),
    "request.write": Permit("answer requests of authorities", SECOND_LINE),
    "request.send": Permit("send answers to authorities", SECOND_LINE | {"executive"}),
    "report.read": Permit(
        "read board reports and reviews",
        OWNERS | SECOND_LINE | {"executive", "board", "auditor"},
    ),
    "report.write": Permit("write board reports and reviews", SECOND_LINE | {"executive", "board"}),
    "report.issue": Permit("issue board reports and reviews", SECOND_LINE | {"executive", "board"}),
    "factor.draft": Permit(
        "draft a factor of consequence", OWNERS | SECOND_LINE | {"executive", "board"}
    ),
    "factor.approve": Permit(
        "approve a factor of consequence", SECOND_LINE | {"executive", "board"}, barred=OWNERS
    ),
    "hold.set": Permit("set a legal hold", frozenset({"compliance"})),
    "hold.end": Permit("end a legal hold", frozenset({"compliance"})),
    "erasure.ask": Permit("ask for an erasure", frozenset({"compliance"})),
    "erasure.decide": Permit("decide on an erasure", frozenset({"compliance", "executive"})),
}

WORDS_OF_ROLE = {
    "owner": "the owner",
    "deputy": "the deputy",
    "compliance": "a compliance officer",
    "risk": "a risk officer",
    "secretary": "a committee secretary",
    "executive": "an executive",
    "board": "a board member",
    "auditor": "an auditor",
    "engineer": "an engineer",
    "emergency": "an emergency actor",
    "administrator": "an administrator",
}


def why_not(act: str, held: Iterable[str]) -> str | None:
    """Return why who holds these roles may not, None if they may. Raises KeyError for no act."""
    permit, held = PERMITS[act], frozenset(held)
    barred = sorted(held & permit.barred)
    if barred:
        return worded(
            "You cannot {words}: you are its {barred}.", words=term(permit.words), barred=barred[0]
        )
    if held & permit.roles:
        return None
    return worded(
        "You cannot {words}: that takes {roles}.",
        words=term(permit.words),
        roles=in_words(permit.roles),
    )


def in_words(roles: Iterable[str]) -> str:
    """Return roles as a person says them: 'the owner, an engineer or an executive'."""
    order = list(WORDS_OF_ROLE)
    words = [term(WORDS_OF_ROLE[role]) for role in sorted(roles, key=order.index)]
    return either(words, between=", ")
