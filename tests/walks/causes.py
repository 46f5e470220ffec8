"""What opens an incident of each kind on the stage of the walks, each by its own door or service.

`OPENERS[kind](stage)` brings the cause about and returns the number of the incident. All stand on
a Monday and let as much time pass as their cause takes.
"""

import datetime as dt
from functools import partial

from governance.models import ErrorBudget, GuardrailPair, TrendRule
from governance.rules.objectives import BudgetStated, BurnStated, PairStated, TrendStated
from governance.rules.stated import Stated
from governance.services.budgets import judge_budgets
from governance.services.concerns import Account, open_concern_case
from governance.services.integrity import open_integrity_case
from governance.services.objectives import (
    approve_objective,
    draft_error_budget,
    draft_guardrail_pair,
    draft_trend_rule,
)
from governance.services.pairs import judge_pairs
from governance.services.reports_by_hand import report_incident
from governance.services.supplier_notices import record_notice
from governance.services.thresholds import approve_threshold, draft_threshold
from governance.services.trends import judge_trends
from incidents.models import Incident
from ledger.context import acting_as
from outbox import clock
from registry.services.concerns import Said, raise_concern, read_concern
from registry.services.suppliers import Told
from telemetry.models import Series
from telemetry.services.partitions import make_partitions
from telemetry.services.series import expect_readings
from tests.governance.test_trends import slide
from tests.registry import vendors
from tests.registry.factories import call
from tests.telemetry.factory import computed, take, take_events
from tests.walks import steps
from tests.walks.stage import (
    hours_before,
    let_pass,
    person_actor,
    reading,
)
from tests.walks.visitor import Machine, answered

WEEK, DAY = dt.timedelta(weeks=1), dt.timedelta(days=1)
FED = ("accuracy", "recall", "precision")
ONCE = {"fires_k": 1, "fires_n": 1}
LOW = Stated(direction="below", warning=0.90, critical=0.80, fires_k=2, fires_n=3)
INSTANT = Stated(direction="above", critical=1.0, instant_critical=1.0, **ONCE)


def _limit(stage, kpi, stated, *, segment=""):
    """A threshold in force on another KPI, drafted by the owner, approved by risk."""
    past = clock.now() - 60 * WEEK
    people = stage.people
    drafted = call(
        draft_threshold,
        system_id=stage.system.pk,
        kpi_id=kpi,
        segment=segment,
        stated=stated,
        valid_from=past,
        author_id=people["owner"].pk,
        at=clock.now(),
    )
    call(
        approve_threshold,
        version_id=drafted.pk,
        approver_id=people["risk"].pk,
        at=clock.now(),
    )


def _agreed(stage, kind, draft, **stated):
    """An objective in force, drafted by the owner, approved by risk."""
    drafted = call(draft, author_id=stage.people["owner"].pk, at=clock.now(), **stated)
    call(
        approve_objective,
        kind=kind,
        version_id=drafted.pk,
        approver_id=stage.people["risk"].pk,
        at=clock.now(),
    )


def _over_weeks(kpi, values):
    """One reading a week, the last one of this week."""
    last = hours_before(clock.now(), 1)[0]
    ends = [last - n * WEEK for n in reversed(range(len(values)))]
    for end in ends:
        make_partitions(end)
    return [
        reading(value, end, kpi=kpi, window="7d") for value, end in zip(values, ends, strict=True)
    ]


def _only(kind):
    """The number of the only incident of a kind."""
    return Incident.objects.get(kind=kind).number


def breach(stage):
    """The accuracy falls under its limit."""
    return steps.breach(Machine(stage.token))


def fairness(stage):
    """One group gets the favourable answer more often."""
    _limit(
        stage,
        "equal_opportunity_difference",
        Stated(direction="above", warning=0.08, critical=0.12, least_n=100, **ONCE),
    )
    end = hours_before(clock.now(), 1)[0]
    # A gap is taken once it is on record why the groups are told apart.
    gap = "equal_opportunity_difference"
    computed(stage.system, gap, attribute="age", positive="approve", at=clock.now())
    row = reading(0.3, end, kpi=gap, window="1d", low=0.25, high=0.35)
    take([row], at=clock.now())
    return _only("fairness")


def boundary(stage):
    """It did what lies outside its scope."""
    _limit(stage, "boundary_violations", INSTANT)
    end = hours_before(clock.now(), 1)[0]
    take([reading(1.0, end, kpi="boundary_violations", window="1d")], at=clock.now())
    return _only("boundary")


def silence(stage):
    """One series falls silent while the others are heard."""
    _fed(stage)
    return _fallen_silent("silence", FED[1:])


def fault(stage):
    """One broken sender silences every series of the system."""
    _fed(stage)
    return _fallen_silent("fault", ())


def _fed(stage):
    for kpi in FED[1:]:
        _limit(stage, kpi, LOW)
    _heard(FED)
    for series in Series.objects.filter(cadence_seconds=None):
        call(
            expect_readings,
            series_id=series.pk,
            cadence_seconds=series.window_seconds,
            at=clock.now(),
        )


def _heard(kpis):
    end = hours_before(clock.now(), 1)[0]
    take([reading(0.97, end, kpi=kpi, window="1d") for kpi in kpis], at=clock.now())


def _fallen_silent(kind, still_heard):
    for _ in range(7):
        if Incident.objects.filter(kind=kind).exists():
            break
        let_pass(days=1)
        make_partitions(clock.now())
        if still_heard:
            _heard(still_heard)
        steps.tick()
    return _only(kind)


