"""What a scorecard begins with, by kind of system: from the project's reference data."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from telemetry.models import Kpi, KpiTemplate

TEMPLATES = Path(__file__).resolve().parent.parent / "reference" / "kpi_templates.yaml"
COPIED = ("perspective", "why", "on_breach", "position", "in_use", "release")
Key = tuple[str, str]


def load_templates(*, file: Path = TEMPLATES, release: str) -> int:
    """Bring the templates to what the reference data say and return how many changed.

    For load_catalogue, which writes the entry. One that the data no longer hold is out of use.
    Raises KeyError for what is no KPI.
    """
    wanted = _wanted(read_reference(file), release)
    strangers = {kpi for _, kpi in wanted} - set(Kpi.objects.values_list("pk", flat=True))
    if strangers:
        raise KeyError(f"templates name what is no KPI: {', '.join(sorted(strangers))}")
    known = {(row.kind, row.kpi_id): row for row in KpiTemplate.objects.all()}
    wanted |= {key: _put_away(row) for key, row in known.items() if key not in wanted}
    changed = {key: fields for key, fields in wanted.items() if _differs(known.get(key), fields)}
    if changed:
        KpiTemplate.objects.bulk_create(
            [KpiTemplate(kind=kind, kpi_id=kpi, **fields)
             for (kind, kpi), fields in changed.items()],
            update_conflicts=True,
            unique_fields=["kind", "kpi"],
            update_fields=list(COPIED),
        )  # fmt: skip
    return len(changed)


@cache
def read_reference(file: Path) -> Any:
    """Return what a file of reference data holds; it does not change while a process runs."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506  a safe one


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _wanted(data: Mapping[str, Any], release: str) -> dict[Key, dict[str, Any]]:
    return {
        (kind, line["kpi"]): {
            "perspective": line["perspective"],
            "why": line["why"],
            "on_breach": line["on_breach"],
            "position": place,
            "in_use": True,
            "release": release,
        }
        for kind, lines in data["templates"].items()
        for place, line in enumerate(lines, start=1)
    }


def _put_away(row: KpiTemplate) -> dict[str, Any]:
    return {name: getattr(row, name) for name in COPIED} | {"in_use": False}


def _differs(row: KpiTemplate | None, fields: Mapping[str, Any]) -> bool:
    return row is None or any(getattr(row, name) != value for name, value in fields.items())
