"""The contents of a pack by section: what is there, how new it is, what is missing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reports.rules import figures
from reports.rules.content import Content, SystemContent
from reports.rules.gaps import Gap
from reports.rules.readings import SeriesRecord

GRAVEST = ("critical", "warning", "none")
NAMED = 3


@dataclass(frozen=True)
class Section:
    """One row of the contents; `state` is a standing of the design and `said` its words."""

    number: int
    id: str
    title: str
    evidence: str
    newest: datetime | None
    state: str
    said: str
    files: str


@dataclass
class Tally:
    """How many of each kind there are, and the newest instant of each section."""

    counts: Counter[str] = field(default_factory=Counter)
    newest: dict[str, datetime] = field(default_factory=dict)

    def add(self, section: str, instants: Iterable[datetime | None], **counts: int) -> None:
        """Count what a system brings to a section."""
        self.counts.update(counts)
        known = [instant for instant in instants if instant is not None]
        if section in self.newest:
            known.append(self.newest[section])
        if known:
            self.newest[section] = max(known)

    def many(self, name: str, one: str, several: str = "") -> str:
        """Say '1 version', '12 versions'."""
        number = self.counts[name]
        return f"{figures.number(number)} {one if number == 1 else several or f'{one}s'}"


# id, title, folder, the count without which nothing is there
SECTIONS = (
    ("system", "The system and its life", "systems/", "systems"),
    ("versions", "Versions and deployments", "systems/", "versions"),
    ("people", "Who held which role", "people/", "roles"),
    ("rules", "Rules in force", "policies/", "policies"),
    ("bands", "KPIs and their bands", "kpi/", "thresholds"),
    ("readings", "Readings of the period", "kpi/", "readings"),
    ("incidents", "Incidents", "incidents/", "incidents"),
    ("decisions", "Decisions", "decisions/", "decisions"),
    ("signatures", "Signatures", "signatures/", "signatures"),
    ("exceptions", "Exceptions", "exceptions/", "exceptions"),
    ("acceptances", "Accepted risks", "acceptances/", "acceptances"),
    ("clocks", "Duties to report", "clocks/", "duties"),
    ("programmes", "People put right", "programmes/", "programmes"),
    ("orders", "Stops, standing orders, drills", "containments/", "stops"),
    ("meetings", "Meetings and minutes", "meetings/", "meetings"),
    ("requests", "Requests of authorities", "requests/", "requests"),
    ("record", "The record, and how to check it", "audit/", "lines"),
)


def sections_of(content: Content, gaps: Sequence[Gap], exceptions: int) -> list[Section]:
    """Return the sections in their order; `exceptions` is how many there are."""
    tally = tallied(content)
    tally.counts["exceptions"] = exceptions
    words = dict(_words(tally, content))
    return [
        Section(
            number=number,
            id=id,
            title=title if id != "system" or len(content.scope.systems) == 1 else "The systems",
            evidence=words[id],
            newest=tally.newest.get(id),
            state=_state(id, tally.counts[needs] > 0, gaps)[0],
            said=_state(id, tally.counts[needs] > 0, gaps)[1],
            files=files,
        )
        for number, (id, title, files, needs) in enumerate(SECTIONS, start=1)
    ]


def tallied(content: Content) -> Tally:
    """Count what the systems bring, system by system, and what is of none."""
    tally = Tally()
    for item in content.systems:
        _of_things(tally, item)
        _of_matters(tally, item)
        _of_conduct(tally, item)
    shared, ledger = content.shared, content.ledger
    tally.add("meetings", (row.starts_at for row in shared.meetings), meetings=len(shared.meetings))
    tally.add(
        "requests", (row.received_at for row in shared.requests), requests=len(shared.requests)
    )
    tally.add("record", [ledger.newest_at], lines=ledger.entries)
    return tally


def _of_things(tally: Tally, item: SystemContent) -> None:
    things, readings = item.things, item.readings
    life = [*(row.at for row in things.lifecycle), things.system.registered_at]
    tally.add("system", life, systems=1, steps=len(things.lifecycle))
    ran = [row.from_at for row in things.deployments]
    made = [row.created_at for row in things.versions]
    tally.add("versions", ran + made, versions=len(made), deployments=len(ran))
    given = [row.from_at for row in things.roles]
    tally.add("people", given, roles=len(given), absences=len(things.absences))
    tally.add("rules", (row.valid_from for row in things.policies), policies=len(things.policies))
    bands = [row.valid_from for row in readings.thresholds]
    tally.add("bands", bands, thresholds=len(bands), series=len(readings.series))
    tally.add(
        "readings",
        (row.last for row in readings.series),
        readings=sum(row.count for row in readings.series),
        batches=len(readings.batches),
    )


def _of_matters(tally: Tally, item: SystemContent) -> None:
    matters = item.matters
    opened = [row.opened_at for row in matters.incidents]
    tally.add("incidents", opened, incidents=len(opened), watches=len(matters.watches))
    tally.add(
        "decisions",
        (row.closed_at for row in matters.decisions),
        decisions=len(matters.decisions),
        ballots=sum(len(row.ballots) for row in matters.decisions),
    )
    signed = [row.signed_at for row in matters.signatures]
    tally.add("signatures", signed, signatures=len(signed))


def _of_conduct(tally: Tally, item: SystemContent) -> None:
    conduct = item.conduct
    accepted = [row.from_at for row in conduct.acceptances]
    tally.add("acceptances", accepted, acceptances=len(accepted), proposals=len(conduct.proposals))
    sent = [row.submitted_at for row in conduct.submissions]
    tally.add("clocks", sent, duties=len(conduct.duties), submissions=len(sent))
    batches = [one.recorded_at for row in conduct.programmes for one in row.batches]
    tally.add("programmes", batches, programmes=len(conduct.programmes), parts=len(batches))
    stops, drills = conduct.containments, conduct.drills
    tally.add(
        "orders",
        [*(row.at for row in stops), *(row.started_at for row in drills)],
        stops=len(stops) + len(conduct.orders) + len(drills),
        containments=len(stops),
        orders=len(conduct.orders),
        drills=len(drills),
    )


def _words(tally: Tally, content: Content) -> Iterator[tuple[str, str]]:
    many, one = tally.many, content.one
    record = (
        f"registry record v{one.things.system.record_version}" if one else many("systems", "system")
    )
    yield "system", f"{record}, {many('steps', 'step')} of life"
    yield "versions", f"{many('versions', 'version')}, {many('deployments', 'deployment')}"
    away = many("absences", "leave or delegation", "leaves and delegations")
    yield "people", f"{many('roles', 'role')}, {away}"
    yield "rules", f"{many('policies', 'policy', 'policies')}, whole text"
    yield "bands", f"{many('series', 'series', 'series')}, {many('thresholds', 'version')} of bands"
    brought = many("batches", "delivery", "deliveries")
    yield "readings", f"{many('readings', 'reading')}, {brought}"
    yield "incidents", f"{many('incidents', 'incident')}, {many('watches', 'watch', 'watches')}"
    yield "decisions", f"{many('decisions', 'motion')}, {many('ballots', 'ballot')}"
    yield "signatures", many("signatures", "signature")
    yield "exceptions", many("exceptions", "exception")
    yield "acceptances", f"{many('acceptances', 'acceptance')}, {many('proposals', 'proposal')}"
    sent = many("submissions", "report sent", "reports sent")
    yield "clocks", f"{many('duties', 'clock')}, {sent}"
    yield "programmes", f"{many('programmes', 'programme')}, {many('parts', 'batch', 'batches')}"
    orders, drills = many("orders", "standing order"), many("drills", "fire drill")
    yield "orders", f"{many('containments', 'stop')}, {orders}, {drills}"
    yield "meetings", many("meetings", "meeting")
    yield "requests", many("requests", "request")
    yield "record", f"{many('lines', 'ledger line')}, sealed and signed"


def _state(id: str, present: bool, gaps: Sequence[Gap]) -> tuple[str, str]:
    own = [gap for gap in gaps if gap.section == id]
    if own:
        worst = min(own, key=lambda gap: GRAVEST.index(gap.state)).state
        return worst, lettered([gap.letter for gap in own])
    return ("ok", "complete") if present else ("suppressed", "nothing here")


def standing_of(series: SeriesRecord) -> str:
    """Return where a series stands in the words of the design."""
    return {"NO_DATA": "none", "ERROR": "none"}.get(series.standing, series.standing.lower()) or (
        "none"
    )


def lettered(letters: Sequence[str]) -> str:
    """Say 'gap A', 'gaps A, C, D', 'gaps A, C, D and 4 more'; '' where there is none."""
    if not letters:
        return ""
    shown, more = ", ".join(letters[:NAMED]), len(letters) - NAMED
    return f"gap{'s' if len(letters) > 1 else ''} {shown}{f' and {more} more' if more > 0 else ''}"
