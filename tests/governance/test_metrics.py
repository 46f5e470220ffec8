"""INC-9, operations: what Prometheus scrapes: who may, the form, the figures themselves."""

import datetime as dt
import re
import shutil
import subprocess

import pytest

from governance.rules.exposition import Gauge, Sample, exposition
from governance.services.engine_versions import note_beat
from outbox.models import Message, Timer
from tests.governance.pages import AT, signed_in, stand_at
from tests.incidents.factory import INVESTIGATING, bring, do, house, opened
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NOW = AT + 5 * DAY
LINE = re.compile(r'([a-z][a-z0-9_]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)')


@pytest.fixture(autouse=True)
def _standing_clock():
    stand_at(NOW)
    yield
    stand_at(None)


def scraped(client, *systems, scopes=("metrics:read",), **headers):
    """What a scraper gets with a token for these systems."""
    _, plaintext = registry.token(scopes=scopes, systems=systems, at=NOW)
    return client.get("/metrics", headers={"authorization": f"Token {plaintext}"} | headers)


def parsed(text):
    """Read the text form: {name: {labels: value}}; fails where a line breaks its rules."""
    found, typed, told = {}, set(), set()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ")[2]
            assert name not in told
            told.add(name)
        elif line.startswith("# TYPE "):
            name, kind = line.split(" ")[2:]
            assert (kind, name in typed) == ("gauge", False)
            typed.add(name)
        else:
            match = LINE.fullmatch(line)
            assert match, line
            assert match[1] in typed & told
            labels = tuple(re.findall(r'([a-z_]+)="((?:[^"\\\n]|\\.)*)"', match[2] or ""))
            assert labels not in found.setdefault(match[1], {})
            found[match[1]][labels] = float(match[3])
    return found


def test_open_incidents_are_told_by_state_and_severity_without_rehearsals(client):
    of = house()
    opened(of, severity="severe")
    bring(of, INVESTIGATING)
    bring(of, INVESTIGATING)
    opened(of, drill=True)
    bring(house(), INVESTIGATING)

    found = parsed(scraped(client, of.system).content.decode())

    assert found["countersign_incidents_open"] == {
        (("state", "open"), ("severity", "severe")): 1,
        (("state", "investigating"), ("severity", "moderate")): 2,
    }
    assert found["countersign_stages_overdue"][(("state", "open"),)] == 1


def test_times_of_the_last_thirty_days_are_told_in_seconds(client):
    of = house()
    for hours in (1, 2, 3, 4, 5):
        do(opened(of), "acknowledge", of.owner, at=AT + hours * HOUR)
    opened(of, detected_at=NOW - 31 * DAY)

    found = parsed(scraped(client, of.system).content.decode())

    assert found["countersign_incident_acknowledge_seconds"] == {
        (("percentile", "0.5"),): 3 * 3600,
        (("percentile", "0.9"),): 5 * 3600,
    }
    assert found["countersign_incident_resolve_cases"] == {
        (("outcome", "done"),): 0,
        (("outcome", "running"),): 5,
    }


def test_too_few_cases_give_no_time_rather_than_zero(client):
    of = house()
    do(opened(of), "acknowledge", of.owner, at=AT + HOUR)

    found = parsed(scraped(client, of.system).content.decode())

    assert "countersign_incident_acknowledge_seconds" not in found
    assert found["countersign_incident_acknowledge_cases"][(("outcome", "done"),)] == 1


def test_late_timers_and_messages_that_are_not_out_are_told(client):
    of = house()
    opened(of)
    Timer.objects.filter(state="armed").update(next_try_at=NOW + DAY)
    Timer.objects.filter(pk=Timer.objects.first().pk).update(next_try_at=NOW - 2 * HOUR)
    Message.objects.all().delete()
    for state in ("queued", "failed", "failed", "sent"):
        Message.objects.create(
            channel="mail",
            key=registry.unique("message"),
            address="a@example.org",
            state=state,
            next_attempt_at=NOW,
            created_at=NOW,
        )

    found = parsed(scraped(client, of.system).content.decode())

    assert found["countersign_timers_overdue"] == {(): 1}
    assert found["countersign_sweep_lateness_seconds"][()] == pytest.approx(2 * 3600, abs=60)
    assert found["countersign_messages_undelivered"] == {
        (("state", "queued"),): 1,
        (("state", "failed"),): 2,
    }


def test_the_last_sweep_is_an_instant_and_absent_before_the_first(client):
    of = house()

    before = parsed(scraped(client, of.system).content.decode())
    note_beat(process="sweep", at=NOW - HOUR)
    after = parsed(scraped(client, of.system).content.decode())

    assert "countersign_sweep_last_run_timestamp_seconds" not in before
    told = after["countersign_sweep_last_run_timestamp_seconds"][()]
    assert told == pytest.approx((NOW - HOUR).timestamp())


def test_nobody_reads_it_without_a_token_of_the_scope(client):
    of = house()

    assert client.get("/metrics").status_code == 401
    assert signed_in(client, of.compliance).get("/metrics").status_code == 401
    client.logout()
    assert scraped(client, of.system, scopes=("read",)).status_code == 403
    assert scraped(client, of.system).status_code == 200


@pytest.mark.parametrize(
    "accept",
    [
        "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
        "text/plain",
        "*/*",
    ],
)
def test_it_answers_what_scrapers_ask_for(client, accept):
    answer = scraped(client, house().system, accept=accept)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_labels_and_words_are_escaped():
    gauge = Gauge("one", 'a "b" \\ \n c', (Sample(1.5, {"name": 'x"\\\ny'}),))

    text = exposition([gauge, Gauge("none", "left out", ())])

    assert text == ('# HELP one a "b" \\\\ \\n c\n# TYPE one gauge\none{name="x\\"\\\\\\ny"} 1.5\n')
    assert parsed(text)["one"] == {(("name", 'x\\"\\\\\\ny'),): 1.5}


@pytest.mark.parametrize("name", ["Upper", "with-dash", "", "1st"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ValueError, match="no name"):
        exposition([Gauge(name, "words", (Sample(1),))])


@pytest.mark.full
def test_the_linter_of_prometheus_finds_nothing(client):
    program = shutil.which("promtool")
    assert program, "bin/system-packages full installs Prometheus"
    of = house()
    for hours in (1, 2, 3, 4, 5):
        do(opened(of), "acknowledge", of.owner, at=AT + hours * HOUR)
    note_beat(process="sweep", at=NOW)
    text = scraped(client, of.system).content

    checked = subprocess.run([program, "check", "metrics"], input=text, capture_output=True)

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
