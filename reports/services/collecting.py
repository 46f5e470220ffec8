"""What is collected of one system, piece by piece, redacted for the recipient as it comes in."""

from collections.abc import Iterator, Sequence
from typing import overload

from reports.collectors.acceptances import collect_acceptances, collect_proposals
from reports.collectors.containment import collect_containments, collect_interims, collect_orders
from reports.collectors.decisions import collect_decisions
from reports.collectors.deliveries import collect_batches, collect_event_days
from reports.collectors.duties import collect_drafts, collect_duties, collect_submissions
from reports.collectors.exceptional import (
    collect_conditions,
    collect_drills,
    collect_mutes,
    collect_setups,
    collect_votes,
)
from reports.collectors.incidents import collect_incidents, collect_watches
from reports.collectors.meetings import collect_meetings
from reports.collectors.people import collect_absences, collect_roles
from reports.collectors.programmes import collect_programmes
from reports.collectors.readings import COLUMNS, collect_series, collect_thresholds
from reports.collectors.registered import collect_bill, collect_registered
from reports.collectors.requests import collect_glasses, collect_requests
from reports.collectors.signatures import collect_signatures
from reports.collectors.system import (
    collect_deployments,
    collect_lifecycle,
    collect_policies,
    collect_system,
    collect_versions,
)
from reports.render.tables import write_rows
from reports.rules.conduct import Conduct
from reports.rules.content import Matters, Readings, SystemContent, Things
from reports.rules.frameworks import Registered
from reports.rules.redaction import withheld_bill
from reports.rules.shared import Shared
from reports.services.workshop import Workshop


def things_of(shop: Workshop) -> Things:
    """Collect a system, what ran, the people and the rules."""
    scope, redactor = shop.scope, shop.redactor
    return redactor.of(
        Things(
            system=collect_system(scope),
            versions=collect_versions(scope),
            deployments=collect_deployments(scope),
            lifecycle=collect_lifecycle(scope),
            roles=collect_roles(scope),
            absences=collect_absences(scope) if redactor.policy.absences else [],
            policies=collect_policies(scope),
        )
    )


def readings_of(shop: Workshop) -> Readings:
    """Write every reading of the period to a file of its series; collect figures and bands."""
    found = []
    for item in collect_series(shop.scope):
        shop.beat()
        write_rows(shop.data / item.file, COLUMNS, item.rows())
        shop.scale.add((shop.data / item.file).stat().st_size)
        found.append(item.record())
    return shop.redactor.of(
        Readings(
            series=found,
            thresholds=collect_thresholds(shop.scope),
            batches=collect_batches(shop.scope),
            event_days=collect_event_days(shop.scope),
        )
    )


def matters_of(shop: Workshop) -> Matters:
    """Collect a system's incidents, watches, decisions and signatures."""
    incidents = collect_incidents(shop.scope)
    decisions = collect_decisions(shop.scope, [item.id for item in incidents])
    return shop.redactor.of(
        Matters(
            incidents=incidents,
            watches=collect_watches(shop.scope),
            decisions=decisions,
            signatures=collect_signatures(shop.scope, incidents, decisions),
        )
    )


def conduct_of(shop: Workshop) -> Conduct:
    """Collect how a system's matters were lived with: acceptances, reports, stops, drills …"""
    scope, known = shop.scope, shop.piece(Matters, matters_of)
    incidents = [item.id for item in known.incidents]
    decisions = [item.id for item in known.decisions]
    named = bool(scope.only.incidents)
    return shop.redactor.of(
        Conduct(
            acceptances=collect_acceptances(scope, incidents),
            proposals=collect_proposals(scope, incidents),
            duties=collect_duties(scope, incidents),
            drafts=collect_drafts(scope, incidents),
            submissions=collect_submissions(scope, incidents),
            programmes=collect_programmes(scope, incidents),
            containments=collect_containments(scope, incidents),
            interims=collect_interims(scope, incidents),
            orders=[] if named else collect_orders(scope),
            drills=[] if named else collect_drills(scope),
            conditions=collect_conditions(scope, decisions),
            mutes=[] if named else collect_mutes(scope),
            votes=collect_votes(scope, decisions),
            setups=[] if named else collect_setups(scope),
        )
    )


def registered_of(shop: Workshop) -> Registered:
    """Collect what the register holds beyond a system's record; nothing where matters are named."""
    scope, redactor = shop.scope, shop.redactor
    if scope.only.incidents:
        return Registered()
    bills = [withheld_bill(one, redactor) for one in collect_bill(scope)]
    return redactor.of(Registered(rows=collect_registered(scope), bills=bills))


def shared(shop: Workshop) -> Shared:
    """Collect what no one system owns: meetings, requests of authorities, broken glass."""
    decisions = [
        item.id
        for ref in shop.scope.systems
        for item in shop.of(ref).piece(Matters, matters_of).decisions
    ]
    return shop.redactor.of(
        Shared(
            meetings=collect_meetings(shop.scope, decisions),
            requests=collect_requests(shop.scope),
            glasses=collect_glasses(shop.scope),
        )
    )


class Collected(Sequence[SystemContent]):
    """The content of each system, read from its pieces when it is asked for."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    def __len__(self) -> int:
        return len(self._shop.scope.systems)

    @overload
    def __getitem__(self, place: int) -> SystemContent: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[SystemContent]: ...
    def __getitem__(self, place: int | slice) -> SystemContent | Sequence[SystemContent]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        shop = self._shop.of(self._shop.scope.systems[place])
        return SystemContent(
            scope=shop.scope,
            things=shop.piece(Things, things_of),
            readings=shop.piece(Readings, readings_of),
            matters=shop.piece(Matters, matters_of),
            conduct=shop.piece(Conduct, conduct_of),
            registered=shop.piece(Registered, registered_of),
        )

    def __iter__(self) -> Iterator[SystemContent]:
        return (self[place] for place in range(len(self)))
