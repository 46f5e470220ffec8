"""Silences with an end: evaluation goes on, cases open suppressed (EVA-18, F26)."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from governance.models import MutedCase, Standing, Watch
from governance.rules.mutes import LONGEST
from governance.services.mutes import Cover, approve_mute, ask_mute, end_mute, refuse_mute
from incidents.models import Incident
from incidents.services.commands import execute
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.models import Message, Timer
from outbox.services.sweeps import SweepReport, fire_timers
from registry.models import User
from tests.registry import factories as registry
from tests.registry.factories import call, person_as_actor
from tests.telemetry.factory import AT, BANDS, DAY, computed, measured, row, take, threshold

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def owner(system):
    """The owner of a system."""
    return User.objects.get(pk=system.owner_id)


def officer(system):
    """A risk officer of a system."""
    found = registry.user(of=system.unit)
    registry.role(found, "risk", system=system)
    return found


def silence(system, *, by=None, hours=48, cover=None, from_at=AT, reason="migration", at=AT):
    """Ask for a silence over a system."""
    return call(
        ask_mute,
        system_id=system.pk,
        cover=cover or Cover(),
        reason=reason,
        from_at=from_at,
        until_at=from_at + hours * HOUR,
        actor=person_as_actor(by or owner(system)),
        at=at,
    )


def agree(mute, by):
    """Agree to a silence."""
    return call(approve_mute, mute_id=mute.pk, actor=person_as_actor(by), at=AT)


def breach(system, *, at=AT + HOUR, first=0, value=0.7, **changes):
    """Two readings beyond the critical limit."""
    take([row(system, value, day=day, **changes) for day in (first, first + 1)], at=at)
    return Incident.objects.filter(system=system).last()


def timers(incident, *kinds):
    """The timers of an incident that are armed."""
    rows = Timer.objects.filter(subject_id=incident.pk, state="armed")
    return rows.filter(kind__in=kinds) if kinds else rows


def fresh(incident):
    """The incident as it is."""
    return Incident.objects.get(pk=incident.pk)


def test_f26_a_breach_in_a_silence_is_recorded_and_opens_suppressed():
    system = measured()
    mute = silence(system)

    incident = breach(system)

    assert Standing.objects.get(series__system=system).state == "CRITICAL"
    assert incident.suppressed is True
    assert incident.stage_due_at is None
    assert MutedCase.objects.get(incident=incident).mute == mute


def test_eva_18_a_suppressed_incident_has_the_timer_of_its_end_and_no_other():
    system = measured()
    mute = silence(system)

    incident = breach(system)

    assert [(one.kind, one.due_at) for one in timers(incident)] == [("mute.end", mute.until_at)]


def test_nobody_is_told_in_a_silence():
    system = measured()
    silence(system)
    before = Message.objects.count()

    breach(system)
    run(AT + 2 * HOUR)

    assert Message.objects.count() == before


def test_f26_a_breach_across_the_end_starts_its_timers_at_the_end_instant():
    system = measured()
    mute = silence(system)
    incident = breach(system)

    run(mute.until_at + 5 * HOUR)

    found = fresh(incident)
    assert found.suppressed is False
    assert found.stage_entered_at == mute.until_at
    assert timers(found, "incident.stage_deadline").count() == 3


def test_eva_18_what_passed_in_the_silence_is_answered_in_one_line():
    system = measured()
    mute = silence(system)
    incident = breach(system)
    take([row(system, 0.97, day=day) for day in range(2, 7)], at=AT + 3 * HOUR)
    run(mute.until_at)
    asked = list(timers(incident).values_list("kind", flat=True))

    answer(incident, owner(system), mute.until_at + HOUR)

    assert asked == ["mute.answer"]
    assert (fresh(incident).state, fresh(incident).resolution) == ("CLOSED", "passed_silenced")


def test_eva_18_without_an_answer_the_whole_way_begins():
    system = measured()
    mute = silence(system)
    incident = breach(system)
    take([row(system, 0.97, day=day) for day in range(2, 7)], at=AT + 3 * HOUR)
    run(mute.until_at)

    run(mute.until_at + 8 * DAY)

    assert fresh(incident).suppressed is False
    assert timers(incident, "incident.stage_deadline").exists()


def test_eva_18_a_major_case_takes_the_whole_way_although_it_passed():
    system = measured(risk_tier="high")
    mute = agree(silence(system, hours=20), officer(system))
    incident = breach(system)
    take([row(system, 0.97, day=day) for day in range(2, 7)], at=AT + 3 * HOUR)

    run(mute.until_at)

    assert incident.severity == "major"
    assert fresh(incident).suppressed is False


def test_one_line_is_not_enough_while_it_still_breaches():
    system = measured()
    silence(system)
    incident = breach(system)

    with pytest.raises(Conflict, match="came and went"):
        answer(incident, owner(system), AT + 2 * HOUR)

    assert fresh(incident).state == "OPEN"


def test_a_breach_that_comes_back_after_the_end_starts_its_timers():
    system = measured()
    mute = silence(system)
    incident = breach(system)
    take([row(system, 0.97, day=day) for day in range(2, 7)], at=AT + 3 * HOUR)
    run(mute.until_at)

    breach(system, first=7, at=mute.until_at + HOUR)

    assert fresh(incident).suppressed is False
    assert not timers(incident, "mute.answer").exists()


def test_ending_a_silence_early_starts_the_timers_then():
    system = measured()
    mute = silence(system)
    incident = breach(system)

    call(
        end_mute,
        mute_id=mute.pk,
        reason="done early",
        actor=person_as_actor(owner(system)),
        at=AT + 2 * HOUR,
    )

    assert fresh(incident).stage_entered_at == AT + 2 * HOUR
    assert timers(incident, "incident.stage_deadline").count() == 3


def test_a_second_silence_that_covers_it_keeps_it_suppressed_until_its_own_end():
    system = measured()
    first = silence(system, hours=24)
    second = silence(system, hours=48)
    incident = breach(system)

    run(first.until_at)

    assert fresh(incident).suppressed is True
    assert timers(incident).get().due_at == second.until_at


def test_after_the_end_a_breach_opens_as_ever():
    system = measured()
    mute = silence(system)

    incident = breach(system, at=mute.until_at)

    assert incident.suppressed is False


@pytest.mark.parametrize(
    ("cover", "suppressed"),
    [
        (Cover(), True),
        (Cover(kpi_id="accuracy"), True),
        (Cover(kpi_id="recall"), False),
        (Cover(environment="production"), True),
        (Cover(environment="staging"), False),
        (Cover(segment="region=north"), False),
    ],
)
def test_a_silence_covers_what_it_names(cover, suppressed):
    system = measured()
    silence(system, cover=cover)

    incident = breach(system)

    assert incident.suppressed is suppressed


def test_a_regulatory_kind_is_never_silenced():
    gap = "demographic_parity_difference"
    system = measured(stated=None)
    threshold(system, kpi=gap, stated=_above())
    computed(system, gap, attribute="age", positive="approve")
    silence(system)

    incident = breach(system, value=0.4, kpi=gap)

    assert incident.suppressed is False


def test_a_kill_switch_kind_is_never_silenced():
    system = measured(stated=None)
    threshold(system, kpi="boundary_violations", stated=_above(1.0, 1.0))
    silence(system)

    incident = breach(system, value=2.0, kpi="boundary_violations")

    assert incident.suppressed is False


def test_a_watch_in_a_silence_tells_nobody_and_counts_from_its_end():
    system = measured()
    mute = silence(system)
    before = Message.objects.count()

    breach(system, value=0.85)

    watch = Watch.objects.get(system=system)
    assert Message.objects.count() == before
    assert watch.due_at == mute.until_at + 7 * DAY


def test_at_high_tier_a_silence_holds_only_once_a_second_person_agreed():
    system = measured(risk_tier="high")
    mute = silence(system, hours=20)

    before = breach(system).suppressed
    agreed = agree(mute, officer(system))

    assert before is False
    assert agreed.approved_by_id != agreed.asked_by_id


def test_who_asked_cannot_agree():
    system = measured(risk_tier="high")
    asker = officer(system)
    mute = silence(system, by=asker, hours=20)

    with pytest.raises(Forbidden, match="you asked for it"):
        agree(mute, asker)

    assert mute.approved_at is None


def test_a_refused_silence_never_holds():
    system = measured(risk_tier="high")
    mute = silence(system, hours=20)
    call(
        refuse_mute,
        mute_id=mute.pk,
        reason="not now",
        actor=person_as_actor(officer(system)),
        at=AT,
    )

    with pytest.raises(Conflict):
        agree(mute, officer(system))

    assert breach(system).suppressed is False


@pytest.mark.parametrize(("tier", "hours"), [("low", 7 * 24), ("medium", 72), ("high", 24)])
def test_a_silence_lasts_as_long_as_its_tier_allows(tier, hours):
    system = measured(risk_tier=tier)

    allowed = silence(system, hours=hours)
    with pytest.raises(Invalid) as refused:
        silence(system, hours=hours + 1)

    assert allowed.until_at - allowed.from_at == LONGEST[tier]
    assert "until_at" in refused.value.fields


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hours": 0}, "until_at"),
        ({"from_at": AT - DAY}, "from_at"),
        ({"from_at": AT + 91 * DAY}, "from_at"),
        ({"reason": "  "}, "reason"),
        ({"cover": Cover(kpi_id="no_such_kpi")}, "kpi"),
    ],
)
def test_a_silence_without_an_end_a_reason_or_in_the_past_is_refused(changes, field):
    system = measured()

    with pytest.raises(Invalid) as refused:
        silence(system, **changes)

    assert field in refused.value.fields


@pytest.mark.bypass
def test_a_silence_is_never_changed_even_by_hand():
    mute = silence(measured())

    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        _extend(mute)

    assert mute.until_at == AT + 48 * HOUR


def test_the_watch_of_a_low_tier_engineer_is_no_business_of_strangers():
    system = measured()

    with pytest.raises(Forbidden):
        silence(system, by=registry.user())

    assert not MutedCase.objects.exists()


def _extend(mute):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE governance_mute SET until_at = until_at + interval '1 day' WHERE id = %s",
            [mute.pk],
        )


def _above(critical=0.2, instant=None):
    return type(BANDS)(
        direction="above", critical=critical, instant_critical=instant, fires_k=2, fires_n=2
    )


def run(at):
    """Fire what is due."""
    fire_timers(at=at, batch=100, report=SweepReport())


def answer(incident, by, at):
    """Answer in one line."""
    actor = person_as_actor(by)
    with acting_as(actor):
        execute(
            command="answer_silenced",
            incident_id=incident.pk,
            actor=actor,
            at=at,
            expected_version=None,
            idempotency_key=None,
            payload={"line": "the migration, as announced"},
        )
