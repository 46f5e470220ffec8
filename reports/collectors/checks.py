"""System check: controls.yaml and the sources of evidence agree, name by name."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from reports.rules.control_map import MapFault, faults_of
from reports.selectors.control_map import control_map
from reports.selectors.evidence_sources import known_sources


@register("reports")
def every_source_is_known(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Say which source the map names and nobody gives, or the other way round."""
    try:
        faults = faults_of(control_map(), sources=known_sources())
    except (MapFault, KeyError, TypeError) as fault:
        faults = [f"controls.yaml cannot be read: {fault}"]
    return [
        Error(words, hint="reports/reference/controls.yaml", id="countersign.E070")
        for words in faults
    ]
