"""Where a KPI is relied upon: what stands against switching it off."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from governance.models import BreachCause, ErrorBudget, GuardrailPair, Threshold, Watch
from governance.selectors.pairs import gains_by_policy
from incidents.models import VerificationWindow
from incidents.rules.states import ENDED
from ledger.rules.worded import word, worded, worded_number
from registry.models import System
from telemetry.models import Kpi, ScorecardLine, Series
from telemetry.rules.kpi_words import of_kpi

SHOWN = 10
OPEN_WATCH = (Watch.State.OPEN, Watch.State.ANSWERED)
PROVING = (VerificationWindow.Outcome.RUNNING, VerificationWindow.Outcome.INCONCLUSIVE)


@dataclass(frozen=True, slots=True)
class Use:
    """One place that relies on a KPI: what it is in words, and its address, '' for none."""

    words: str
    url: str = ""


def uses_of(*, kpi: Kpi, systems: QuerySet[System]) -> list[Use]:
    """Return where a KPI is relied upon now; of systems not among `systems` only that there are.

    The same number of queries whatever there is.
    """
    return [
        *_guarded(kpi),
        *_by_policy(kpi),
        *_seen(systems, _scorecards(kpi), word("stands on the scorecard of {name}"),
               "/systems/{slug}/scorecard/"),
        *_seen(systems, _pairs(kpi), word("is judged as the guardrail of a gain of {name}"),
               "/systems/{slug}/objectives/"),
        *_seen(systems, _budgets(kpi), word("carries an error budget of {name}"),
               "/systems/{slug}/objectives/"),
        *_seen(systems, _cases(kpi), word("is the cause of an open case of {name}"),
               "/systems/{slug}/"),
        *_seen(systems, _proofs(kpi), word("proves a repair of {name}"), "/systems/{slug}/"),
    ]  # fmt: skip


def resting_thresholds(*, kpi: Kpi, systems: QuerySet[System]) -> Sequence[Threshold]:
    """Return the thresholds on a KPI of some systems, which judge nothing while it is off."""
    rows = Threshold.objects.filter(kpi=kpi, system__in=systems.values("pk"))
    return list(rows.select_related("system").order_by("system__name", "pk")[:SHOWN])


def _guarded(kpi: Kpi) -> list[Use]:
    """The KPIs, not switched off themselves, that name it as their counter-metric."""
    rows = Kpi.objects.filter(counter_metric=kpi, off=False).order_by("name")
    return [_of_kpi(word("is the counter-metric of {kpi}"), one) for one in rows[:SHOWN]]


def _by_policy(kpi: Kpi) -> list[Use]:
    gains = gains_by_policy(guardrail_id=kpi.pk)
    rows = Kpi.objects.filter(pk__in=gains).order_by("name")[:SHOWN]
    return [_of_kpi(word("guards {kpi} by a policy in force"), one) for one in rows]


def _of_kpi(words: str, kpi: Kpi) -> Use:
    return Use(worded(words, kpi=of_kpi(kpi.pk, kpi.name)), f"/kpis/{kpi.pk}/")


def _seen(systems: QuerySet[System], used: Q, words: str, url: str) -> list[Use]:
    rows = list(System.objects.filter(used).order_by("name", "pk").values("pk", "slug", "name"))
    if not rows:
        return []
    known = set(systems.filter(pk__in=[row["pk"] for row in rows]).values_list("pk", flat=True))
    found = [
        Use(worded(words, name=row["name"]), url.format(slug=row["slug"]))
        for row in rows
        if row["pk"] in known
    ]
    hidden = len(rows) - len(found)
    if hidden:
        others = worded_number(
            "{number} system that you do not see",
            "{number} systems that you do not see",
            number=hidden,
        )
        found.append(Use(worded(words, name=others)))
    return found[:SHOWN]


def _scorecards(kpi: Kpi) -> Q:
    lines = ScorecardLine.objects.filter(kpi=kpi, until_at__isnull=True)
    return Q(pk__in=lines.values("system_id"))


def _pairs(kpi: Kpi) -> Q:
    """The systems where it guards a gain by an agreement."""
    rows = GuardrailPair.objects.filter(state="active", enabled=True, guardrail=kpi)
    return Q(pk__in=rows.values("system_id"))


def _budgets(kpi: Kpi) -> Q:
    rows = ErrorBudget.objects.filter(state="active", enabled=True, kpi=kpi)
    return Q(pk__in=rows.values("system_id"))


def _cases(kpi: Kpi) -> Q:
    causes = BreachCause.objects.filter(standing__series__kpi=kpi)
    watches = Watch.objects.filter(standing__series__kpi=kpi, state__in=OPEN_WATCH)
    return Q(pk__in=causes.exclude(incident__state__in=ENDED).values("incident__system_id")) | Q(
        pk__in=watches.values("system_id")
    )


def _proofs(kpi: Kpi) -> Q:
    running = VerificationWindow.objects.filter(
        series_id__in=Series.objects.filter(kpi=kpi).values("pk"),
        outcome__in=PROVING,
        superseded_at__isnull=True,
    ).exclude(incident__state__in=ENDED)
    return Q(pk__in=running.values("incident__system_id"))
