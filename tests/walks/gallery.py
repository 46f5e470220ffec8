"""An organisation in which something stands on every page, made once for who looks at all of them.

`hang()` makes it at `NOW`: cases in every state, rounds, meetings, minutes, accepted risks, stops,
standing orders, programmes, clocks, drills, calls, requests, and what is measured beside them.
"""

import datetime as dt
import re
from dataclasses import dataclass, field
from types import SimpleNamespace

from governance.models import Call, Decision, Watch
from governance.services.dissents import add_dissent
from governance.services.drills import end_drill, start_drill
from governance.services.meetings import end_meeting
from governance.services.minutes import draft_minutes, sign_minutes
from governance.services.on_call import enter_shift
from governance.services.paging import page
from governance.services.standing_orders import put_order, record_drill
from incidents.models import RiskAcceptance
from incidents.rules.transitions import (
    CLOSED,
    EXECUTION,
    INVESTIGATING,
    RISK_ACCEPTED,
    VALIDATION,
    VERIFICATION,
)
from incidents.services.acceptance_proposals import propose_acceptance
from incidents.services.programmes import plan_programme, record_batch
from ledger.context import acting_as
from ledger.services.sealing import seal
from outbox.services.sweeps import sweep
from registry.models import Unit
from registry.services.reference import load_reference
from telemetry.services.partitions import make_partitions
from tests.governance import meetings
from tests.governance import organisation as org
from tests.governance import test_authority_requests as authorities
from tests.governance import test_clock_pages as clocks
from tests.governance import test_concerns as concerns
from tests.governance import test_standing_orders as orders
from tests.governance.pages import readings
from tests.governance.rounds import all_vote, by, count
from tests.incidents import factory as cases
from tests.incidents import test_programmes as programmes
from tests.incidents.factory import AT, EVALUATOR, SETUP, ceremony, do, grant, order, person
from tests.registry import factories as registry
from tests.telemetry import factory as telemetry
from tests.walks import gallery_evidence, gallery_measured, gallery_more, gallery_said
from tests.walks.stage import set_clock

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
START = meetings.START
NOW = START + 4 * HOUR
# Pages of a system of which the house's own has something to show.
OF_HOUSE = (
    "systems/<slug:slug>/stop",
    "systems/<slug:slug>/standing-orders",
    "systems/<slug:slug>/versions/",
)
WORDS = {"gdpr": "gdpr-33", "one": "1", "approve": "approve"}
ROLES = ("board", "emergency", "administrator")


@dataclass
class Gallery:
    """The organisation, its people by what they are, and one of everything by its name."""

    of: org.Organisation
    people: dict = field(default_factory=dict)
    made: SimpleNamespace = field(default_factory=SimpleNamespace)

    @property
    def house(self):
        """The house."""
        return self.of.house

    def address(self, route, filled):
        """Return an address with what stands in its places; 'x is the word x itself."""
        house, made = self.house, self.made
        known = {
            "slug": made.system.slug,
            "series_id": made.series.pk,
            "label": "2.3",
            "person_id": self.of.substitutes[0].pk,
            "unit_id": house.unit.pk,
            "name": house.unit.calendar.name,
        }
        known |= {name: self._place(name, value) for name, value in filled.items()}
        if route.startswith(OF_HOUSE):
            known["slug"] = house.system.slug
        path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route.strip("^$"))
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(known[match[1]]), path)

    def _place(self, name, value):
        if value in WORDS or value.startswith("'"):
            return WORDS.get(value, value[1:])
        thing = self.house.system if value == "house" else getattr(self.made, value)
        if isinstance(thing, str):
            return thing
        return getattr(thing, name if name in ("slug", "number") else "pk")


def hang():
    """Make everything, and let the clock stand at NOW."""
    set_clock(AT)
    make_partitions(AT)
    telemetry.call(load_reference)
    telemetry.catalogue()
    found = Gallery(org.organised())
    _people(found)
    readings(found.house.series, *([0.97] * 20), 0.96, 0.91, 0.85)
    # What rolls back goes before the cases that are walked on: these leave 2.2 live.
    for part in (_opened, _round, _meeting, _cases, _acceptance, _programme, _stops, _orders,
                 _calls, _clocks, _concern, _evidence, gallery_measured.measured):  # fmt: skip
        part(found)
    _everywhere(found)
    gallery_said.commented(found, NOW)
    set_clock(NOW)
    seal(at=NOW)
    gallery_evidence.packed(found, NOW)
    gallery_more.hung(found, NOW)
    return found


