"""The KPI catalogue from the project's reference data: loaded again and again, changed once."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.services.entries import append_entry
from telemetry.models import Kpi

FILE = Path(__file__).resolve().parent.parent / "reference" / "kpis.yaml"
COPIED = ("name", "category", "unit", "better", "formula", "window", "timing")
OPTIONAL = {
    "counter_metric_note": "",
    "explanation": "",
    "reference": "",
    "checked": "",
    "computed": False,
    "lowest": None,
    "highest": None,
    "neutral": None,
    "breach_kind": "breach",
}


@transaction.atomic
def load_catalogue(*, actor: Actor, at: datetime, file: Path = FILE) -> int:
    """Bring the KPIs to what the reference data say and return how many changed.

    Nothing changed: nothing is written. A KPI that the data no longer hold stays, for series refer
    to it. Raises KeyError for an entry without a required field, or a counter-metric that is none.
    """
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    wanted = {entry["id"]: _fields(entry, data["version"]) for entry in data["kpis"]}
    known = Kpi.objects.in_bulk(list(wanted))
    changed = [key for key, fields in wanted.items() if _differs(known.get(key), fields)]
    if not changed:
        return 0
    _refuse_strangers(wanted)
    # Counter-metrics come in circles; their foreign key is checked at the end of the transaction.
    Kpi.objects.bulk_create(
        [Kpi(id=key, **wanted[key]) for key in changed],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=list(wanted[changed[0]]),
    )
    append_entry(
        verb="catalogue.loaded",
        actor=actor,
        at=at,
        subject=("catalogue", data["version"], f"KPI catalogue {data['version']}"),
        details={"kpis": len(wanted), "changed": len(changed)},
    )
    return len(changed)


def _fields(entry: Mapping[str, Any], version: str) -> dict[str, Any]:
    fields = {name: entry[name] for name in COPIED}
    fields |= {name: entry.get(name, default) for name, default in OPTIONAL.items()}
    examples = entry.get("examples", {})
    return fields | {
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
