"""What a digest begins with: the reader's desk in a few lines, as text and as plain data."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from outbox.rules.carriers import LONGEST, Carried

RULE = "-" * 60


@dataclass(frozen=True, slots=True)
class LeadItem:
    """A step that waits for the reader: what, of which case and system, what to do by when."""

    title: str
    about: str
    step: str
    url: str


@dataclass(frozen=True, slots=True)
class Lead:
    """The situation in a sentence, the reader's most pressing steps, and what is left out.

    `heading` stands above the steps, `more` below them ('' for nothing more), `told` above the
    notices that the digest carries, where it is drawn. All of it is in the reader's `language`.
    """

    sentence: str
    heading: str
    steps: Sequence[LeadItem]
    more: str
    url: str
    told: str
    language: str = "en"


def led(lead: Lead, carried: Carried) -> Carried:
    """Return a digest that begins with the desk: its sentence is the subject."""
    sentence = " ".join(lead.sentence.split())
    subject = sentence if len(sentence) <= LONGEST else f"{sentence[: LONGEST - 1]}…"
    steps = [
        f"{number}. {one.title}\n   {one.about}\n   {one.step}\n   {one.url}\n"
        for number, one in enumerate(lead.steps, start=1)
    ]
    head = [lead.heading, "", *steps] if steps else []
    more = [lead.more, ""] if lead.more else []
    parts = [lead.sentence, lead.url, "", *head, *more, RULE, "", carried.body]
    return Carried(subject, "\n".join(parts))


def lead_data(lead: Lead, notices: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return it as plain data, with the notices as (subject, link): what the mail is drawn from."""
    told = [{"subject": subject, "link": link} for subject, link in notices]
    return asdict(lead) | {"steps": [asdict(one) for one in lead.steps], "notices": told}
