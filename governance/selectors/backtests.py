"""Back-tests: which results there are, and of which series."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from governance.models import Backtest, BreachCause
from incidents.models import Incident
from incidents.rules.transitions import ENDED
from ledger.rules.refusals import Missing
from registry.models import System
from telemetry.models import Series, VoidedReading

FALSE = ("dismissed",)


def is_false_alarm(incident: Incident) -> bool:
    """Whether an incident ended as none: dismissed, or withdrawn for whatever ground."""
    return bool(incident.state == Incident.State.CANCELLED or incident.resolution in FALSE)


@dataclass(frozen=True, slots=True)
class Precision:
    """What came of the incidents of a threshold version: real ones, false alarms, open still.

    An incident counts as a false alarm when it was dismissed or withdrawn, or when the reading that
    opened it was voided.
    """

    real: int = 0
    false: int = 0
    open: int = 0

    @property
    def share(self) -> float | None:
        """Real incidents of those that ended, None where none has."""
        ended = self.real + self.false
        return self.real / ended if ended else None


def alert_precision(*, version_ids: Sequence[UUID]) -> dict[UUID, Precision]:
    """Return what came of the incidents of threshold versions; one query for all of them."""
    voids = VoidedReading.objects.filter(
        series_id=OuterRef("standing__series_id"), window_end=OuterRef("window_end")
    )
    causes = BreachCause.objects.filter(threshold_version_id__in=version_ids)
    found: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    for cause in causes.select_related("incident").annotate(is_voided=Exists(voids)):
        word = _outcome(cause.incident, cause.is_voided)
        found[cause.threshold_version_id].setdefault(cause.incident_id, word)
    return {one: Precision(**Counter(found[one].values())) for one in version_ids}


def _outcome(incident: Incident, is_voided: bool) -> str:
    if is_voided or is_false_alarm(incident):
        return "false"
    return "real" if incident.state in ENDED else "open"


def series_of_threshold(
    *, system_id: UUID, kpi_id: str, environment: str, segment: str
) -> list[Series]:
    """Return the series that a threshold with this identity judges, in order."""
    rows = Series.objects.filter(
        system_id=system_id, kpi_id=kpi_id, environment=environment, segment=segment
    )
    return list(rows.select_related("kpi", "system").order_by("pk"))


def backtests_visible(*, visible: QuerySet[System]) -> QuerySet[Backtest]:
    """Return the back-tests of systems that the caller may see, the newest first."""
    rows = Backtest.objects.filter(system__in=visible)
    return rows.select_related("system", "version", "against", "asked_by").order_by("-asked_at")


def backtest_of_id(*, backtest_id: UUID, visible: QuerySet[System]) -> Backtest:
    """Return a back-test of a system that the caller may see. Raises Missing."""
    found = backtests_visible(visible=visible).filter(pk=backtest_id).first()
    if found is None:
        raise Missing("unknown_backtest", "There is no such back-test that you may see.")
    return found


def newest_backtests(*, version_ids: Sequence[UUID]) -> dict[UUID, Backtest]:
    """Return the newest back-test of each version that has one; one query."""
    found: dict[UUID, Backtest] = {}
    rows = Backtest.objects.filter(version_id__in=version_ids).order_by("asked_at")
    for one in rows:
        if one.version_id is not None:
            found[one.version_id] = one
    return found


def incident_numbers(*, series_ids: Sequence[int], since: datetime) -> dict[int, list[str]]:
    """Return the numbers of the incidents really opened since an instant, by series."""
    rows = BreachCause.objects.filter(
        standing__series_id__in=series_ids, incident__detected_at__gte=since
    )
    found: dict[int, list[str]] = defaultdict(list)
    for series_id, number in rows.order_by("incident__number").values_list(
        "standing__series_id", "incident__number"
    ):
        found[series_id].append(number)
    return dict(found)