def reported(stage):
    """An engineer has seen something."""
    actor = person_actor(stage.people["engineer"])
    no = dict.fromkeys(
        ("person_harmed", "rights_affected", "personal_data", "critical_service"), "no"
    )
    with acting_as(actor):
        made = report_incident(
            system_id=stage.system.pk,
            title="Claims of widows are refused",
            seen="Three letters within a week say so.",
            seen_at=clock.now() - dt.timedelta(hours=2),
            known_by="",
            environment="production",
            actor=actor,
            at=clock.now(),
            **no,
        )
    return made.number


def integrity(stage):
    """A row was changed past every service."""
    made = open_integrity_case(
        title="1 row changed outside the services",
        summary="registry_user 1 changed",
        key="k",
        at=clock.now(),
    )
    return made.number


def concern(stage):
    """Somebody raises a concern without a name; an officer makes a case of it."""
    let_pass(hours=3)
    at, actor = clock.now(), person_actor(stage.people["compliance"])
    raised, _ = raise_concern(
        said=Said(where="the claims thing", what="It refuses widows.", harm="no", contact=""),
        form_key="widows",
        raised_by_id=None,
        at=at - dt.timedelta(hours=2),
    )
    with acting_as(actor):
        read_concern(concern_id=raised.pk, actor=actor, at=at - dt.timedelta(hours=1))
        open_concern_case(
            concern_id=raised.pk,
            expected_version=2,
            system_id=stage.system.pk,
            account=Account(title="Widows are refused", seen="Claims of widows fail."),
            actor=actor,
            at=at,
        )
    return _only("concern")


def supplier(stage):
    """The supplier of a product that the system uses announces a change."""
    at, who = clock.now(), stage.people["compliance"]
    bought = vendors.product()
    vendors.used(stage.system, bought)
    with acting_as(person_actor(who)):
        record_notice(
            supplier_id=bought.supplier_id,
            product_ids=[bought.pk],
            told=Told(
                kind="change",
                title="Snapshot retires",
                text="The snapshot is replaced on 1 February.",
                received_at=at,
                received_by_id=who.pk,
            ),
            actor=person_actor(who),
            at=at,
        )
    return _only("supplier")


def trend(stage):
    """The recall slides a little each week, long before it reaches its limit."""
    _limit(
        stage,
        "recall",
        LOW,
    )
    threshold = stage.system.thresholds.get(kpi_id="recall")
    _agreed(stage, TrendRule, draft_trend_rule, threshold_id=threshold.pk, stated=TrendStated())
    take(_over_weeks("recall", slide(18)), at=clock.now())
    judge_trends(clock.now())
    return _only("trend")


def pair(stage):
    """More is answered by machine, and more comes back."""
    _limit(stage, "reopen_rate", Stated(direction="above", warning=0.5, critical=0.8))
    _agreed(
        stage,
        GuardrailPair,
        draft_guardrail_pair,
        system_id=stage.system.pk,
        gain_id="deflection_rate",
        guardrail_id="reopen_rate",
        stated=PairStated(warning=0.01),
    )
    rows = _over_weeks("deflection_rate", [0.40] * 6 + [0.55] * 3)
    rows += _over_weeks("reopen_rate", [0.10] * 6 + [0.14] * 3)
    take(rows, at=clock.now())
    judge_pairs(clock.now())
    return _only("pair")


def budget(stage):
    """The failures that were allowed are used up in an hour."""
    _limit(
        stage,
        "recall",
        Stated(direction="below", warning=0.5, critical=0.4, fires_k=2, fires_n=3),
    )
    pairs = (
        BurnStated("warning", 21600, 1800, 6.0),
        BurnStated("critical", 3600, 300, 14.4),
    )
    _agreed(
        stage,
        ErrorBudget,
        draft_error_budget,
        system_id=stage.system.pk,
        kpi_id="recall",
        stated=BudgetStated(objective=0.99, pairs=pairs),
    )
    last = hours_before(clock.now(), 1)[0]
    values = [1.0] * 60 + [0.8] * 12
    ends = [last - n * dt.timedelta(minutes=5) for n in reversed(range(len(values)))]
    take(
        [
            reading(value, end, kpi="recall", window="5m")
            for value, end in zip(values, ends, strict=True)
        ],
        at=clock.now(),
    )
    judge_budgets(clock.now())
    return _only("budget")


def version(stage):
    """A version that nobody approved has answered."""
    let_pass(hours=1)
    event = {
        "system": stage.system.slug,
        "event_id": "e-1",
        "at": steps.stamp(clock.now() - dt.timedelta(minutes=1)),
        "version": "9.9",
    }
    take_events([event], at=clock.now())
    return _only("version")


def drift(stage):
    """The people whose claims come are others than before."""
    _limit(
        stage,
        "psi",
        Stated(direction="above", warning=0.1, critical=0.25, **ONCE),
        segment="feature=age",
    )
    send = partial(_histogram, Machine(stage.token))
    send([250, 250, 250, 250], days=2, reference=True)
    send([700, 100, 100, 100], days=1)
    return _only("drift")


def _histogram(machine, counts, *, days, **changes):
    end = hours_before(clock.now(), 1)[0] - days * DAY
    row = {
        "system": "claims-approval",
        "feature": "age",
        "window": "1d",
        "counts": counts,
        "window_end": steps.stamp(end),
        "edges": [0, 25, 40, 60, 120],
    }
    answered(machine.send("/histograms", {"histograms": [row | changes]}))


OPENERS = {
    "breach": breach,
    "fairness": fairness,
    "boundary": boundary,
    "silence": silence,
    "reported": reported,
    "integrity": integrity,
    "concern": concern,
    "supplier": supplier,
    "trend": trend,
    "pair": pair,
    "budget": budget,
    "version": version,
    "drift": drift,
    "fault": fault,
}