def _people(found):
    house = found.house
    named = ("owner", "deputy", "compliance", "risk", "verifier", "executive", "engineer",
             "auditor", "secretary", "author")  # fmt: skip
    found.people = {name: getattr(house, name) for name in named}
    found.people["chair"] = found.of.chair
    for role in ROLES:
        found.people[role] = person(name=f"{role.capitalize()} One", unit=house.unit)
        grant(found.people[role], role, unit=house.unit)


def _everywhere(found):
    """Who administers every unit at the top, and so the whole organisation."""
    found.people["everywhere"] = person(name="Administrator Two", unit=found.house.unit)
    for top in Unit.objects.filter(parent=None):
        grant(found.people["everywhere"], "administrator", unit=top)


def _opened(found):
    """A case that nobody has answered: it climbs for two weeks, repeats at every step."""
    (found.made.open,) = org.read(found.of)
    # Before anything of a later instant is written: that would be sealed with an earlier one.
    sweep(at=AT)


def _cases(found):
    """A case in each state, the last ones recovered and small."""
    of, house, made = found.of, found.house, found.made
    made.investigating = cases.bring(house, INVESTIGATING)
    made.validation = cases.bring(house, VALIDATION)
    made.execution = cases.bring(house, EXECUTION)
    made.verification = cases.bring(house, VERIFICATION)
    made.closed = cases.bring(house, CLOSED)
    made.accepted = cases.bring(house, RISK_ACCEPTED)
    made.small = meetings.small_waiting(house, 3)
    do(made.investigating, "link", house.owner, other=made.open.number)
    org.read(of, segment="east", to_state="WARNING", from_state="PENDING", value=0.92)
    made.watch = Watch.objects.get()


def _round(found):
    """A round that is open, one that was adopted, a motion that waits."""
    of, made = found.of, found.made
    made.deciding = org.decided(of, segment="west")
    made.decision = org.convened(of, made.deciding, at=START)
    org.vote(made.decision, of.members[1], "against", reason="Too soon.", at=START)
    made.waiting = org.decided(of, segment="north")
    made.motion = org.moved(of, made.waiting, title="Roll back in the north")
    settled = org.convened(of, org.decided(of, segment="south"), title="Roll back in the south")
    made.adopted = count(all_vote(settled))


def _meeting(found):
    """A meeting that has ended with its minutes, one in session, one to come."""
    of, made = found.of, found.made
    draft = org.moved(of, org.decided(of, segment="held"), title="Roll back what was held")
    row = meetings.in_session(of, draft, ("free", "Any other business"))
    decision = Decision.objects.get(pk=draft.pk)
    org.vote(decision, of.members[0], "for", at=START)
    org.vote(decision, of.members[1], "against", reason="Too soon.", at=START)
    org.vote(decision, of.members[2], "for", at=START)
    count(decision, at=START + HOUR)
    by(
        of.members[1],
        add_dissent,
        decision_id=decision.pk,
        text="The scanner was to be replaced first.",
        ceremony=ceremony(START + HOUR),
        at=START + HOUR,
    )
    by(of.house.secretary, end_meeting, meeting_id=row.pk, at=START + 2 * HOUR)
    made.minutes = by(of.house.secretary, draft_minutes, meeting_id=row.pk, at=START + 2 * HOUR)
    by(
        of.chair,
        sign_minutes,
        minutes_id=made.minutes.pk,
        expected_sha256=made.minutes.sha256,
        ceremony=ceremony(START + 2 * HOUR),
        at=START + 2 * HOUR,
    )
    made.ended = row
    drafts = [
        org.moved(of, org.decided(of, segment=one), title=f"Roll back in the {one}")
        for one in ("first", "second")
    ]
    made.meeting = meetings.in_session(of, *[("consent", one) for one in drafts], title="Session")
    made.ahead = meetings.meeting(of, title="December meeting", starts_at=START + 15 * DAY)


def _acceptance(found):
    """An accepted risk, and a proposal of one."""
    house, made = found.house, found.made
    made.acceptance = RiskAcceptance.objects.get(incident=made.accepted)
    made.proposal = by(
        house.owner,
        propose_acceptance,
        incident_id=made.validation.pk,
        terms={"treatment": "accept", "controls": "A clerk reads every tenth claim."},
        source="risk register",
        reference="R-9",
        at=AT,
    )


