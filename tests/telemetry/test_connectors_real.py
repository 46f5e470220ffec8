"""TEL-4: against the real products on loopback: Prometheus, an MLflow server, Evidently."""

import datetime as dt
import functools
import http.server
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from registry.connectors.mlflow import Access
from telemetry.connectors.polls import Question, poll
from telemetry.rules.mappings import Line

pytestmark = pytest.mark.full
ROOT = Path(__file__).resolve().parents[2]
SCRAPED = """# TYPE answers_total counter
answers_total{region="north",outcome="right"} 90
answers_total{region="north",outcome="wrong"} 10
answers_total{region="south",outcome="right"} 60
answers_total{region="south",outcome="wrong"} 40
# TYPE broken gauge
broken NaN
"""
CONFIG = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: claims
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
RIGHT = 'answers_total{outcome="right"} / ignoring(outcome) sum without(outcome) (answers_total)'


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def serving(handler):
    """An HTTP server on loopback; yields its port."""
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield made.server_port
    finally:
        made.shutdown()
        made.server_close()


@contextmanager
def running(command, folder):
    """A process in a group of its own, ended with all of it."""
    log = (folder / "log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        log.close()


def wait_for(url, process, log):
    """Wait until a server answers, ten minutes at most: the first time it is installed."""
    for _ in range(1200):
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"the server does not answer: {log.read_text()[-2000:]}")


class Metrics(http.server.BaseHTTPRequestHandler):
    """A page of metrics as a model service shows it."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(SCRAPED.encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory):
    """Debian's Prometheus, which has scraped a model service for some windows."""
    program = shutil.which("prometheus")
    assert program, "bin/system-packages full installs Prometheus"
    folder, port = tmp_path_factory.mktemp("prometheus"), free_port()
    with serving(Metrics) as target:
        (folder / "prometheus.yml").write_text(CONFIG.format(port=target))
        command = [
            program,
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        with running(command, folder) as process:
            url = f"http://127.0.0.1:{port}"
            wait_for(f"{url}/-/ready", process, folder / "log")
            _wait_for_samples(url)
            yield url


def _wait_for_samples(url):
    for _ in range(120):
        answer = httpx.get(f"{url}/api/v1/query", params={"query": "broken"}).json()
        if answer["data"]["result"]:
            return
        time.sleep(0.5)
    raise AssertionError("Prometheus has scraped nothing")


def ask(url, kind, *lines, at=None):
    """Poll a product; by default a minute from now, so that a window of 15 seconds has ended."""
    at = at or dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    return poll(Question(kind, "claims", Access(url), lines, {}), at)


def line(**changes):
    """A question in windows of 15 seconds."""
    return Line(**({"kpi": "accuracy", "query": "", "window": "15s"} | changes))


def test_a_real_prometheus_gives_readings_by_segment_with_their_cases(prometheus):
    one = line(
        query=RIGHT,
        segment_label="region",
        count_query="sum without(outcome, instance, job) (answers_total)",
    )

    found = ask(prometheus, "prometheus", one)

    assert {(row.segment, row.value, row.n) for row in found.rows} == {
        ("region=north", 0.9, 100),
        ("region=south", 0.6, 100),
    }
    assert all(int(row.window_end.timestamp()) % 15 == 0 for row in found.rows)


def test_a_real_prometheus_asked_again_gives_the_same(prometheus):
    one, at = line(query="sum(answers_total)"), dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)

    first, second = (ask(prometheus, "prometheus", one, at=at).rows for _ in range(2))

    assert [(row.window_end, row.value) for row in first] == [
        (row.window_end, row.value) for row in second
    ]
    assert first


def test_what_a_real_prometheus_holds_as_nan_is_a_bad_reading(prometheus):
    found = ask(prometheus, "prometheus", line(query="broken"))

    assert {row.value for row in found.rows} == {None}


def test_a_real_prometheus_says_what_is_wrong_with_a_query(prometheus):
    found = ask(
        prometheus, "prometheus", line(query="sum(answers_total)"), line(query="sum(", kpi="f1")
    )

    assert "parse error" in found.unread[2]
    assert found.rows


def test_several_series_of_a_real_prometheus_are_refused_in_words(prometheus):
    found = ask(prometheus, "prometheus", line(query="answers_total"))

    assert "returns 4 series" in found.rejected[0].reason


def fill(url):
    """Log a run of an experiment with two steps of a metric, and register its model."""

    def post(path, **body):
        answer = httpx.post(f"{url}/api/2.0/mlflow/{path}", json=body, timeout=60)
        assert answer.is_success, answer.text
        return answer.json()

    experiment = post("experiments/create", name="claims")["experiment_id"]
    run = post("runs/create", experiment_id=experiment, start_time=1)["run"]["info"]
    logged = ((0, "accuracy", 0.8), (1, "accuracy", 0.9), (1, "n_test", 400))
    for step, key, value in logged:
        at = 1795161600000 + step * 3600_000
        post("runs/log-metric", run_id=run["run_id"], key=key, value=value, timestamp=at, step=step)
    post("registered-models/create", name="claims")
    post("model-versions/create", name="claims", run_id=run["run_id"],
         source=f"{run['artifact_uri']}/model")  # fmt: skip


def test_a_real_mlflow_gives_the_steps_of_a_metric_by_experiment_and_by_model(tmp_path):
    port = free_port()
    with running(
        [ROOT / "bin/mlflow-server", str(port), str(tmp_path / "data")], tmp_path
    ) as server:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/health", server, tmp_path / "log")
        fill(url)
        asked = {"query": "accuracy", "count_query": "n_test", "window": "1h"}
        found = ask(
            url,
            "mlflow",
            line(source="experiment:claims", **asked),
            line(source="model:claims", kpi="f1", **asked),
            line(source="experiment:nothing", kpi="auc_roc", **asked),
        )

    values = [(row.kpi, row.value, row.n) for row in found.rows]
    assert values == [
        (kpi, *one) for kpi in ("accuracy", "f1") for one in ((0.8, None), (0.9, 400))
    ]
    assert "No Experiment" in found.unread[3] or "404" in found.unread[3]


def test_a_real_report_of_evidently_is_read_from_where_it_lies(tmp_path):
    subprocess.run(
        [ROOT / "bin/evidently-report", tmp_path / "report.json"], check=True, timeout=900
    )
    files = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)

    with serving(files) as port:
        found = ask(
            f"http://127.0.0.1:{port}/report.json",
            "evidently",
            line(query="Accuracy", window="1d"),
            line(query="DriftedColumnsCount.share", kpi="psi", window="1d"),
            line(query="ValueDrift", source="age", kpi="f1", window="1d"),
            line(query="ValueDrift", source="amount", kpi="recall", window="1d"),
        )

    by_kpi = {row.kpi: row.value for row in found.rows}
    assert 0.7 < by_kpi["accuracy"] < 0.95
    assert by_kpi["psi"] == 0.25
    assert by_kpi["f1"] < 0.001 < by_kpi["recall"]
    assert found.rejected == []
