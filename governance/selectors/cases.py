"""Breaches with what is needed to open a case: system, words, key, policy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from governance.models import BreachCause, Standing, ThresholdVersion
from governance.rules.breach import MEASURED, Breach
from governance.rules.case_words import Facts, summary, title
from governance.rules.dedup import dedup_key
from governance.rules.policy_document import PolicyDocument
from governance.selectors.policies import document_of, policy_in_force
from registry.models import Deployment, System, SystemVersion
from telemetry.models import Computation, Kpi, Series
from telemetry.selectors.small_groups import SmallGroups


@dataclass(frozen=True, slots=True)
class Case:
    """A breach, its key, its system with what is live, its words, and the policy of its unit.

    `told` is the breach as it may be told: without figures where its group has fewer than ten.
    """

    breach: Breach
    told: Breach
    key: str
    system: System
    live_version: SystemVersion | None
    title: str
    summary: str
    policy: PolicyDocument

    @property
    def onset_at(self) -> datetime | None:
        """Since when, as well as it is known."""
        return self.breach.onset_at or self.breach.window_end


def load_cases(*, breaches: Sequence[Breach], at: datetime) -> list[Case]:
    """Return the cases of some breaches in the order of their keys, with few queries for all."""
    loader = _Loader(breaches, at)
    return sorted((loader.case(breach) for breach in breaches), key=lambda case: case.key)


class _Loader:
    """Everything that a batch of breaches refers to, read once."""

    def __init__(self, breaches: Sequence[Breach], at: datetime) -> None:
        systems = {breach.system_id for breach in breaches}
        related = ("unit__calendar", "owner", "deputy")
        self.systems = System.objects.select_related(*related).in_bulk(systems)
        self.kpis = Kpi.objects.in_bulk({breach.kpi_id for breach in breaches})
        self.series = Series.objects.in_bulk({breach.series_id for breach in breaches})
        self.versions = ThresholdVersion.objects.in_bulk(
            {breach.threshold_version_id for breach in breaches}
        )
        self.groups = SmallGroups()
        self.computations = list(Computation.objects.filter(system_id__in=systems, active=True))
        live = Deployment.objects.filter(system_id__in=systems, until_at__isnull=True)
        self.live = {
            (row.system_id, row.environment): row.version for row in live.select_related("version")
        }
        self.policies = {
            unit: document_of(policy_in_force(unit_id=unit, at=at))
            for unit in {system.unit_id for system in self.systems.values()}
        }

    def case(self, breach: Breach) -> Case:
        system = self.systems[breach.system_id]
        live = self.live.get((breach.system_id, breach.environment))
        few = self._is_few(breach)
        told = replace(breach, value=None, low=None, high=None, n=None) if few else breach
        facts = self._facts(told, system, live, few=few)
        return Case(
            breach=breach,
            told=told,
            key=key_of(breach),
            system=system,
            live_version=live,
            title=title(facts),
            summary=summary(facts) if few else breach.words or summary(facts),
            policy=self.policies[system.unit_id],
        )

    def _is_few(self, breach: Breach) -> bool:
        """Say whether a breach is of a group of fewer than ten; a silence has no figure."""
        known = breach.value is not None or breach.n is not None or breach.kind in MEASURED
        return known and self.groups.hides(
            system_id=breach.system_id, segment=breach.segment, n=breach.n
        )

    def _facts(
        self, breach: Breach, system: System, live: SystemVersion | None, *, few: bool
    ) -> Facts:
        kpi, limits = self.kpis[breach.kpi_id], self.versions[breach.threshold_version_id]
        series, computation = self.series[breach.series_id], self._computation(breach)
        return Facts(
            system=system.name,
            kpi_id=kpi.pk,
            kpi=kpi.name,
            unit=kpi.unit,
            segment=breach.segment,
            kind=breach.kind,
            state=breach.to_state,
            value=breach.value,
            low=breach.low,
            high=breach.high,
            n=breach.n,
            direction=limits.direction,
            warning=limits.warning,
            critical=limits.critical,
            instant_critical=limits.instant_critical,
            baseline=limits.baseline,
            window_seconds=series.window_seconds,
            window_end=breach.window_end,
            version=live.label if live else "",
            instant=breach.instant,
            group=computation.group if computation else "",
            reference=computation.reference if computation else "",
            positive=computation.positive if computation else "",
            few=few,
        )

    def _computation(self, breach: Breach) -> Computation | None:
        """The computation of a gap between groups that this series comes from, if one is."""
        found = [
            row
            for row in self.computations
            if (row.system_id, row.kpi_id, row.environment)
            == (breach.system_id, breach.kpi_id, breach.environment)
            and row.group
        ]
        exact = [row for row in found if breach.segment.endswith(f"={row.group}")]
        return next(iter([*exact, *found]), None)


def of_kind(measured: str | None, name: str) -> Q:
    """Return the condition on the column `name`: the kind itself, or none that is measured."""
    return Q(**{name: measured}) if measured else ~Q(**{f"{name}__in": MEASURED})


def state_of_cause(cause: BreachCause, kind: str) -> str:
    """Return where a cause of an incident of this kind stands now.

    What is judged over many readings is not in the standing of its series: it stands as it was
    reported until it is over.
    """
    if kind not in MEASURED:
        return str(cause.standing.state)
    return cause.state if cause.recovered_at is None else Standing.State.OK.value


def key_of(breach: Breach) -> str:
    """Return the dedup key of a breach."""
    return dedup_key(
        system_id=breach.system_id,
        kpi_id=breach.kpi_id,
        segment=breach.segment,
        environment=breach.environment,
        kind=breach.kind,
    )
