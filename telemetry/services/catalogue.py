"""The KPI catalogue from the project's reference data: loaded again and again, changed once."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max

from ledger.rules.actors import Actor
from ledger.services.entries import append_entry
from telemetry.models import Kpi, KpiDefinition
from telemetry.rules.band_faults import faults_of
from telemetry.rules.events import COMPUTED
from telemetry.rules.kpi_checks import PREFIX, Meaning
from telemetry.services.kpi_templates import TEMPLATES, load_templates, read_reference

FILE = Path(__file__).resolve().parent.parent / "reference" / "kpis.yaml"
COPIED = (
    "name", "category", "unit", "better", "formula", "window", "timing", "cadence_seconds",
    "owner_role", "perspective", "explanation", "bands",
)  # fmt: skip
OPTIONAL = {
    "counter_metric_note": "",
    "reference": "",
    "checked": "",
    "lowest": None,
    "highest": None,
    "neutral": None,
    "breach_kind": "breach",
}
DEFINING = tuple(Meaning.__dataclass_fields__)


@transaction.atomic
def load_catalogue(
    *, actor: Actor, at: datetime, file: Path = FILE, templates: Path = TEMPLATES
) -> int:
    """Bring KPIs and templates to what the reference data say; return how many KPIs changed.

    Nothing changed: nothing is written. A KPI that the data no longer hold stays, for series refer
    to it; what a KPI meant before stays as a definition. Raises KeyError for an entry without a
    required field or a counter-metric that is none, ValueError for bands that cannot be used and
    for an id that is kept for an organisation's own.
    """
    version, wanted = _catalogue(file)
    known = Kpi.objects.in_bulk(list(wanted))
    changed = [key for key, fields in wanted.items() if _differs(known.get(key), fields)]
    if changed:
        _keep_before([known[key] for key in changed if key in known], wanted, at)
        _bring(wanted, changed)
    begun = load_templates(file=templates, release=version)
    if not changed and not begun:
        return 0
    append_entry(
        verb="catalogue.loaded",
        actor=actor,
        at=at,
        subject=("catalogue", version, f"KPI catalogue {version}"),
        details={"kpis": len(wanted), "changed": len(changed), "templates": begun},
    )
    return len(changed)


def _catalogue(file: Path) -> tuple[str, dict[str, dict[str, Any]]]:
    """Return the version and the fields of each KPI, after checking how they hang together."""
    data = read_reference(file)
    wanted = {entry["id"]: _fields(entry, data["version"]) for entry in data["kpis"]}
    _refuse_strangers(wanted)
    return data["version"], wanted


def _bring(wanted: Mapping[str, Mapping[str, Any]], changed: list[str]) -> None:
    # Counter-metrics come in circles; their foreign key is checked at the end of the transaction.
    Kpi.objects.bulk_create(
        [Kpi(id=key, **wanted[key]) for key in changed],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=list(wanted[changed[0]]),
    )


def _fields(entry: Mapping[str, Any], version: str) -> dict[str, Any]:
    fields = {name: entry[name] for name in COPIED}
    fields |= {name: entry.get(name, default) for name, default in OPTIONAL.items()}
    examples = entry.get("examples", {})
    return fields | {
        "computed": entry["id"] in COMPUTED or entry.get("computed", False),
        "example_warning": examples.get("warning", ""),
        "example_critical": examples.get("critical", ""),
        "counter_metric_id": entry["counter_metric"],
        "catalogue_version": version,
    }


def _differs(kpi: Kpi | None, fields: Mapping[str, Any]) -> bool:
    return kpi is None or any(getattr(kpi, name) != value for name, value in fields.items())


def _refuse_strangers(wanted: Mapping[str, dict[str, Any]]) -> None:
    for key, fields in wanted.items():
        counter = fields["counter_metric_id"]
        if counter is not None and counter not in wanted:
            raise KeyError(f"the counter-metric {counter!r} of {key!r} is no KPI")
        faults = [fault for band in fields["bands"] for fault in faults_of(band)]
        if faults or key.startswith(PREFIX):
            raise ValueError(f"{key!r}: {' '.join(faults) or 'ids of ours do not begin so'}")


def _keep_before(
    kpis: Iterable[Kpi], wanted: Mapping[str, Mapping[str, Any]], at: datetime
) -> None:
    """Keep what KPIs meant whose meaning the release changes."""
    meant = [kpi for kpi in kpis if _means_something_else(kpi, wanted[kpi.pk])]
    kept = KpiDefinition.objects.filter(key__in=[kpi.pk for kpi in meant]).order_by()
    newest = dict(kept.values_list("key").annotate(newest=Max("number")))
    for kpi in meant:
        before = KpiDefinition(
            key=kpi.pk,
            number=newest.get(kpi.pk, 0) + 1,
            state=KpiDefinition.State.SUPERSEDED,
            reason=f"release {kpi.catalogue_version} of the catalogue",
            drafted_at=at,
            **{name: getattr(kpi, name) for name in DEFINING},
        )
        before.save(force_insert=True, at=at)


def _means_something_else(kpi: Kpi, fields: Mapping[str, Any]) -> bool:
    return any(getattr(kpi, name) != fields[name] for name in DEFINING)
