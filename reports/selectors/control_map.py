"""The map of controls as it is shipped (reports/reference/controls.yaml), read once."""

from functools import cache
from pathlib import Path

import yaml
from msgspec.structs import replace

from registry.models import Provision
from reports.rules.control_map import ControlMap, parse_map, parse_need
from reports.rules.controls import ATTACHED, Need, Want

FILE = Path(__file__).resolve().parent.parent / "reference" / "controls.yaml"
UNMAPPED = Need(wants=(Want(any_of=(ATTACHED,)),), owner="compliance")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def control_map() -> ControlMap:
    """Return the map. Raises MapFault for one that cannot be."""
    return parse_map(yaml.load(FILE.read_text(), Loader=_LOADER))  # noqa: S506  a safe one


def need_of(row: Provision) -> Need:
    """Return what a provision wants: by the map, by its own framework, or an upload at least."""
    known = control_map().provisions.get(row.pk)
    if known is not None:
        return known
    if row.document.get("wants"):
        owner = row.document.get("owner", "compliance")
        need = parse_need(row.document["wants"], owner=owner, place=row.pk)
        return replace(need, days=row.document.get("fresh_days"))
    return UNMAPPED
