"""A histogram as it is sent: its shape, why one is not taken, and how far it is from another."""

import math
from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from ledger.rules.worded import worded
from telemetry.rules.metrics.drift import js_divergence, ks_binned, psi
from telemetry.rules.rows import EARLIEST, NUL, Environment, Instant, Slug, window_seconds

MOST_BINS = 1000
MOST_VALUES = 100_000
"""Counts in one delivery: each is compared and kept."""
Feature = Annotated[str, Meta(min_length=1, max_length=60)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Bins = Annotated[list[Count], Meta(min_length=1, max_length=MOST_BINS)]
Edges = Annotated[list[float], Meta(min_length=2, max_length=MOST_BINS + 1)]
Labels = Annotated[list[Annotated[str, Meta(max_length=120)]], Meta(max_length=MOST_BINS)]


class HistogramRow(msgspec.Struct, forbid_unknown_fields=True, gc=False, omit_defaults=True):
    """Counts of one feature's values in bins, for the window that ends at `window_end`.

    `edges` are one more than `counts` and rise; `labels` name the bins of a feature without order.
    """

    system: Slug
    feature: Feature
    window: Annotated[str, Meta(max_length=10)]
    window_end: Instant
    counts: Bins
    edges: Edges | None = None
    labels: Labels | None = None
    environment: Environment = "production"
    reference: bool = False


Fault = tuple[str, str]


def values_fault(rows: Iterable[HistogramRow]) -> str | None:
    """Return why a delivery is too large as a whole, None where it is not."""
    values = sum(len(row.counts) for row in rows)
    if values <= MOST_VALUES:
        return None
    return worded(
        "One delivery takes at most {most} counts, this one has {values}: send several.",
        most=f"{MOST_VALUES:,}",
        values=f"{values:,}",
    )


def histogram_fault(row: HistogramRow) -> Fault | None:
    """Return (field, reason) of what typed decoding could not see, None for a sound one."""
    if row.window_end < EARLIEST:
        return "window_end", "A window before the year 2000 is surely a mistake."
    if window_seconds(row.window) is None:
        return "window", "A window is a number and s, m, h or d, at most 366d, such as 7d."
    if any(ord(letter) < 32 for letter in row.feature) or "\x00" in row.environment:
        return "feature", NUL
    if (row.edges is None) == (row.labels is None):
        return "edges", "Give either edges, or labels for a feature without an order."
    if sum(row.counts) == 0:
        return "counts", "Nothing was counted: an empty histogram says nothing."
    return _edges_fault(row) if row.labels is None else _labels_fault(row)


def _edges_fault(row: HistogramRow) -> Fault | None:
    edges = row.edges or []
    if len(edges) != len(row.counts) + 1:
        counts = len(row.counts)
        return "edges", worded(
            "{counts} counts have {edges} edges.", counts=counts, edges=counts + 1
        )
    if not all(math.isfinite(edge) for edge in edges):
        return "edges", "An edge is a finite number."
    if any(low >= high for low, high in zip(edges, edges[1:], strict=False)):
        return "edges", "The edges rise."
    return None


def _labels_fault(row: HistogramRow) -> Fault | None:
    labels = row.labels or []
    if len(labels) != len(row.counts):
        return "labels", worded("{counts} counts have as many labels.", counts=len(row.counts))
    if len(set(labels)) != len(labels) or any("\x00" in label for label in labels):
        return "labels", "Each bin has a label of its own, without NUL."
    return None


def distances(
    *,
    expected: list[int],
    actual: list[int],
    labels: tuple[list[str] | None, list[str] | None] = (None, None),
) -> dict[str, float]:
    """Return psi, js_divergence and, where bins have an order, ks_statistic; by KPI.

    Labels that only one of the two has are bins that are empty in the other.
    """
    ordered = labels[0] is None or labels[1] is None
    if not ordered:
        expected, actual = _aligned(expected, actual, labels[0] or [], labels[1] or [])
    found = {
        "psi": psi(expected, actual),
        "ks_statistic": ks_binned(expected, actual) if ordered else None,
        "js_divergence": js_divergence(expected, actual),
    }
    return {kpi: value for kpi, value in found.items() if value is not None}


def _aligned(
    expected: list[int], actual: list[int], before: list[str], after: list[str]
) -> tuple[list[int], list[int]]:
    names = sorted(set(before) | set(after))
    first = dict(zip(before, expected, strict=True))
    second = dict(zip(after, actual, strict=True))
    return [first.get(one, 0) for one in names], [second.get(one, 0) for one in names]
