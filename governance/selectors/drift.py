"""Drift of three kinds: of a system's data, of the rules it runs under, of how people use it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

import orjson
from django.db.models import QuerySet

from governance.models import RuleAttestation, Standing, ThresholdVersion
from governance.selectors.improvements import Improvement, since_baseline
from governance.selectors.policies import policy_in_force
from ledger.rules.worded import word, worded
from registry.models import BehaviourPolicy, DeclaredScope, OperatingControls, System
from telemetry.models import Histogram, Series
from telemetry.selectors.baselines import approved_baseline
from telemetry.selectors.small_groups import Newest, SmallGroups

S = TypeVar("S", OperatingControls, DeclaredScope, BehaviourPolicy)
Rule = list[str]
"""What stands in a list of rules: kind, name, version, hash."""
DATA = ("psi", "ks_statistic", "js_divergence")
USE = ("human_override_rate", "escalation_rate", "workaround_rate", "usage_rate", "skip_rate")
LATELY = timedelta(weeks=4)


@dataclass(frozen=True, slots=True)
class Changed:
    """What differs from the rules last attested: (kind, name, then, now); '' where there is none.

    `attested_at` is None where nobody has attested them: then nothing is known.
    """

    attested_at: datetime | None
    by: str
    changes: Sequence[tuple[str, str, str, str]]
    total: int

    @property
    def count(self) -> int:
        """How many rules differ."""
        return len(self.changes)


@dataclass(frozen=True, slots=True)
class Moved:
    """A rate of use against its baseline; `change` is None where it cannot be compared."""

    series: Series
    change: Improvement | None
    why_not: str


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature's newest distances by KPI, where they stand, and what they are compared with."""

    name: str
    environment: str
    series: dict[str, Series]
    standings: dict[str, Standing]
    reference: Histogram | None
    newest: dict[str, Newest]


def rules_in_force(*, system: System, at: datetime) -> list[Rule]:
    """Return everything that a system is run and judged by now, each with its version and hash."""
    rules = [
        _rule(word("threshold"), _named(one), str(one.number), _digest(one.stated, str(one.pk)))
        for one in ThresholdVersion.objects.filter(
            threshold__system=system, state=ThresholdVersion.State.ACTIVE
        ).select_related("threshold")
    ]
    policy = policy_in_force(unit_id=system.unit_id, at=at)
    if policy is not None:
        name = word("escalation and severity")
        rules.append(_rule(word("policy"), name, str(policy.number), policy.sha256))
    statements: list[tuple[str, OperatingControls | DeclaredScope | BehaviourPolicy]] = [
        *((word("operating controls"), one) for one in _stands(OperatingControls, system)),
        *((word("declared scope"), one) for one in _stands(DeclaredScope, system)),
        *((word("behaviour policy"), one) for one in _stands(BehaviourPolicy, system)),
    ]
    rules += [_rule(kind, kind, str(one.version), str(one.pk)) for kind, one in statements]
    return sorted(rules)


def last_attestation(*, system: System) -> RuleAttestation | None:
    """Return who attested the rules of a system last, None where nobody did."""
    rows = RuleAttestation.objects.filter(system=system).select_related("person")
    return rows.order_by("-at").first()


def changed_rules(*, system: System, at: datetime) -> Changed:
    """Return how the rules in force differ from those last attested (policy drift)."""
    attested = last_attestation(system=system)
    now = rules_in_force(system=system, at=at)
    if attested is None:
        return Changed(None, "", (), len(now))
    before = {(one[0], one[1]): one for one in attested.rules}
    present = {(one[0], one[1]): one for one in now}
    changes = [
        (*key, _version(before.get(key)), _version(present.get(key)))
        for key in sorted(before.keys() | present.keys())
        if before.get(key) != present.get(key)
    ]
    return Changed(attested.at, attested.person.name, changes, len(present))


def digest_of(rules: Sequence[Rule]) -> str:
    """Return the hash of a list of rules."""
    return sha256(orjson.dumps(list(rules))).hexdigest()


def moved_use(*, system: System, at: datetime) -> list[Moved]:
    """Return how people's use of a system moved against its baselines over the last four weeks."""
    rows = Series.objects.filter(system=system, kpi_id__in=USE).select_related("kpi", "system")
    return [_moved(one, at) for one in rows.order_by("kpi__name", "segment", "pk")]


def drifting_features(*, system: System) -> list[Feature]:
    """Return the features of which histograms were sent, with their newest distances."""
    rows = Series.objects.filter(system=system, kpi_id__in=DATA, segment__startswith="feature=")
    found: dict[tuple[str, str], dict[str, Series]] = {}
    for one in rows.select_related("kpi", "state").order_by("segment", "window_seconds"):
        name = one.segment.partition("=")[2]
        found.setdefault((name, one.environment), {})[one.kpi_id] = one
    standings = {
        one.series_id: one
        for one in Standing.objects.filter(series__in=rows).select_related("series")
    }
    references, groups = _references(system), SmallGroups()
    return [
        Feature(
            name=name,
            environment=environment,
            series=series,
            standings={
                kpi: standings[one.pk] for kpi, one in series.items() if one.pk in standings
            },
            reference=references.get((name, environment)),
            newest={
                kpi: told for kpi, one in series.items() if (told := groups.newest(one)) is not None
            },
        )
        for (name, environment), series in found.items()
    ]


def _references(system: System) -> dict[tuple[str, str], Histogram]:
    rows: QuerySet[Histogram] = Histogram.objects.filter(system=system, is_reference=True)
    found = {}
    for one in rows.order_by("window_end", "pk"):
        found[one.feature, one.environment] = one
    return found


def _moved(series: Series, at: datetime) -> Moved:
    if approved_baseline(series, at) is None:
        return Moved(series, None, word("no baseline"))
    change = since_baseline(series=series, since=at - LATELY, until=at, at=at)
    return Moved(series, change, "" if change else word("too few readings"))


def _rule(kind: str, name: str, version: str, digest: str) -> Rule:
    return [kind, name, version, digest]


def _stands(model: type[S], system: System) -> QuerySet[S]:
    rows: QuerySet[S] = model._default_manager.filter(system=system, state="in_force")
    return rows


def _named(version: ThresholdVersion) -> str:
    threshold = version.threshold
    place = " ".join(one for one in (threshold.environment, threshold.segment) if one)
    return f"{threshold.name} ({place})"


def _digest(value: Any, key: str) -> str:
    return sha256(orjson.dumps([value, key])).hexdigest()


def _version(rule: Rule | None) -> str:
    return "" if rule is None else worded("version {number}", number=rule[2])