def _programme(found):
    """A remediation programme with a batch, which waits for two signatures."""
    house, made = found.house, found.made
    incident = cases.bring(house, "DECISION")
    do(incident, "adopt", EVALUATOR, actions=[order(incident, type="compensate")])
    made.compensated, made.action = incident, incident.actions.get()
    by(
        house.engineer,
        plan_programme,
        action_id=made.action.pk,
        values=programmes.STATED,
        expected_version=None,
        at=AT,
    )
    by(house.engineer, record_batch, action_id=made.action.pk, values=programmes.BATCH, at=AT)


def _stops(found):
    """A case whose system's use is restricted at once, with interim measure and hold."""
    house, made = found.house, found.made
    made.contained = cases.opened(house, severity="major", at=NOW - HOUR, detected_at=NOW - HOUR)
    do(
        made.contained,
        "emergency_contain",
        house.owner,
        at=NOW - HOUR,
        kind="restrict",
        scope="payouts above 500 EUR",
    )
    do(made.contained, "acknowledge", house.owner, at=NOW - HOUR)
    registry.in_force(house.system)
    do(made.contained, "take_interim", house.owner, at=NOW - HOUR, measure="pin the last version")
    do(made.contained, "set_hold", house.compliance, at=NOW - HOUR)


def _orders(found):
    """A standing order that is in force, and one that is put."""
    of, house, made = found.of, found.house, found.made
    stated = {"kpi_id": "accuracy", "action": "stop", "scope": "everything", "rule": "limit",
              "reason": "Nobody is awake on Sundays.", "valid_from": AT,
              "valid_until": AT + 300 * DAY}  # fmt: skip
    made.order = by(
        house.owner,
        put_order,
        system_id=house.system.pk,
        given=orders.Order(**stated, limit_value=0.5),
        at=AT,
    )
    for member in of.members[:2]:
        orders.vote(made.order, member)
    by(
        house.engineer,
        record_drill,
        order_id=made.order.pk,
        passed=True,
        seconds=12,
        found="It stood.",
        evidence="gateway log, line 4",
        at=AT + DAY,
    )
    made.put = by(
        house.owner,
        put_order,
        system_id=house.system.pk,
        given=orders.Order(**stated, limit_value=0.6),
        at=NOW - HOUR,
    )


def _calls(found):
    """Who is on call, a call that waits, a drill that has ended and one that runs."""
    house, made = found.house, found.made
    org.as_setup(
        enter_shift,
        unit_id=house.unit.pk,
        person_id=house.engineer.pk,
        from_at=NOW - 4 * HOUR,
        until_at=NOW + 20 * HOUR,
        at=NOW - 5 * HOUR,
    )
    given = {"system_id": house.system.pk, "purpose": "The bot promises refunds"}
    first = by(
        house.compliance, start_drill, **given, severity="moderate", factor=1440, at=NOW - DAY
    )
    by(house.compliance, end_drill, drill_id=first.pk, lessons="Give the deputy a pager",
       at=NOW - 23 * HOUR)  # fmt: skip
    made.ended_drill = first
    made.drill = by(
        house.compliance, start_drill, **given, severity="minor", factor=1, at=NOW - HOUR
    )
    with acting_as(SETUP):
        page(incident=made.contained, people=[house.owner], why="Stop it", key="limit", at=NOW)
    made.call = Call.objects.filter(person=house.owner).latest("at")


def _clocks(found):
    """A case with a clock that runs and a draft of its report, a request of an authority."""
    house, made = found.house, found.made
    made.reported = cases.opened(house, detected_at=NOW - HOUR, at=NOW - HOUR)
    do(made.reported, "acknowledge", house.owner, at=NOW - HOUR, personal_data="yes",
       critical_service="yes")  # fmt: skip
    made.report = clocks.drafted(made.reported, house.compliance)
    made.request = authorities.answered(house, incidents=[made.closed.number])
    made.question = gallery_said.asked(found, NOW)


def _evidence(found):
    """What was shown of controls, and what the board reads."""
    gallery_evidence.controlled(found, NOW)
    gallery_evidence.reported(found, NOW)


def _concern(found):
    """A concern that was raised and opened."""
    raised, _code = concerns.raised(by=found.house.stranger)
    found.made.concern = concerns.opened(raised, found.house.compliance)
