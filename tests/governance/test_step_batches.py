"""Steps that fire at once fire set-wise, and write what one by one would write (F1, F38, I6)."""

import datetime as dt
import re
from dataclasses import dataclass

import orjson
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from governance.models import Call, EscalationFiring, StepAcknowledgement
from governance.services import step_writing
from governance.services.acknowledgements import acknowledge_step
from ledger.context import acting_as
from ledger.models import Entry
from ledger.selectors.lines import lines_of_incident
from outbox.models import Message, Timer
from outbox.services import sweeps
from outbox.services.sweeps import SWEEP, SweepReport, fire_timers
from registry.models import Delegation, Leave
from registry.services.notices import Choices, set_preference
from tests.governance.organisation import AT, another_series, organised, read, standing
from tests.incidents.factory import SETUP, acting, forced, person

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEVER = 10**9
OWN = ("id", "entry_number", "sealed_address")
NOTICE = re.compile(r"notice=[0-9a-f-]{36}|/calls/[0-9a-f-]{36}/|call:[0-9a-f-]{36}|chat:.*")


@dataclass
class Path:
    """What one way of firing wrote, rows without what they draw for themselves."""

    fired: int
    one_by_one: int
    rows: dict[str, list[str]]


@pytest.fixture
def of():
    """An organisation at medium tier, its office open 09:00 to 17:00 UTC from Monday to Friday."""
    made = organised()
    calendar = made.house.unit.calendar
    calendar.hours = {str(day): [["09:00", "17:00"]] for day in range(1, 6)}
    with acting_as(SETUP):
        calendar.save()
    return made


def opened(of, number, **changes):
    """An incident of a segment of its own."""
    place = standing(of.house, of.threshold, series=another_series(of.house, segment=f"r={number}"))
    (incident,) = read(
        of, standing_id=place.pk, series_id=place.series_id, segment=f"r={number}", **changes
    )
    return incident


def fire(at):
    """Fire what is due, as a sweep does; its other jobs have nothing to do here."""
    report = SweepReport()
    with acting_as(SWEEP):
        fire_timers(at=at, batch=500, report=report)
    return report


def written(at, monkeypatch, *, together):
    """Fire what is due one way, return what that wrote, and take it back."""
    monkeypatch.setattr(sweeps, "LEAST_TOGETHER", 2 if together else NEVER)
    singly = []
    with monkeypatch.context() as patched:
        one = sweeps._fire_one
        patched.setattr(sweeps, "_fire_one", lambda *given: singly.append(1) or one(*given))
        return _written(at, singly)


def _written(at, singly):
    first = Entry.objects.order_by("-id").values_list("id", flat=True).first()
    with transaction.atomic():
        report = fire(at)
        rows = {
            "firings": plain(EscalationFiring),
            "messages": plain(Message),
            "timers": plain(Timer),
            "calls": plain(Call),
            "entries": entries(first),
            "queued": [str(queued(first))],
        }
        transaction.set_rollback(True)
    assert report.failed == 0
    return Path(report.fired, len(singly), rows)


def plain(model):
    """Every row of a table as text, without its own number and that of its entry."""
    rows = model.objects.values()
    texts = [
        NOTICE.sub("…", str({name: row[name] for name in sorted(row) if name not in OWN}))
        for row in rows
    ]
    return sorted(texts)


def entries(first):
    """The bodies and the searched columns of the entries since one, without their numbers."""
    names = [
        field.name
        for field in Entry._meta.concrete_fields
        if field.name not in ("id", "txid", "touched")
    ]
    rows = Entry.objects.filter(id__gt=first).values(*names)
    return sorted(str(row | {"body": orjson.loads(bytes(row["body"]))}) for row in rows)


