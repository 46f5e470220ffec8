"""Remediation programmes (INC-13): what one states, and what its figures come to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from incidents.rules.fields import Field
from ledger.rules.worded import worded

PROGRAMME_FIELDS: tuple[Field, ...] = (
    Field("harm", "What harm is put right"),
    Field("population_rule", "Who is entitled, as a rule"),
    Field("population_source", "Where the list stays", longest=200),
    Field("population_sha256", "SHA-256 of the list", longest=64),
    Field("population", "How many they are", "integer"),
    Field("affected_from", "Affected from", "instant"),
    Field("affected_until", "Affected until", "instant", required=False),
    Field("method", "How they are put right"),
    Field("formula", "How an amount is calculated"),
    Field("estimate", "Estimate", longest=20),
    Field("approved_amount", "Approved amount", longest=20),
    Field("currency", "Currency", longest=3, hint="Three letters, such as EUR."),
    Field("letter_version", "Version of the letter", longest=60),
)
BATCH_FIELDS: tuple[Field, ...] = (
    Field("sent", "First letters sent", "integer"),
    Field("answered", "Answered", "integer"),
    Field("settled", "Settled", "integer"),
    Field("unreachable", "Not to be reached", "integer"),
    Field("refused", "Refused the offer", "integer"),
    Field("amount", "Paid in this batch", longest=20),
    Field("letter_version", "Version of the letter", required=False, longest=60),
    Field("evidence", "Evidence: where it stands"),
    Field("evidence_sha256", "SHA-256 of the evidence", required=False, longest=64),
    Field("note", "Note", required=False),
)
COUNTS = ("sent", "answered", "settled", "unreachable", "refused")
MOST = Decimal("99999999999999.99")


class Batch(Protocol):
    """What a batch counts."""

    sent: int
    answered: int
    settled: int
    unreachable: int
    refused: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """A programme's figures over all its batches; each person counts once."""

    population: int
    sent: int = 0
    answered: int = 0
    settled: int = 0
    unreachable: int = 0
    refused: int = 0
    paid: Decimal = Decimal(0)

    @property
    def contacted(self) -> int:
        """Who was written to and could be reached."""
        return self.sent - self.unreachable

    @property
    def left(self) -> int:
        """Who is not settled."""
        return self.population - self.settled

    def counts(self, rest: str) -> dict[str, Any]:
        """Return the counts by which a programme is found done, or not."""
        found: dict[str, Any] = {
            "population": self.population,
            "contacted": self.contacted,
            "settled": self.settled,
        }
        return found | ({"rest": rest} if rest else {})

    def as_record(self) -> dict[str, Any]:
        """Return all figures as plain data, the amount as text."""
        return {
            "population": self.population,
            **{name: getattr(self, name) for name in COUNTS},
            "contacted": self.contacted,
            "paid": f"{self.paid:.2f}",
        }


def figures_of(population: int, batches: Iterable[Batch]) -> Figures:
    """Add up the batches of a programme."""
    rows = list(batches)
    sums = {name: sum(getattr(row, name) for row in rows) for name in COUNTS}
    return Figures(population, **sums, paid=sum((row.amount for row in rows), Decimal(0)))


def figure_faults(figures: Figures, *, approved: Decimal) -> dict[str, str]:
    """Return what cannot be of the sums of a programme, by field; {} for nothing."""
    found = {}
    if figures.sent > figures.population:
        found["sent"] = worded(
            "{sent} letters for {population} people.",
            sent=figures.sent,
            population=figures.population,
        )
    if figures.unreachable > figures.sent:
        found["unreachable"] = "More could not be reached than were written to."
    if figures.answered > figures.contacted:
        found["answered"] = "More have answered than were reached."
    if figures.settled + figures.refused > figures.contacted:
        found["settled"] = "More are settled or have refused than were reached."
    if figures.paid > approved:
        found["amount"] = worded(
            "{paid:.2f} is more than the {approved:.2f} that are approved.",
            paid=figures.paid,
            approved=approved,
        )
    return found


def statement_faults(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with what a programme states, by field; {} for nothing."""
    found = {}
    if values["population"] < 1:
        found["population"] = "A programme is for one person at least."
    if not is_sha256(values["population_sha256"]):
        found["population_sha256"] = "A SHA-256 has 64 hexadecimal digits."
    if not (values["currency"].isascii() and values["currency"].isalpha()) or (
        len(values["currency"]) != 3
    ):
        found["currency"] = "A currency has three letters, such as EUR."
    until = values["affected_until"]
    if until is not None and until < values["affected_from"]:
        found["affected_until"] = "It ends before it begins."
    return found


def is_sha256(text: str) -> bool:
    """Whether a text is a SHA-256 as hex."""
    return len(text) == 64 and all(one in "0123456789abcdef" for one in text.lower())


def money(text: str) -> Decimal | None:
    """Return an amount with two decimals at most, None for what is none."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 <= amount <= MOST:
        return None
    return amount if amount == amount.quantize(Decimal("0.01")) else None


def reconciliation_record(
    number: str, action: str, *, population_sha256: str, figures: Figures, rest: str
) -> dict[str, Any]:
    """Return what finance and compliance sign: other figures have another hash."""
    return {
        "incident": number,
        "action": action,
        "population_sha256": population_sha256,
        "figures": figures.as_record(),
        "rest": rest,
    }
