"""Orders that wait for a silence, or for a case that came in without a reading. INC-12, W 5."""

import datetime as dt

import pytest

from governance.models import StandingOrder
from governance.services.order_firing import fire_missed
from governance.services.reports_by_hand import report_incident
from incidents.models import Containment, Incident
from ledger.context import acting_as
from outbox.services.sweeps import sweep
from tests.governance.test_faults import LAST, deliver, feeding
from tests.governance.test_faults import sweep as look_for_silence
from tests.governance.test_standing_orders import agent, as_person, lifted, put, seated, vote
from tests.registry.factories import AT
from tests.telemetry.factory import DAY, SENDER

__all__ = ["agent"]
pytestmark = pytest.mark.django_db
SILENCE = {"rule": "silence", "kpi_id": "", "limit_value": None}
CASE = {
    "rule": "case",
    "kpi_id": "",
    "limit_value": None,
    "case_kinds": ["reported", "supplier"],
    "least_severity": "major",
}


def adopted(system, **changes):
    """An order that more than half of the seats adopted."""
    order = put(system, **changes)
    for member in system.members[:2]:
        vote(order, member)
    return StandingOrder.objects.get(pk=order.pk)


def reported(system, *, harmed="yes", at=AT + DAY):
    """What a person reports by hand."""
    return as_person(
        report_incident,
        system.owner,
        system_id=system.pk,
        title="It pays twice",
        seen="Two payouts of one claim.",
        seen_at=at,
        known_by="",
        environment="production",
        person_harmed=harmed,
        rights_affected="no",
        personal_data="no",
        critical_service="no",
        at=at,
    )


def stopped():
    """The systems that stand still by an order."""
    return [one.incident.system_id for one in Containment.objects.exclude(standing_order=None)]


def test_a_sender_that_falls_silent_is_stopped_by_its_order():
    system = seated(feeding())
    adopted(system, **SILENCE)

    look_for_silence(LAST + 4 * DAY)

    assert stopped() == [system.pk]


def test_an_order_acts_although_the_silence_is_a_fault_of_another_system():
    lead = feeding(risk_tier="high", kpis=("accuracy",))
    system = seated(feeding(risk_tier="medium"))
    adopted(system, **SILENCE)

    look_for_silence(LAST + 4 * DAY)

    kinds = dict(Incident.objects.values_list("system_id", "kind").order_by("kind"))
    assert stopped() == [system.pk]
    assert kinds == {lead.pk: "fault", system.pk: "silence"}


def test_sweeping_on_opens_no_further_case_of_the_silence():
    system = seated(feeding())
    adopted(system, **SILENCE)

    for day in (4, 5, 6):
        look_for_silence(LAST + day * DAY)

    assert sorted(Incident.objects.values_list("kind", flat=True)) == ["fault", "silence"]
    assert Containment.objects.count() == 1


def test_a_silence_that_is_short_yet_stops_nothing():
    system = seated(feeding())
    adopted(system, **SILENCE)

    look_for_silence(LAST + dt.timedelta(hours=60))

    assert not Containment.objects.exists()


def test_an_order_of_one_kpi_waits_for_the_silence_of_that_one():
    system = seated(feeding())
    adopted(system, rule="silence", kpi_id="recall", limit_value=None)
    for day in range(1, 5):
        deliver(system, kpis=("recall", "precision"), at=LAST + day * DAY)

    look_for_silence(LAST + 4 * DAY)
    other = Containment.objects.count()
    look_for_silence(LAST + 9 * DAY)

    assert (other, stopped()) == (0, [system.pk])


def test_a_silence_that_stood_before_its_order_is_stopped_by_the_next_sweep():
    system = seated(feeding())
    look_for_silence(LAST + 4 * DAY)
    adopted(system, **SILENCE, at=LAST + 4 * DAY)

    with acting_as(SENDER):
        fired = fire_missed(LAST + 4 * DAY + dt.timedelta(seconds=30))

    assert (fired, stopped()) == (1, [system.pk])


def test_a_report_by_hand_fires_the_order_that_waits_for_it(agent):
    order = adopted(agent, **CASE)

    incident = reported(agent)

    row = Containment.objects.get(incident=incident)
    assert (row.person, row.by_rule) == (None, f"standing order {order.number}")


def test_a_case_less_severe_than_the_order_says_stops_nothing(agent):
    adopted(agent, **CASE | {"least_severity": "severe", "case_kinds": ["supplier"]})

    reported(agent)
    sweep(at=AT + DAY + dt.timedelta(seconds=30))

    assert not Containment.objects.exists()


def test_a_case_that_was_open_already_is_stopped_by_a_sweep_once_its_order_holds(agent):
    reported(agent)
    adopted(agent, **CASE, at=AT + DAY)

    sweep(at=AT + DAY + dt.timedelta(seconds=30))

    assert stopped() == [agent.pk]


def test_a_case_fires_its_order_once_also_after_a_decision_lifted_the_stop(agent):
    adopted(agent, **CASE)
    reported(agent)
    lifted(Containment.objects.get(), AT + 2 * DAY)

    sweep(at=AT + 3 * DAY)

    assert Containment.objects.count() == 1


def test_what_an_order_of_cases_waits_for_is_part_of_what_is_signed(agent):
    order = adopted(agent, **CASE)

    assert '"case_kinds":["reported","supplier"]' in order.text
    assert '"least_severity":"major"' in order.text
