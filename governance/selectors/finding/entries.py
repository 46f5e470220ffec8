"""An entry of the ledger by its number: № 48 190."""

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.selectors.finding.seen import cases_taken_part_in, people_of
from governance.selectors.pages.ledger_reach import READS_ORGANISATION
from incidents.models import Incident
from ledger import verbs
from ledger.selectors.search import Glimpse, glimpse_of
from outbox.languages import spoken
from registry.models import System
from registry.rules.searching import Typed
from registry.search_sources import Direct, Found
from registry.selectors.search_reader import Reader
from registry.selectors.systems import systems_of_people


def find(reader: Reader, asked: Typed) -> Sequence[Found]:
    """Return the entry of that number if the reader may read it."""
    entry = None if asked.entry is None else glimpse_of(asked.entry)
    if asked.entry is None or entry is None or not _may_read(reader, entry):
        return ()
    number = f"{asked.entry:,}".replace(",", "\u202f")
    url = reverse("ledger_entry", args=[asked.entry])
    words = spoken(verbs.for_reading(entry.verb).told)
    return (Found(f"№\u202f{number}", words, url, entry.at),)


def _may_read(reader: Reader, entry: Glimpse) -> bool:
    """Whether it is within what somebody may read (governance.selectors.pages.ledger_reach)."""
    if entry.actor_id == str(reader.user.pk):
        return True
    if entry.incident_id is None and entry.system_id is None:
        return any(
            role in READS_ORGANISATION and unit in reader.tops for role, unit, _ in reader.held
        )
    if reader.sees_all:
        return True
    systems = systems_of_people(people=reader.once(people_of), at=reader.at)
    if entry.incident_id is not None:
        taken = Q(pk__in=reader.once(cases_taken_part_in).values("pk"))
        cases = Incident.objects.filter(Q(system__in=systems.values("pk")) | taken)
        return bool(cases.filter(pk=entry.incident_id).exists())
    parts = reader.once(cases_taken_part_in).values("system_id")
    mine = Q(pk__in=systems.values("pk")) | Q(pk__in=parts)
    return bool(System.objects.filter(mine, pk=entry.system_id).exists())


ENTRIES = Direct(
    name="entries",
    label=_("Ledger"),
    example=_("an entry of the ledger by its number: № 48 190"),
    place=120,
    find=find,
)
