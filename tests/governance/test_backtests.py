"""Back-tests: the past replayed as it was judged, and by another threshold (KPI-9)."""

import datetime as dt
import random

import pytest

from governance.models import Backtest, ThresholdVersion, Watch
from governance.rules.stated import Stated
from governance.selectors.backtests import alert_precision
from governance.services import backtests, replaying
from governance.services.backtests import ask_backtest, replay, run_backtests, work_on
from governance.services.silences import judge_silences
from governance.services.thresholds import approve_threshold, draft_threshold
from incidents.models import Incident
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.services.sweeps import sweep
from telemetry.models import Series
from telemetry.services.series import expect_readings
from tests.incidents.factory import forced
from tests.registry import factories as registry
from tests.registry.factories import SETUP, call, person_as_actor
from tests.telemetry.factory import AT, BANDS, DAY, catalogue, measured, series_of, take

HOUR = dt.timedelta(hours=1)
LOOSER = Stated(direction="below", warning=0.60, critical=0.50, fires_k=2, fires_n=3)
STRICTER = Stated(direction="below", warning=0.95, critical=0.90, fires_k=1, fires_n=1)


def reading(system, value, day, **changes):
    """The accuracy of the day that ends `day` days after AT."""
    return {
        "system": system.slug, "kpi": "accuracy", "window": "1d", "value": value, "n": 500,
        "window_end": (AT + day * DAY).isoformat(),
    } | changes  # fmt: skip


def live(system, values, *, first=1):
    """Send one value a day, an hour after the day's end."""
    for day, value in enumerate(values, start=first):
        take([reading(system, value, day)], at=AT + day * DAY + HOUR)


def replayed(system, stated=None, *, days=200):
    """The whole past of the accuracy, by the version in force unless limits are given."""
    at = AT + days * DAY
    return replay(series_ids=[series_of(system).pk], stated=stated, since=AT - DAY, until=at, at=at)


def ended(incident, at, *, state="CLOSED"):
    """End an incident, as if somebody had."""
    found = forced(incident, state, at)
    found.closed_at = at
    with acting_as(SETUP):
        found.save(at=at)


@pytest.fixture
def system(db):
    """A live system with accuracy bands: warning under 0.90, critical under 0.80."""
    return measured()


PAST = [0.95, 0.95, 0.75, 0.75, 0.95, 0.95, 0.95, 0.95, 0.7, 0.95, 0.7, 0.95, 0.95, 0.95, 0.85]


def test_the_version_that_was_in_force_gives_the_incidents_that_were_opened(system):
    live(system, PAST)

    found = replayed(system).incidents

    assert [one.number for one in found] == list(
        Incident.objects.order_by("opened_at").values_list("number", flat=True)
    )
    assert [one.at for one in found] == [
        one.opened_at.timestamp() for one in Incident.objects.order_by("opened_at")
    ]


@pytest.mark.full
@pytest.mark.parametrize("seed", range(8))
def test_any_past_gives_the_incidents_and_watches_that_were_opened(system, seed):
    chance = random.Random(seed)
    values = [chance.choice([0.95, 0.93, 0.91, 0.88, 0.85, 0.75, None]) for _ in range(60)]
    day = 1
    while day <= len(values):
        some = values[day - 1 : day - 1 + chance.choice([1, 1, 1, 3])]
        at = AT + (day + len(some) - 1) * DAY + HOUR
        take([reading(system, one, day + place) for place, one in enumerate(some)], at=at)
        day += len(some)
        sweep(at=at)
        for incident in Incident.objects.exclude(state="CLOSED"):
            if chance.random() < 0.1:
                ended(incident, at)

    found = replayed(system, days=len(values) + 1)

    real = Incident.objects.filter(kind="breach").order_by("opened_at")
    assert [one.number for one in found.incidents] == list(real.values_list("number", flat=True))
    watches = Watch.objects.filter(kind="breach").exclude(state="promoted")
    assert len(found.watches) == watches.count()


def test_an_incident_that_was_closed_is_taken_up_again_by_the_next_breach(system):
    live(system, [0.75, 0.75, 0.95, 0.95, 0.95])
    ended(Incident.objects.get(), AT + 6 * DAY)
    live(system, [0.95, 0.75, 0.75], first=7)

    found = replayed(system).incidents

    assert [one.number for one in found] == list(
        Incident.objects.order_by("opened_at").values_list("number", flat=True)
    )
    assert [one.cycle for one in Incident.objects.all()] == [2]


def test_a_delivery_of_many_windows_is_one_case_as_it_was(system):
    rows = [reading(system, value, day) for day, value in enumerate(PAST, start=1)]
    take(rows, at=AT + 20 * DAY)

    found = replayed(system, days=21)

    assert (len(found.incidents), len(found.watches)) == (1, 0)
    assert (Incident.objects.count(), Watch.objects.count()) == (1, 0)


def test_a_silence_breaks_a_recovery_in_the_replay_too(system):
    live(system, [0.75, 0.75, 0.95])
    call(expect_readings, series_id=series_of(system).pk, cadence_seconds=86400, at=AT + 4 * DAY)
    judge_silences(AT + 6 * DAY)
    live(system, [0.95, 0.95, 0.75, 0.75], first=7)

    found = replayed(system).incidents

    assert len(found) == Incident.objects.filter(kind="breach").count()


def test_a_looser_threshold_misses_what_today_opens(system):
    live(system, PAST)

    call(ask_backtest, system_id=system.pk, kpi_id="accuracy", stated=LOOSER, at=AT + 20 * DAY)

    result = Backtest.objects.get().result
    assert (result["opened"], result["present"], result["missed"]) == (0, 1, 1)
    assert result["cases"]["missed"][0]["number"] == Incident.objects.get().number


