"""What the story's people find, decide and confirm, case by case."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Programme:
    """How people are made good: what it states, its batches, why the rest is left."""

    states: dict[str, Any]
    batches: tuple[dict[str, Any], ...]
    rest: str


@dataclass(frozen=True, slots=True)
class Case:
    """One incident of the story, by system: findings, motion, and what a person confirms."""

    owner: str
    cause: str
    narrative: str
    evidence: tuple[str, str]
    harm: str
    affected: str
    proposed: str
    severity: str
    title: str
    reason: str
    actions: tuple[dict[str, Any], ...]
    resolution: str
    gap: str
    rights: str = "no"
    programme: Programme | None = None


CASES = {
    "claims-form-reader": Case(
        owner="claire",
        cause="data_drift",
        narrative="The scanner's glass is dirty: a smear stays in place on every scan since the "
        "seventh week. Version 4.0 was never trained on such scans.",
        evidence=("Scan of the empty glass", "claims archive, scan series 14"),
        harm="Misread digits reached handlers, who corrected them; no claim was decided by one.",
        affected="Forms read in the last three windows",
        proposed="Switch to version 4.1, retrained with dirty copies; clean the scanner.",
        severity="moderate",
        title="Switch the claims-form reader to version 4.1",
        reason="4.1 was retrained with dirty copies and reads the same scans at 97 %.",
        actions=(
            {
                "type": "retrain",
                "words": "Claims-form reader runs version 4.1, retrained with dirty copies",
                "target_version": "4.1",
                "parameters": {"criteria": "97 % of fields right on the scans of the seventh week"},
                "proof": "measured",
            },
        ),
        resolution="repaired",
        gap="The warning band needs two of three windows; a slope rule would have seen it earlier.",
    ),
    "claims-approval": Case(
        owner="jonas",
        cause="proxy",
        narrative="Version 2.3 added one input, full-time work before. It stands in for age: "
        "young people seldom have it. With 2.2 the gap on the same people is below 3 points.",
        evidence=("Version 2.2 and 2.3 on the same people", "evaluation run of the held-out half"),
        harm="Claims of people under 23 were refused or delayed because of their age.",
        affected="People under 23 whose claims were refused since 2.3 went live",
        proposed="Roll back to 2.2 and decide the refused claims again.",
        severity="major",
        title="Roll back Claims approval to 2.2 and compensate",
        reason="2.3 refuses people under 23 about 17 points more often; 2.2 does not.",
        actions=(
            {
                "type": "rollback",
                "words": "Claims approval is rolled back to version 2.2 in production",
                "target_version": "2.2",
                "proof": "measured",
            },
            {
                "type": "compensate",
                "words": "Refused claims of people under 23 are decided again by handlers and paid",
                "proof": "programme",
                "parameters": {
                    "population_rule": "Refused since 2.3, under 23 at the claim",
                    "population": 240,
                },
            },
        ),
        resolution="rolled_back",
        gap="2.3 was released without an evaluation by age group.",
        rights="yes",
        programme=Programme(
            states={
                "harm": "Claims of people under 23 were refused or delayed because of their age.",
                "population_rule": "Refused since 2.3, under 23 at the claim",
                "population_source": "claims archive, query 2026-11-refused-under-23",
                "population_sha256": "6f1a" * 16,
                "population": 240,
                "method": "A handler decides each claim again; what was due is paid with interest.",
                "formula": "What the policy pays, and 4 % a year since the refusal",
                "estimate": "85000.00",
                "approved_amount": "90000.00",
                "currency": "EUR",
                "letter_version": "2026-11",
            },
            batches=(
                {
                    "sent": 160,
                    "answered": 156,
                    "settled": 150,
                    "unreachable": 2,
                    "refused": 8,
                    "amount": "56240.00",
                    "evidence": "finance, batch 1",
                },
                {
                    "sent": 80,
                    "answered": 78,
                    "settled": 74,
                    "unreachable": 2,
                    "refused": 4,
                    "amount": "27410.00",
                    "evidence": "finance, batch 2",
                },
            ),
            rest="Four letters came back; twelve people declined.",
        ),
    ),
    "support-assistant": Case(
        owner="omar",
        cause="knowledge",
        narrative="The tariff changed; the answers on deductibles and deadlines quote the old one.",
        evidence=("Comparison of the FAQ with the tariff of October", "knowledge base, tariff"),
        harm="Wrong deductibles were quoted; claims were still settled by the tariff.",
        affected="Questions on the changed topics",
        proposed="Publish version 1.8 with the new tariff.",
        severity="moderate",
        title="Publish version 1.8 of the assistant's knowledge",
        reason="1.8 holds the tariff in force and is grounded in 95 % of the sample or more.",
        actions=(
            {
                "type": "retrain",
                "words": "Support assistant answers from version 1.8",
                "target_version": "1.8",
                "parameters": {"criteria": "Grounded in the tariff in force in 95 % of a sample"},
                "proof": "measured",
            },
        ),
        resolution="repaired",
        gap="Nobody owned the step from a new tariff to the knowledge base.",
    ),
    "paying-agent": Case(
        owner="greta",
        cause="bypass",
        narrative="Version 1.4 splits large invoices to settle them faster. Four parts of one "
        "invoice passed the limit for a single payment and, together, the limit of the window.",
        evidence=("Payments 4 of 4 to one payee within a window", "payment log, window 14"),
        harm="EUR 3,400 were paid over the limit, to a known payee, for a real invoice.",
        affected="One invoice",
        proposed="Suspend the agent until splitting is blocked at the bank's side.",
        severity="severe",
        title="Suspend the paying agent",
        reason="A limit that the agent can pass by splitting is none.",
        actions=(
            {
                "type": "suspend",
                "words": "The paying agent is suspended; people pay the invoices",
                "proof": "proven_stopped",
                "parameters": {"scope": "all payments"},
            },
        ),
        resolution="stopped",
        gap="The limit was checked for each payment, not for each invoice.",
    ),
}