def queued(first):
    """How many of the entries since one wait for sealing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_queue WHERE entry_id > %s", [first])
        return cursor.fetchone()[0]


def away(who):
    """Somebody is on leave."""
    with acting_as(SETUP):
        Leave(user=who, from_at=AT - DAY, until_at=AT + 60 * DAY).save(force_insert=True)


def pager(who):
    """Somebody has a pager, and wants copies by chat."""
    with acting_as(acting(who)):
        set_preference(
            choices=Choices(
                digest_hour=8,
                by_chat=("task", "reminder"),
                page="https://ntfy.example.org/on-call-0123456789abcdef",
                chat="mmost://chat.example.org/3ccdd1134747",
            ),
            expected_version=0,
            actor=acting(who),
            at=AT,
        )


def severity(incident, value):
    """An incident of another severity; its timers stay as they were armed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE incidents_incident SET severity = %s WHERE id = %s", [value, incident.pk]
        )


# Each prepares an organisation and returns when the sweep runs, and how many timers are left to go
# one by one after the batch.
def opening(of):
    """Four openings at once: one call each, the other stages are told by it."""
    for number in range(4):
        opened(of, number)
    return AT, 0


def half_of_the_time(of):
    """Deputies, one away with a delegate, reminders in working hours."""
    for number in range(3):
        opened(of, number)
    fire(AT)
    away(of.house.deputy)
    with acting_as(SETUP):
        Delegation(
            principal=of.house.deputy, delegate=of.house.engineer, from_at=AT - DAY,
            until_at=AT + 60 * DAY, reason="x",
        ).save(force_insert=True)  # fmt: skip
    return AT + 4 * HOUR, 0


def who_has_it(of):
    """One deputy's word holds, another's does not: it was said and nothing done since."""
    cases = [opened(of, number) for number in range(3)]
    severity(cases[2], "severe")
    fire(AT)
    fire(AT + 4 * HOUR)
    for case in cases[1:]:
        firing = EscalationFiring.objects.filter(incident=case, step=1).first()
        with acting_as(acting(of.house.deputy)):
            acknowledge_step(
                incident_id=case.pk, rule=firing.rule, step=1, actor=acting(of.house.deputy),
                at=AT + 4 * HOUR,
            )  # fmt: skip
    assert StepAcknowledgement.objects.count() == 2
    following = Timer.objects.filter(
        state="armed", payload__step=1, payload__repeat=1, payload__stage="acknowledge"
    )
    return following.order_by("-due_at").first().due_at, None


def ended_and_begun_anew(of):
    """Timers that nobody cancelled find an incident that ended, and one in another cycle."""
    ended, anew, _ = (opened(of, number) for number in range(3))
    forced(ended, "CLOSED")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE incidents_incident SET cycle = 2 WHERE id = %s", [anew.pk])
    return AT, 0


def pagers(of):
    """A severe case calls who has a pager, and copies its mail to who wants it by chat."""
    for number in range(2):
        severity(opened(of, number), "severe")
    opened(of, 3)
    pager(of.house.owner)
    return AT, 0


def nobody_there(of):
    """A level that nobody answers for goes up at once; the case beside it is told as usual."""
    for number in range(2):
        opened(of, number)
    fire(AT)
    forced(opened(of, 7, at=AT + 4 * HOUR), "VALIDATION")
    person(name="Admin", unit=of.house.unit, role="administrator")
    for who in ("owner", "deputy", "secretary", "executive"):
        away(getattr(of.house, who))
    return AT + 4 * HOUR, None


def after_a_downtime(of):
    """Three days late: one digest a person, higher levels wait; what opens now is told as usual."""
    for number in range(2):
        opened(of, number)
    back = AT + 3 * DAY
    opened(of, 3, at=back)
    return back, None


def late_with_pagers_and_a_rehearsal(of):
    """Late and severe calls all the same; a rehearsal's lines stand in a digest of their own."""
    for number in range(2):
        severity(opened(of, number), "severe")
    rehearsal = opened(of, 3)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE incidents_incident SET drill = true WHERE id = %s", [rehearsal.pk])
    pager(of.house.owner)
    return AT + 3 * DAY, None


def late_again_an_hour_later(of):
    """What waited for an answer fires next, late as well, and holds back what is above it."""
    for number in range(3):
        opened(of, number)
    fire(AT + 3 * DAY)
    return AT + 3 * DAY + HOUR, None


