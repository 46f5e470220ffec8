"""MLflow: metrics that runs of an experiment, or of a registered model's versions, have logged.

What MLflow calls production or champion approves nothing here: only its figures are read.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from registry.connectors.mlflow import Access
from telemetry.connectors.asking import NoAnswer, ask
from telemetry.connectors.fetched import Fetched
from telemetry.rules.mappings import Line

API = "/api/2.0/mlflow"
NEWEST_RUNS = 100
A_PAGE = 1000
MOST_PAGES = 5


def fetch(
    access: Access, line: Line, *, into: Fetched, last: datetime | None, at: datetime
) -> None:
    """Read what one line's metric was logged as since `last`, a reading a second at most.

    Raises NoAnswer.
    """
    runs = list(_runs(access, line))
    found: dict[datetime, tuple[float | None, int | None]] = {}
    for run in runs:
        counts = dict(_since(access, run, line.count_query, last)) if line.count_query else {}
        for end, value in _since(access, run, line.query, last):
            found[end] = (value, _whole(counts.get(end)))
    for end in sorted(found):
        if into.is_full:
            into.notes.append("More came than one poll takes; the next one goes on from here.")
            return
        value, n = found[end]
        into.take(line, end=end, value=value, n=n)


def _runs(access: Access, line: Line) -> Iterator[dict[str, Any]]:
    kind, _, name = line.source.partition(":")
    if kind == "model":
        yield from _runs_of_model(access, name)
    else:
        yield from _runs_of_experiment(access, name)


def _runs_of_experiment(access: Access, name: str) -> Iterator[dict[str, Any]]:
    body = ask(access, f"{API}/experiments/get-by-name", query={"experiment_name": name}).body
    experiment = _part(body, "experiment").get("experiment_id")
    if not isinstance(experiment, str):
        raise _strange()
    document = {
        "experiment_ids": [experiment],
        "max_results": NEWEST_RUNS,
        "order_by": ["attributes.start_time DESC"],
    }
    body = ask(access, f"{API}/runs/search", document=document).body
    yield from _objects(body, "runs")


def _runs_of_model(access: Access, name: str) -> Iterator[dict[str, Any]]:
    quoted = name.replace("'", "''")
    query = {"filter": f"name='{quoted}'", "max_results": "20"}
    body = ask(access, f"{API}/model-versions/search", query=query).body
    for version in _objects(body, "model_versions"):
        run = version.get("run_id")
        if isinstance(run, str) and run:
            body = ask(access, f"{API}/runs/get", query={"run_id": run}).body
            yield _part(body, "run")


def _since(
    access: Access, run: dict[str, Any], name: str, last: datetime | None
) -> Iterator[tuple[datetime, float | None]]:
    """Yield (instant, value) of a metric of a run that are newer than `last`, all its steps."""
    latest = _latest(run, name)
    if latest is None or (last is not None and latest <= last):
        return
    run_id = _part(run, "info").get("run_id")
    query = {"run_id": str(run_id), "metric_key": name, "max_results": str(A_PAGE)}
    for _ in range(MOST_PAGES):
        body = ask(access, f"{API}/metrics/get-history", query=query).body
        for one in _objects(body, "metrics"):
            end = _instant(one)
            if last is None or end > last:
                yield end, _value(one)
        token = body.get("next_page_token")
        if not token:
            return
        query["page_token"] = str(token)


def _latest(run: dict[str, Any], name: str) -> datetime | None:
    metrics = _part(run, "data").get("metrics") or []
    if not isinstance(metrics, list):
        raise _strange()
    mine = [one for one in metrics if isinstance(one, dict) and one.get("key") == name]
    return max(map(_instant, mine), default=None)


def _instant(metric: dict[str, Any]) -> datetime:
    try:
        return datetime.fromtimestamp(int(metric["timestamp"]) // 1000, UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise _strange() from None


def _value(metric: dict[str, Any]) -> float | None:
    """Return the value; MLflow writes NaN and Infinity as texts, and they are no numbers."""
    try:
        value = float(metric["value"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def _whole(value: float | None) -> int | None:
    return round(value) if value is not None and 0 <= value < 2**31 - 1 else None


def _objects(body: Any, key: str) -> list[dict[str, Any]]:
    if not isinstance(body, dict):
        raise _strange()
    found = body.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _strange()
    return found


def _part(body: Any, key: str) -> dict[str, Any]:
    found = body.get(key) if isinstance(body, dict) else None
    if not isinstance(found, dict):
        raise _strange()
    return found


def _strange() -> NoAnswer:
    return NoAnswer("The answer is none of MLflow's: look at the address.")
