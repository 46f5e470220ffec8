"""Units of metrics (UCUM, as OTLP writes them) and of KPIs: the factor from one to the other.

A pair that is not here is unknown: whoever maps it states the factor. Sources: the units that
OpenTelemetry's conventions for metrics name (https://opentelemetry.io/docs/specs/semconv/general/
metrics/), the units of our catalogue.
"""

IN_SECONDS = {
    "s": 1.0,
    "ms": 1e-3,
    "us": 1e-6,
    "ns": 1e-9,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}
TIMES_OF_KPIS = {"ms": "ms", "seconds": "s", "minutes": "min", "days": "d"}
SHARES = {"1": 1.0, "": 1.0, "%": 0.01}
COUNTED = frozenset({"", "1"})


def factor_between(metric_unit: str, kpi_unit: str, *, counted: bool = False) -> float | None:
    """Return by what a metric's figure is multiplied to be in a KPI's unit, None where unknown.

    `counted`: the figure is a number of things, whatever they measure.
    """
    if counted:
        return 1.0
    if kpi_unit in TIMES_OF_KPIS:
        seconds = IN_SECONDS.get(metric_unit)
        return seconds / IN_SECONDS[TIMES_OF_KPIS[kpi_unit]] if seconds else None
    if kpi_unit in ("ratio", "index"):
        return SHARES.get(metric_unit)
    if metric_unit in COUNTED or _braced(metric_unit):
        return 1.0
    return None


def _braced(unit: str) -> bool:
    """Whether a unit is an annotation such as {token}: a number of these."""
    return unit.startswith("{") and unit.endswith("}")
