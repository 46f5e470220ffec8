"""What the pages of the auditor's room show: seeds, links, rows of questions."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from ledger.selectors.checkpoints import newest_seal
from registry.models import User
from reports.models import AuditQuestion
from reports.rules.room import days_between
from reports.selectors.populations import POPULATIONS, Sample, Within, sample_of
from reports.selectors.room import systems_in_room

PLACES = (
    ("packs", "Evidence packs", "Everything of a period in a file that you check without us"),
    ("controls", "Controls", "Each obligation with its evidence, how fresh it is, what is missing"),
    ("ledger", "Ledger", "Search the record, open an entry with its proof, verify all of it now"),
    ("ledger_exceptions", "Exceptions", "Refusals, emergency stops, silences, approvals alone"),
    ("ledger_checkpoints", "Checkpoints", "Signed roots of the record, and the keys"),
    ("oversight", "Oversight", "Who could intervene, and who did"),
    ("authority-requests", "Authority requests", "What authorities asked and what they got"),
    ("people", "People and access", "Who holds which role since when"),
)  # fmt: skip
CLOSED_TO = {"authority-requests": frozenset({"auditor", "compliance"})}
# What a key of a question leads to, by what it is about.
ABOUT_URLS = {"incident": "incident", "document": "document", "ledger": "ledger_entry",
              "pack": "pack"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A page that an auditor reads."""

    url: str
    label: str
    words: str


def places(roles: frozenset[str]) -> list[Place]:
    """Return the pages of this installation that somebody in the room reads."""
    found = []
    for name, label, words in PLACES:
        if name in CLOSED_TO and not roles & CLOSED_TO[name]:
            continue
        try:
            found.append(Place(reverse(name), label, words))
        except NoReverseMatch:
            continue
    return found


def newest_root() -> tuple[str, int]:
    """Return the root of the newest checkpoint as it writes it, and its size; '' before one."""
    seal = newest_seal()
    return (b64encode(seal.root).decode(), seal.size) if seal else ("", 0)


def about_url(row: AuditQuestion) -> str:
    """Return the address of what a question is about; '' where the key leads nowhere."""
    name = ABOUT_URLS.get(row.about)
    if name is None:
        return ""
    key: str | int = row.about_key
    if name == "ledger_entry":
        if not (row.about_key.isascii() and row.about_key.isdigit() and len(row.about_key) < 16):
            return ""
        key = int(row.about_key)
    try:
        return reverse(name, args=[key])
    except NoReverseMatch:
        return ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sample is drawn of: a list, a system or all, local days, seed and number."""

    list: str
    system: str
    since: datetime
    until: datetime
    seed: str
    n: int


def drawn_for(*, user: User, asked: Asked, at: datetime) -> Sample:
    """Draw a sample of what a person's room reaches. Raises Invalid, Missing."""
    systems = [
        one.pk
        for one in systems_in_room(user=user, at=at)
        if not asked.system or one.slug == asked.system
    ]
    within = Within(tuple(sorted(systems)), asked.since, asked.until)
    return sample_of(name=asked.list, within=within, seed=asked.seed, n=asked.n)


def no_sample() -> Missing:
    """Return the refusal for a sample of no list."""
    return Missing(
        "no_sample", worded("Say of which list: {populations}.", populations=", ".join(POPULATIONS))
    )


def asked_of(given: dict[str, object]) -> Asked:
    """Return what a checked form asks for. Raises Invalid for a period that cannot be."""
    since, until = days_between(given["since"], given["until"], settings.SEAT_ZONE)  # type: ignore[arg-type]
    return Asked(
        list=str(given["list"]),
        system=str(given["system"] or ""),
        since=since,
        until=until,
        seed=str(given["seed"]),
        n=int(str(given["n"])),
    )
