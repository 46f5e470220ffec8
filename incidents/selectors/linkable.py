"""Records that may be tied to a case as evidence: those of this floor and the ones below."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings

from incidents.link_kinds import Find, Record, record_of
from incidents.rules.addresses import Named, read_address
from incidents.rules.comments import MOST_RECORDS
from incidents.selectors.visibility import incidents_visible_to
from ledger.rules.refusals import Invalid, Missing
from ledger.rules.worded import worded
from registry.models import DocumentVersion, User
from registry.selectors.documents import document_visible, works_here
from registry.selectors.systems import systems_visible_to
from telemetry.models import Series
from telemetry.selectors.answers import event_by_key
from telemetry.selectors.readings import Reading, newest_of, readings, series_by_id
from telemetry.selectors.small_groups import SmallGroups

LONGEST_LABEL = 300


def records_named(*, given: Sequence[str], reader: User, at: datetime) -> list[Record]:
    """Return the records that addresses or numbers name, each once, as somebody may see them.

    Raises Invalid (field records).
    """
    said = [one.strip() for one in given if one.strip()]
    if len(said) > MOST_RECORDS:
        words = worded("At most {most} records with one comment.", most=MOST_RECORDS)
        raise Invalid("too_many_records", words, fields={"records": words})
    found: dict[str, Record] = {}
    for one in said:
        named = read_address(one, home=settings.PUBLIC_URL)
        record = record_of(named, reader, at) if named is not None else None
        if record is None:
            words = worded(
                "{given} names no record here that you may see. Paste the address of a ledger "
                "entry, KPI, answer, document, pack or case, or its number.",
                given=one[:120],
            )
            raise Invalid("unknown_record", words, fields={"records": words})
        found[record.address] = record
    return list(found.values())


def find_incident(named: Named, user: User, at: datetime) -> Record | None:
    """Return a case that somebody may see."""
    visible = incidents_visible_to(user=user, at=at)
    found = visible.filter(number=named.parts[0]).values_list("number", "title").first()
    if found is None:
        return None
    number, title = found
    return Record("incident", f"{number}: {title}"[:LONGEST_LABEL], f"/incidents/{number}/")


def find_kpi(named: Named, user: User, at: datetime) -> Record | None:
    """Return a KPI with the reading that was named, or else its newest; the value is copied in."""
    slug, number = named.parts
    visible = systems_visible_to(user=user, at=at).filter(slug=slug)
    try:
        series = series_by_id(series_id=int(number), visible=visible)
    except (Missing, OverflowError):
        return None
    address = f"/systems/{slug}/kpis/{series.pk}/"
    found = _reading(series, named.at)
    if found is None:
        return None if named.at else Record("kpi", series.label[:LONGEST_LABEL], address)
    until = f"{found.window_end:%Y-%m-%d %H:%M} UTC"
    value = "no value" if found.value is None else f"{found.value:.6g}"
    value = found.withheld or value
    label = f"{series.label[: LONGEST_LABEL - 60]}: {value}, window to {until}"
    window = found.window_end.isoformat().replace("+00:00", "Z")
    return Record("reading", label, f"{address}?reading={window}")


def find_answer(named: Named, user: User, at: datetime) -> Record | None:
    """Return an answer, masked as everywhere: only when it was given stands in its name."""
    slug, key = named.parts
    system = systems_visible_to(user=user, at=at).filter(slug=slug).first()
    if system is None:
        return None
    try:
        event = event_by_key(system=system, key=key)
    except Missing:
        return None
    label = f"Answer of {system.name}, {event.at:%Y-%m-%d %H:%M:%S} UTC"
    return Record("answer", label[:LONGEST_LABEL], f"/answers/{slug}/{event.key}/")


def find_document(named: Named, user: User, at: datetime) -> Record | None:
    """Return a document with the version in force, or else its newest, and that file's hash."""
    try:
        document = document_visible(
            document_id=UUID(named.parts[0]),
            systems=systems_visible_to(user=user, at=at),
            organisation=works_here(user=user, at=at),
        )
    except Missing:
        return None
    versions = document.versions.order_by("-number")
    in_force = versions.filter(state=DocumentVersion.State.IN_FORCE).first()
    version = in_force or versions.first()
    said = f"{document.title}, version {version.number}" if version else document.title
    digest = version.sha256 if version else ""
    return Record("document", said[:LONGEST_LABEL], f"/documents/{document.pk}/", digest)


FINDERS: Mapping[str, Find] = {
    "incident": find_incident,
    "kpi": find_kpi,
    "answer": find_answer,
    "document": find_document,
}


def _reading(series: Series, window: datetime | None) -> Reading | None:
    if window is not None:
        found = newest_of(keys=[(series.pk, window)]).get((series.pk, window))
    else:
        found = next(iter(readings(series_id=series.pk, limit=1)), None)
    return None if found is None else SmallGroups().shown(series, found)
