"""The demo's KPIs and thresholds: drafted by one person, approved by another."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from config.story.organisation import LOADER, Organisation
from governance.rules.stated import Stated
from governance.services.thresholds import approve_threshold, draft_threshold
from ledger.context import acting_as
from telemetry.services.computations import define_computation

DAY = 24 * 3600
# A window of the story stands for a week; readings are due again within a day, not a window.
CADENCE = DAY


@dataclass(frozen=True, slots=True)
class Bands:
    """A threshold of the story: on which KPI and segment, with which limits."""

    system: str
    kpi: str
    stated: Stated
    segment: str = ""
    name: str = ""


COMPUTED: dict[str, tuple[dict[str, Any], ...]] = {
    "claims-form-reader": (
        {"kpi_id": "accuracy"},
        {"kpi_id": "human_override_rate"},
        {"kpi_id": "latency_p95"},
        {"kpi_id": "cost_per_prediction"},
        {"kpi_id": "decision_volume"},
    ),
    "claims-approval": (
        {
            "kpi_id": "demographic_parity_difference",
            "attribute": "age_group",
            "group": "under_23",
            "reference": "23_and_over",
            "positive": "approve",
            "legal_basis": "Age is in the claim form; AI Act Art. 10(2)(f): looking for bias",
        },
        {"kpi_id": "accuracy"},
        {"kpi_id": "human_override_rate"},
        {"kpi_id": "latency_p95"},
        {"kpi_id": "cost_per_prediction"},
    ),
    "support-assistant": (
        {"kpi_id": "groundedness"},
        {"kpi_id": "task_success_full"},
        {"kpi_id": "escalation_rate"},
        {"kpi_id": "latency_p95"},
        {"kpi_id": "hallucination_rate"},
        {"kpi_id": "cost_per_request"},
        {"kpi_id": "tokens_per_response"},
    ),
    "paying-agent": (
        {"kpi_id": "near_misses"},
        {"kpi_id": "task_success_full"},
        {"kpi_id": "decision_volume"},
        {"kpi_id": "latency_p95"},
        {"kpi_id": "boundary_violations"},
        {"kpi_id": "budget_consumption", "limit": 5000.0},
        {"kpi_id": "blocked_actions_pct"},
    ),
}

THRESHOLDS = (
    Bands(
        "claims-form-reader",
        "accuracy",
        Stated(
            direction="below", mode="points", target=0.0, warning=-0.04, critical=-0.08,
            recover_warning=-0.02, recover_critical=-0.06, baseline=0.9717,
            baseline_note="Windows 1 to 6, before the glass got dirty.", least_n=200,
            reason="Four and eight points below the baseline (small profile).",
        ),
    ),
    Bands(
        "claims-approval",
        "demographic_parity_difference",
        Stated(
            direction="above", target=0.0, warning=0.08, critical=0.12, recover_warning=0.04,
            recover_critical=0.10, baseline=-0.0053, judged_by="lower_bound", least_n=100,
            baseline_note="Windows 1 to 7 with version 2.2.",
            reason="Gap in approval between age groups, judged by its 95 % interval.",
        ),
        segment="age_group=under_23",
        name="Approval gap by age group",
    ),
    Bands(
        "claims-approval",
        "accuracy",
        Stated(
            direction="below", target=0.66, warning=0.60, critical=0.56, recover_warning=0.62,
            recover_critical=0.58, baseline=0.65, least_n=200, baseline_note="Windows 1 to 7.",
            reason="Watched beside the gap: a repair must not cost what the model is for.",
        ),
    ),
    Bands(
        "support-assistant",
        "groundedness",
        Stated(
            direction="below", target=0.96, warning=0.90, critical=0.80, recover_warning=0.93,
            recover_critical=0.85, baseline=0.9589, least_n=100, baseline_note="Windows 1 to 8.",
            reason="Small profile, absolute bands.",
        ),
    ),
    Bands(
        "paying-agent",
        "boundary_violations",
        Stated(
            direction="above", target=0.0, critical=1.0, instant_critical=1.0,
            recover_critical=0.5, baseline=0.0, baseline_note="Windows 1 to 13 with version 1.3.",
            least_n=1, fires_k=1, fires_n=1,
            reason="An executed step over the limit is never waited for.",
        ),
    ),
    Bands(
        "paying-agent",
        "budget_consumption",
        Stated(
            direction="above", target=0.7, warning=0.85, critical=1.1, recover_warning=0.80,
            recover_critical=1.0, least_n=1, reason="Spend of the limit of EUR 5,000 a window.",
        ),
    ),
)  # fmt: skip


def load_rules(
    organisation: Organisation, *, at: datetime, valid_from: datetime, window_seconds: int
) -> None:
    """Define what is computed and put the thresholds in force from `valid_from` on."""
    with transaction.atomic(), acting_as(LOADER):
        for slug, computed in COMPUTED.items():
            for definition in computed:
                define_computation(
                    system_id=organisation.systems[slug].pk, window=window_seconds,
                    cadence=CADENCE, actor=LOADER, at=at, **definition,
                )  # fmt: skip
        for bands in THRESHOLDS:
            _threshold(organisation, bands, at, valid_from)


def _threshold(
    organisation: Organisation, bands: Bands, at: datetime, valid_from: datetime
) -> None:
    system = organisation.systems[bands.system]
    version = draft_threshold(
        system_id=system.pk, kpi_id=bands.kpi, stated=bands.stated, segment=bands.segment,
        name=bands.name, valid_from=valid_from, author_id=system.owner_id, actor=LOADER, at=at,
    )  # fmt: skip
    approve_threshold(
        version_id=version.pk, approver_id=organisation.people["tomasz"].pk,
        reason="demo set-up", actor=LOADER, at=at,
    )  # fmt: skip