def two_timers_for_one_step(of):
    """A deadline that was recalculated left a second timer of the same step."""
    cases = [opened(of, number) for number in range(2)]
    timer = Timer.objects.filter(
        subject_id=cases[0].pk, payload__stage="acknowledge", payload__step=0
    ).get()
    timer.pk, timer.key = cases[0].pk, f"again:{timer.key}"
    timer.save(force_insert=True)
    return AT, None


def fired_already(of):
    """A timer of a step that fired under another key fires nothing more."""
    cases = [opened(of, number) for number in range(2)]
    fire(AT)
    Timer.objects.filter(subject_id=cases[0].pk, fired_at=AT).update(state="armed", fired_at=None)
    opened(of, 5)
    return AT, 0


def in_every_stage(of):
    """Who is responsible follows the state: validators, leaders, executors."""
    for number, state in enumerate(("INVESTIGATING", "VALIDATION", "DECISION", "EXECUTION")):
        forced(opened(of, number), state)
    return AT, None


def up_to_the_outside(of):
    """The executive at the deadline, the external seat a day after it."""
    for number in range(2):
        opened(of, number)
    for hours in (0, 4, 8):
        fire(AT + hours * HOUR)
    Timer.objects.filter(state="armed", payload__repeat__gt=0).update(state="cancelled")
    return AT + 32 * HOUR, None


def rehearsed(of):
    """A drill says so everywhere."""
    with connection.cursor() as cursor:
        case = opened(of, 0)
        opened(of, 1)
        cursor.execute("UPDATE incidents_incident SET drill = true WHERE id = %s", [case.pk])
    return AT, 0


SCENES = (
    opening, half_of_the_time, who_has_it, ended_and_begun_anew, pagers, nobody_there,
    after_a_downtime, two_timers_for_one_step, fired_already, in_every_stage, up_to_the_outside,
    rehearsed, late_with_pagers_and_a_rehearsal, late_again_an_hour_later,
)  # fmt: skip


@pytest.mark.bypass
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_many_at_once_write_what_one_by_one_writes(of, scene, monkeypatch):
    at, left = scene(of)

    together = written(at, monkeypatch, together=True)
    single = written(at, monkeypatch, together=False)

    assert together.rows == single.rows
    assert together.fired == single.fired > 0
    assert left is None or together.one_by_one == left
    assert together.one_by_one < single.one_by_one


def test_a_set_that_fails_goes_one_by_one(of, monkeypatch):
    for number in range(3):
        opened(of, number)
    monkeypatch.setattr(step_writing, "queue_mails", _fails)

    report = fire(AT)

    assert (report.failed, EscalationFiring.objects.count()) == (0, 3)
    assert Message.objects.filter(key__startswith="step:").count() == 3


def _fails(**_):
    raise RuntimeError("planted")


@pytest.mark.bypass
def test_one_timer_that_cannot_be_read_stops_no_other(of):
    cases = [opened(of, number) for number in range(3)]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE incidents_incident SET plan = '{}', plan_sha256 = 'x' WHERE id = %s",
            [cases[1].pk],
        )

    report = fire(AT)

    fired = set(EscalationFiring.objects.values_list("incident_id", flat=True))
    assert fired == {cases[0].pk, cases[2].pk}
    assert report.failed == Timer.objects.filter(subject_id=cases[1].pk, attempts=1).count() > 0


def test_each_firing_has_an_entry_of_its_own(of):
    cases = [opened(of, number) for number in range(3)]

    fire(AT)

    numbers = set(EscalationFiring.objects.values_list("entry_number", flat=True))
    lines = [line for case in cases for line in lines_of_incident(incident_id=case.pk)]
    own = {line.number for line in lines if line.verb == "escalation.fired"}
    assert len(numbers) == 3
    assert own == numbers


def test_more_incidents_take_no_more_questions(of):
    for number in range(3):
        opened(of, number)
    few = _statements(lambda: fire(AT))
    for number in range(3, 12):
        opened(of, number, at=AT + MINUTE)

    many = _statements(lambda: fire(AT + MINUTE))

    assert EscalationFiring.objects.count() == 12
    assert many <= few


def _statements(run):
    with CaptureQueriesContext(connection) as found:
        run()
    return len(found)
