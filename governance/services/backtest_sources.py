"""What a past is judged again by: rules, policy, what really came of it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from governance.models import BreachCause
from governance.rules.backtest import Life, Terms
from governance.rules.backtest_judging import Judging, Source
from governance.rules.bands import Rule
from governance.rules.breach import Breach
from governance.rules.judging import Judge, Timeline
from governance.selectors.backtests import is_false_alarm
from governance.selectors.policies import document_of, policy_in_force
from governance.selectors.thresholds import fitted_rule, timelines_of
from governance.services.plans import seconds
from governance.services.seen_series import kind_of
from incidents.models import Incident, Transition
from incidents.rules.transitions import ENDED
from registry.models import Deployment, System
from telemetry.models import Series

EVER = datetime.min.replace(tzinfo=UTC)
NOBODY = UUID(int=0)


def terms_of(*, system: System, at: datetime) -> Terms:
    """Return by what cases of a system are opened, as the policy in force at an instant says."""
    policy = document_of(policy_in_force(unit_id=system.unit_id, at=at))
    return Terms(
        matrix=policy.matrix,
        risk_tier=system.risk_tier,
        watch_after=seconds(policy.watch.after),
        third_within=seconds(policy.watch.third_within),
        returns=policy.watch.returns,
        hold=seconds(policy.limits.hold[system.risk_tier]),
    )


def lives_of(*, series: Series) -> list[Life]:
    """Return the incidents that really were opened by readings of a series, in order."""
    causes = BreachCause.objects.filter(
        standing__series=series, incident__kind=kind_of(series)
    ).select_related("incident")
    found = {cause.incident_id: cause.incident for cause in causes}
    again = _taken_up_again(list(found))
    lives = [life for one in found.values() for life in _lives(one, again.get(one.pk, []))]
    return sorted(lives, key=lambda one: one.detected_at)


def _taken_up_again(incident_ids: Sequence[UUID]) -> dict[UUID, list[datetime]]:
    """Return when incidents had ended that were taken up again, in order."""
    rows = Transition.objects.filter(incident_id__in=incident_ids).order_by("incident", "version")
    found: dict[UUID, list[datetime]] = {}
    ended: dict[UUID, datetime] = {}
    for row in rows.only("incident_id", "from_state", "to_state", "at"):
        if row.to_state in ENDED and row.from_state not in ENDED:
            ended[row.incident_id] = row.at
        elif row.from_state in ENDED and row.to_state not in ENDED:
            found.setdefault(row.incident_id, []).append(ended[row.incident_id])
    return found


def _lives(incident: Incident, ends: Sequence[datetime]) -> list[Life]:
    closed = incident.closed_at if incident.state in ENDED else None
    return [
        Life(
            number=incident.number,
            detected_at=begin.timestamp(),
            closed_at=None if end is None else end.timestamp(),
            false_alarm=is_false_alarm(incident),
        )
        for begin, end in zip([incident.detected_at, *ends], [*ends, closed], strict=True)
    ]


def source_of(*, series: Series) -> Source:
    """Return a series as a replay needs it: its rhythm, and when it was expected to send."""
    live = Deployment.objects.filter(system_id=series.system_id, environment=series.environment)
    spans = [
        (one.from_at.timestamp(), None if one.until_at is None else one.until_at.timestamp())
        for one in live
    ]
    return Source(_template(series), series.window_seconds, series.cadence_seconds, tuple(spans))


def judging_by(*, series: Series, rule: Rule, terms: Terms) -> Judging:
    """Return the judging of a whole past by one rule, whenever it was in force."""
    judge = Judge(NOBODY, NOBODY, EVER, fitted_rule(rule, series))
    return Judging(Timeline((judge,)), source_of(series=series), terms, lives_of(series=series))


def judging_in_force(*, series: Series, terms: Terms) -> Judging | None:
    """Return the judging of a past by the versions that were in force then, None without any."""
    timeline = timelines_of([series]).get(series.pk)
    if timeline is None:
        return None
    return Judging(timeline, source_of(series=series), terms, lives_of(series=series))


def _template(series: Series) -> Breach:
    """A breach of a series in which the reading is still to be filled in."""
    return Breach(
        standing_id=0,
        series_id=series.pk,
        system_id=series.system_id,
        kpi_id=series.kpi_id,
        environment=series.environment,
        segment=series.segment,
        category=series.kpi.category,
        kind=kind_of(series),
        from_state="",
        to_state="",
        instant=False,
        window_end=None,
        value=None,
        low=None,
        high=None,
        n=None,
        threshold_version_id=NOBODY,
        onset_at=None,
        onset_method="",
        fairness_flag=False,
    )
