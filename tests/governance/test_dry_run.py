"""TEL-1: a dry run of the bulk doors gives the same answer as the real one, and keeps nothing."""

import datetime as dt
import json

import pytest
from django.apps import apps
from django.core.cache import cache

from outbox import clock
from telemetry.models import Measurement, Series
from tests.registry import factories as registry
from tests.telemetry.factory import event, label, measured

pytestmark = pytest.mark.django_db
END = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def no_throttle():
    cache.clear()


@pytest.fixture
def system():
    """A system with a threshold on its accuracy."""
    return measured()


@pytest.fixture
def post(client, system):
    """Send a body with a token that may write to the system."""
    _, plaintext = registry.token(
        scopes=("measurements:write", "decisions:write"),
        systems=[system],
        at=clock.now(),
        expires_at=clock.now() + dt.timedelta(1),
    )

    def send(body, path="/api/v1/measurements", query=""):
        return client.post(
            path + query,
            json.dumps(body),
            content_type="application/json",
            headers={"authorization": f"Token {plaintext}"},
        )

    # The first use of a token on a day is on record: that is not what is looked at here.
    send({})
    return send


def row(system, value=0.95, *, minutes=0, **changes):
    """A reading of a five-minute window that ended so many minutes before midnight."""
    arguments = {
        "system": system.slug,
        "kpi": "accuracy",
        "window": "5m",
        "n": 500,
        "window_end": (END - dt.timedelta(minutes=minutes)).isoformat(),
        "value": value,
    }
    return arguments | changes


def everything():
    """How many rows every table holds; sign-in writes when a token was used."""
    return {
        model._meta.label: model._base_manager.count()
        for model in apps.get_models()
        if model._meta.app_label in ("telemetry", "governance", "incidents", "ledger", "outbox")
    }


def without_batch(body):
    """An answer without the id that is made anew each time."""
    return {name: said for name, said in body.items() if name not in ("batch", "dry_run")}


@pytest.mark.parametrize(
    "rows",
    [
        [{}, {"minutes": 5}],
        [{}, {"minutes": 5, "value": 0.5}, {"minutes": 10, "value": 0.5}, {"kpi": "nothing"}],
        [{"value": None}, {"value": 0.4, "minutes": 5}, {"value": 0.4, "minutes": 10}],
        [{"window_end": "2099-01-01T00:00:00Z"}, {}],
    ],
)
def test_the_answer_is_the_same_and_nothing_is_kept(post, system, rows):
    body = {"measurements": [row(system, **one) for one in rows]}
    before = everything()

    dry = post(body, query="?dry_run=true")
    between = everything()
    real = post(body)

    assert between == before
    assert dry.json()["dry_run"] is True
    assert without_batch(dry.json()) == without_batch(real.json())


def test_an_incident_that_would_open_is_told_and_not_opened(post, system):
    rows = [row(system, 0.4, minutes=5 * n) for n in range(3)]

    dry = post({"measurements": rows}, query="?dry_run=true").json()

    assert len(dry["incidents"]) == 1
    assert not system.incidents.exists()


def test_what_a_dry_run_made_is_not_remembered_by_the_process(post, system):
    body = {"measurements": [row(system)]}
    post(body, query="?dry_run=true")

    real = post(body)

    assert real.status_code == 200
    assert Measurement.objects.get().series_id == Series.objects.get().pk


def test_a_dry_run_of_what_came_before_says_so(post, system):
    body = {"measurements": [row(system)]}
    post(body)

    again = post(body, query="?dry_run=true").json()

    assert (again["accepted"], again["repeated"], again["batch"]) == (0, 1, None)


def test_a_refused_dry_run_is_refused_alike_and_marked(post, system):
    body = {"measurements": [row(system, kpi="nothing")], "on_error": "refuse_all"}

    dry, real = post(body, query="?dry_run=true"), post(body)

    assert (dry.status_code, dry.json()["rejected"]) == (400, real.json()["rejected"])
    assert dry.json()["dry_run"] is True


def test_decision_events_are_tried_out_as_well(post, system):
    body = {"events": [event(system, n) for n in range(3)]}
    before = everything()

    dry = post(body, "/api/v1/decisions", "?dry_run=true")
    between = everything()
    real = post(body, "/api/v1/decisions")

    assert between == before
    assert without_batch(dry.json()) == without_batch(real.json())


def test_labels_are_tried_out_as_well(post, system):
    body = {"labels": [label(system, n) for n in range(3)]}
    before = everything()

    dry = post(body, "/api/v1/labels", "?dry_run=true")
    between = everything()
    real = post(body, "/api/v1/labels")

    assert between == before
    assert dry.json()["dry_run"] is True
    assert without_batch(dry.json()) == without_batch(real.json())


def test_histograms_are_tried_out_as_well(post, system):
    one = {
        "system": system.slug, "feature": "age", "window": "1d", "counts": [25, 25],
        "window_end": END.isoformat(), "edges": [0, 40, 120], "reference": True,
    }  # fmt: skip
    before = everything()

    dry = post({"histograms": [one]}, "/api/v1/histograms", "?dry_run=true")
    between = everything()
    real = post({"histograms": [one]}, "/api/v1/histograms")

    assert between == before
    assert dry.json()["dry_run"] is True
    assert without_batch(dry.json()) == without_batch(real.json())


@pytest.mark.parametrize("word", ["1", "yes", "TRUEISH", ""])
def test_another_word_is_refused(post, system, word):
    answer = post({"measurements": [row(system)]}, query=f"?dry_run={word}")

    assert answer.status_code == 400
    assert not Measurement.objects.exists()


def test_false_is_the_real_thing(post, system):
    answer = post({"measurements": [row(system)]}, query="?dry_run=False")

    assert "dry_run" not in answer.json()
    assert Measurement.objects.count() == 1
