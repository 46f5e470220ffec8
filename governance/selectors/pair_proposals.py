"""What a gain should be judged beside: the guardrail of the policy or the catalogue (KPI-3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from governance.models import GuardrailPair
from governance.rules.measured_checks import number_of, seconds_of
from governance.rules.policy_document import GuardrailDefaults
from governance.selectors.policies import document_of, policy_in_force
from registry.models import System
from telemetry.models import Kpi, Series

DAY = 86400


@dataclass(frozen=True, slots=True)
class PairProposal:
    """A gain and its guardrail in one place of a system.

    `judged_by` says who judges both now: an agreement of the system, the policy in force, or nobody
    yet. `terms` are the policy's, None where the catalogue alone names the guardrail. Both are
    judged once readings of the guardrail come by windows as long as those of the gain.
    """

    gain: Kpi
    guardrail: Kpi
    terms: GuardrailDefaults | None
    is_measured: bool
    judged_by: Literal["agreement", "policy", ""]

    @property
    def initial(self) -> dict[str, object]:
        """What the form of an agreement begins with."""
        said: dict[str, object] = {"guardrail": self.guardrail.pk}
        if self.terms is not None:
            said |= {
                "mode": self.terms.mode,
                "warning": number_of(self.terms.warning),
                "critical": number_of(self.terms.critical),
                "window_days": max(1, int(seconds_of(self.terms.window)) // DAY),
                "least_n": self.terms.least_n,
            }
        return said


def pairs_for(*, series: Series, at: datetime) -> list[PairProposal]:
    """Return what the KPI of a series should be judged beside, the policy's pairs first."""
    gain, system = series.kpi, series.system
    document = document_of(policy_in_force(unit_id=system.unit_id, at=at))
    told = {one.guardrail: one for one in document.measured.guardrails if one.gain == gain.pk}
    names = list(
        dict.fromkeys([*told, *([gain.counter_metric_id] if gain.counter_metric_id else [])])
    )
    kpis = Kpi.objects.filter(off=False).in_bulk(names)
    measured = _measured(series, names)
    agreed = _agreed(series)
    return [
        PairProposal(
            gain=gain,
            guardrail=kpis[name],
            terms=told.get(name),
            is_measured=name in measured,
            judged_by=_judge(name, agreed, told.get(name), series),
        )
        for name in names
        if name in kpis
    ]


def pair_of_kpi(*, system: System, kpi_id: str, at: datetime) -> list[PairProposal]:
    """Return the pairs of a KPI of a system, over its first series; nothing where it has none."""
    rows = Series.objects.filter(system=system, kpi_id=kpi_id) if "\x00" not in kpi_id else None
    first = None if rows is None else rows.select_related("kpi", "system").order_by("pk").first()
    return [] if first is None else pairs_for(series=first, at=at)


def _measured(series: Series, names: Sequence[str]) -> set[str]:
    """The KPIs that are measured in the same place and by the same windows."""
    rows = Series.objects.filter(
        system=series.system,
        kpi__in=names,
        environment=series.environment,
        segment=series.segment,
        window_seconds=series.window_seconds,
    )
    return set(rows.values_list("kpi_id", flat=True))


def _agreed(series: Series) -> dict[str, bool]:
    """The guardrails that were agreed on, and whether the agreement still judges."""
    rows = GuardrailPair.objects.filter(
        system=series.system,
        gain=series.kpi,
        environment=series.environment,
        segment=series.segment,
        state=GuardrailPair.State.ACTIVE,
    )
    return dict(rows.values_list("guardrail_id", "enabled"))


def _judge(
    name: str, agreed: dict[str, bool], told: GuardrailDefaults | None, series: Series
) -> Literal["agreement", "policy", ""]:
    if name in agreed:
        return "agreement" if agreed[name] else ""
    if told is not None and seconds_of(told.window) == series.window_seconds:
        return "policy"
    return ""
