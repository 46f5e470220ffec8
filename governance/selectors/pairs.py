"""Gains and their guardrails: pairs that were agreed on, and those of the policy in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from governance.models import GuardrailPair, Policy
from governance.rules.measured import better_of
from governance.rules.measured_checks import fires_of, number_of, seconds_of
from governance.rules.pairs import PairTerms
from governance.rules.policy_document import GuardrailDefaults, PolicyDocument
from governance.selectors.measured import VOIDS
from governance.selectors.policies import document_of
from telemetry.models import Kpi, Series

# What a pair of KPIs is judged by: the pair agreed on, else (without one) the policy in force.
DUE = f"""
SELECT gain.id, guard.id, p.id
  FROM unnest(%s::text[], %s::text[], %s::int[], %s::bool[])
    AS d(gain_id, guardrail_id, seconds, by_policy)
  JOIN telemetry_series guard ON guard.kpi_id = d.guardrail_id
  JOIN telemetry_series gain ON gain.kpi_id = d.gain_id AND gain.system_id = guard.system_id
   AND gain.environment = guard.environment AND gain.segment = guard.segment
   AND gain.window_seconds = guard.window_seconds
  JOIN telemetry_series_state one ON one.series_id = gain.id AND one.window_end IS NOT NULL
  JOIN telemetry_series_state two ON two.series_id = guard.id AND two.window_end IS NOT NULL
  LEFT JOIN governance_guardrailpair p ON p.system_id = guard.system_id AND p.state = 'active'
   AND p.gain_id = gain.kpi_id AND p.guardrail_id = guard.kpi_id
   AND p.environment = guard.environment AND p.segment = guard.segment
  LEFT JOIN governance_measuredstanding m ON m.series_id = guard.id AND m.kind = 'pair'
   AND m.gain_id = gain.kpi_id
  LEFT JOIN governance_measuredlook l ON l.standing_id = m.id
  LEFT JOIN {VOIDS} y ON y.series_id = gain.id
  LEFT JOIN {VOIDS} z ON z.series_id = guard.id
 WHERE guard.window_seconds = coalesce(p.window_seconds, d.seconds)
   AND (p.id IS NOT NULL OR d.by_policy)
   AND (l.standing_id IS NULL OR l.judged_by <> coalesce(p.id::text, 'policy')
     OR l.stored_gain <> one.stored + coalesce(y.n, 0)
     OR l.stored <> two.stored + coalesce(z.n, 0))
 GROUP BY gain.id, guard.id, p.id, l.judged_at
 ORDER BY l.judged_at NULLS FIRST, guard.id, gain.id LIMIT %s
"""  # noqa: S608  a statement of ours
POLICY = "policy"
Told = tuple[str, str, int, bool]
"""Gain, guardrail, seconds of a window, whether a policy says so."""


@dataclass(frozen=True, slots=True)
class Paired:
    """The series of a gain and of its guardrail; `pair` is what was agreed on, if anything."""

    gain: Series
    guardrail: Series
    pair: GuardrailPair | None

    @property
    def judged_by(self) -> str:
        """What judges it, as one word."""
        return str(self.pair.pk) if self.pair else POLICY


def pairs_due(*, limit: int) -> list[Paired]:
    """Return pairs of which a series has new readings, the longest waiting first."""
    told = sorted(_told())
    with connection.cursor() as cursor:
        cursor.execute(DUE, [*([one[place] for one in told] for place in range(4)), limit])
        rows = cursor.fetchall()
    ids = {series for row in rows for series in row[:2]}
    series = Series.objects.select_related("kpi", "system").in_bulk(ids)
    pairs = GuardrailPair.objects.in_bulk([row[2] for row in rows if row[2]])
    return [Paired(series[gain], series[guard], pairs.get(pair)) for gain, guard, pair in rows]


def terms_of(one: Paired, documents: Mapping[UUID, PolicyDocument]) -> PairTerms | None:
    """Return how a pair is judged; None where nobody says anything of it any more."""
    gain_better, guard_better = better_of(one.gain.kpi.better), better_of(one.guardrail.kpi.better)
    if gain_better is None or guard_better is None:
        return None
    pair, told = one.pair, _default(one, documents)
    if pair is not None and pair.enabled:
        return PairTerms(
            gain_better=gain_better,
            guard_better=guard_better,
            mode="share" if pair.mode == GuardrailPair.Mode.SHARE else "points",
            warning=pair.warning,
            critical=pair.critical,
            reference=pair.reference_windows,
            k=pair.fires_k,
            n=pair.fires_n,
            least_n=pair.least_n,
            window=float(pair.window_seconds),
            gain_is_share=one.gain.kpi.unit == "ratio",
        )
    if pair is not None or told is None:
        return None
    k, n = fires_of(told.fires)
    return PairTerms(
        gain_better=gain_better,
        guard_better=guard_better,
        mode=told.mode,
        warning=number_of(told.warning),
        critical=number_of(told.critical),
        reference=told.reference_windows,
        k=k,
        n=n,
        least_n=told.least_n,
        window=seconds_of(told.window),
        gain_is_share=one.gain.kpi.unit == "ratio",
    )


def guardrail_pairs_of(*, system_ids: Sequence[UUID]) -> QuerySet[GuardrailPair]:
    """Return the pairs of some systems, every version."""
    rows = GuardrailPair.objects.filter(system_id__in=system_ids)
    return rows.select_related("system", "gain", "guardrail", "author", "approved_by")


def counter_metric_of(kpi: Kpi) -> Kpi | None:
    """Return the KPI that the catalogue names as the counter-metric of another."""
    return kpi.counter_metric


def gains_by_policy(*, guardrail_id: str) -> list[str]:
    """Return the gains beside which a policy in force has a KPI judged, by id."""
    return sorted(
        {gain for gain, guard, _, by_policy in _told() if by_policy and guard == guardrail_id}
    )


def _told() -> set[Told]:
    """Return all pairs that anybody speaks of: policies, and what was agreed for a system."""
    policies = Policy.objects.filter(state=Policy.State.ACTIVE)
    documents = [document_of(None), *(document_of(policy) for policy in policies)]
    found = {
        (one.gain, one.guardrail, int(seconds_of(one.window)), True)
        for document in documents
        for one in document.measured.guardrails
    }
    agreed = GuardrailPair.objects.filter(state=GuardrailPair.State.ACTIVE)
    named = agreed.values_list("gain_id", "guardrail_id", "window_seconds")
    return found | {(*one, False) for one in named}


def _default(one: Paired, documents: Mapping[UUID, PolicyDocument]) -> GuardrailDefaults | None:
    told = documents[one.guardrail.system.unit_id].measured.guardrails
    named = (one.gain.kpi_id, one.guardrail.kpi_id, float(one.guardrail.window_seconds))
    return next(
        (each for each in told if (each.gain, each.guardrail, seconds_of(each.window)) == named),
        None,
    )


def approved_at(one: Paired) -> datetime | None:
    """Return from when windows are judged; None for always."""
    return None if one.pair is None else one.pair.approved_at