def test_what_was_a_false_alarm_is_spared(system):
    live(system, PAST)
    ended(Incident.objects.get(), AT + 18 * DAY, state="CANCELLED")

    call(ask_backtest, system_id=system.pk, kpi_id="accuracy", stated=LOOSER, at=AT + 20 * DAY)

    result = Backtest.objects.get().result
    assert (result["missed"], result["spared"]) == (0, 1)


def test_a_stricter_threshold_opens_more(system):
    live(system, [0.95, 0.93, 0.89, 0.95])

    call(ask_backtest, system_id=system.pk, kpi_id="accuracy", stated=STRICTER, at=AT + 9 * DAY)

    result = Backtest.objects.get().result
    assert (result["opened"], result["new"], result["present"]) == (1, 1, 0)


def test_nothing_is_opened_and_no_standing_moves_by_a_back_test(system):
    live(system, [0.95, 0.93, 0.89, 0.95])

    call(ask_backtest, system_id=system.pk, kpi_id="accuracy", stated=STRICTER, at=AT + 9 * DAY)

    assert not Incident.objects.exists()
    assert series_of(system).standing.state == "PENDING"


def test_in_chunks_and_after_a_break_the_result_is_the_same(system, monkeypatch):
    live(system, PAST * 2)
    asked = {"system_id": system.pk, "kpi_id": "accuracy", "stated": STRICTER, "at": AT + 40 * DAY}
    whole = call(ask_backtest, **asked)
    monkeypatch.setattr(replaying, "CHUNK", 7)
    monkeypatch.setattr(backtests, "AT_ONCE", 0)
    long = call(ask_backtest, **asked)

    with pytest.raises(KeyboardInterrupt):
        _killed(long, monkeypatch)
    half = Backtest.objects.get(pk=long.pk)
    run_backtests(AT + 41 * DAY)

    done = Backtest.objects.get(pk=long.pk)
    assert (half.state, 0 < half.done < half.total) == ("running", True)
    assert (done.state, done.result) == ("done", whole.result)


def _killed(backtest, monkeypatch):
    """Work on two chunks and be killed in the third."""
    for _ in range(2):
        run_one(backtest)
    with monkeypatch.context() as patch:
        patch.setattr(replaying, "deliveries", _kill)
        run_one(backtest)


def _kill(_rows):
    raise KeyboardInterrupt


def run_one(backtest):
    """Do one chunk."""
    with acting_as(backtests.WORKER):
        work_on(backtest_id=backtest.pk, at=AT + 41 * DAY)


def test_a_span_that_makes_no_sense_is_refused(system):
    with pytest.raises(Invalid, match="span of the past"):
        call(ask_backtest, system_id=system.pk, kpi_id="accuracy", stated=LOOSER,
             since=AT + DAY, until=AT)  # fmt: skip


def test_limits_without_a_baseline_are_refused(system):
    relative = Stated(direction="below", mode="points", warning=-0.04)

    with pytest.raises(Invalid, match="need a baseline"):
        call(ask_backtest, system_id=system.pk, kpi_id="accuracy", stated=relative)


def drafted(system, stated, at):
    """A draft of the owner."""
    return call(
        draft_threshold, system_id=system.pk, kpi_id="accuracy", stated=stated,
        actor=person_as_actor(system.owner), at=at,
    )  # fmt: skip


def test_a_draft_comes_with_its_back_test(system):
    live(system, PAST)

    version = drafted(system, LOOSER, AT + 20 * DAY)

    assert version.backtests.get().result["missed"] == 1


def test_a_loosening_waits_for_its_back_test(system, monkeypatch):
    live(system, [0.95, 0.95])
    monkeypatch.setattr(backtests, "AT_ONCE", 0)
    version = drafted(system, LOOSER, AT + 9 * DAY)
    approval = {"version_id": version.pk, "actor": person_as_actor(system.deputy)}

    with pytest.raises(Conflict, match="back-test"):
        call(approve_threshold, **approval, at=AT + 9 * DAY)
    run_backtests(AT + 9 * DAY)

    assert call(approve_threshold, **approval, at=AT + 9 * DAY).state == "active"


def test_nobody_loosens_alone_not_even_at_set_up(db):
    system = registry.system_in("approved")
    catalogue()
    first = drafted(system, BANDS, AT)
    call(approve_threshold, version_id=first.pk, actor=person_as_actor(system.owner))
    second = drafted(system, LOOSER, AT)

    with pytest.raises(Forbidden, match="you drafted it"):
        call(approve_threshold, version_id=second.pk, actor=person_as_actor(system.owner))


def test_precision_counts_what_became_of_the_incidents_of_a_version(system):
    live(system, [0.75, 0.75])
    version = ThresholdVersion.objects.get()
    before = alert_precision(version_ids=[version.pk])[version.pk]
    ended(Incident.objects.get(), AT + 5 * DAY)

    after = alert_precision(version_ids=[version.pk])[version.pk]

    assert (before.open, before.share) == (1, None)
    assert (after.real, after.share) == (1, 1.0)


def test_a_back_test_of_a_kpi_without_readings_is_done_with_nothing(system):
    call(ask_backtest, system_id=system.pk, kpi_id="accuracy", stated=LOOSER)

    assert Backtest.objects.get().result["readings"] == 0
    assert not Series.objects.filter(system=system).exists()
