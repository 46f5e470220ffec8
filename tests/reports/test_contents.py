"""What a pack holds: the report, the lists, the exact ledger lines."""

import csv
import datetime as dt
import io
import json

import orjson
import pytest

from governance.models import Standing
from ledger.context import acting_as
from ledger.rules.canonical import canonical
from ledger.rules.commitments import Personal
from telemetry.models import Measurement
from tests.reports import packing, story

pytestmark = pytest.mark.django_db


def rows(pack, name):
    """Return a CSV file of a pack as dictionaries."""
    return list(csv.DictReader(io.StringIO(packing.read(pack, name).decode())))


@pytest.fixture
def pack(without_pango):
    """The pack of the whole story, without its PDF."""
    return packing.built(story.closed_story())


@pytest.mark.full
def test_the_report_tells_the_whole_chain():
    pack = packing.built(story.closed_story())

    text = " ".join(" ".join(page.extract_text() for page in packing.report(pack).pages).split())

    for said in (
        "Evidence pack: Claims approval",
        "What is proved",
        "Conformity with a law or a standard. This is evidence, not a certificate.",
        "INC-2026-00041: Claims of under-30s approved 15 points less often",
        "It stands in for age.",
        "Recused: Sofia Lindqvist, author of 2.3. Dr. Henrik Aas sat for Sofia Lindqvist.",
        "Dissent, Prof. Amara Okafor: I would roll back and suspend.",
        "For 2, against 1, abstain 0",
        "Effect of action 1: passed",
        "You cannot validate this: you submitted its findings.",
    ):
        assert said in text, said


def test_the_report_is_tagged_bookmarked_numbered_and_has_no_time_of_its_own():
    pack = packing.built(story.closed_story())

    document = packing.report(pack)

    catalogue = document.trailer["/Root"]
    heads = [item.title for item in document.outline if not isinstance(item, list)]
    last = " ".join(document.pages[-1].extract_text().split())
    assert catalogue["/MarkInfo"]["/Marked"]
    assert heads[:3] == ["Cover", "Contents by section", "Open gaps"]
    assert "7. Incidents" in heads
    assert f"{pack.pages} / {pack.pages}" in last
    assert document.metadata.creation_date == story.AT


@pytest.mark.full
def test_contents_name_the_page_of_each_section():
    pack = packing.built(story.closed_story())

    pages = [" ".join(page.extract_text().split()) for page in packing.report(pack).pages]

    place = next(n for n, text in enumerate(pages, start=1) if "8. Decisions" in text)
    assert f"1 motion, 3 ballots 26 Nov 2026 complete {place}" in pages[1]


@pytest.mark.full
def test_ledger_lines_are_the_exact_canonical_bytes(pack):
    lines = packing.read(pack, "data/audit/log.jsonl").splitlines()

    table = rows(pack, "data/audit/log.csv")

    assert len(lines) == len(table) == 15
    assert all(canonical(orjson.loads(line)) == line for line in lines)
    entries = [orjson.loads(line) for line in lines]
    assert [item["entry"]["verb"] for item in entries] == [row["verb"] for row in table]
    assert [(str(item["seq"]), item["sealed"]) for item in entries] == [
        (row["seq"], row["sealed"]) for row in table
    ]


@pytest.mark.full
def test_every_reading_of_the_period_is_in_the_file_of_its_series(pack):
    (name,) = [name for name in packing.names_in(pack) if "/demographic" in name]

    found = rows(pack, name)

    assert len(found) == 20
    assert found[0]["window_end"] == "2026-09-06T22:00:00.000000Z"


@pytest.mark.full
def test_an_incident_is_one_file_with_everything_that_belongs_to_it(pack):
    incident = json.loads(packing.read(pack, "data/incidents/inc-2026-00041.json"))

    parts = {key: len(value) for key, value in incident.items() if isinstance(value, list)}

    assert parts == {
        "causes": 1,
        "transitions": 6,
        "questions": 1,
        "assessments": 1,
        "findings": 1,
        "evidence": 1,
        "validations": 2,
        "clocks": 1,
        "actions": 1,
        "windows": 0,
        "participations": 0,
        "firings": 0,
        "comments": 0,
    }
    assert incident["actions"][0]["receipts"][0]["matches"] is True
    assert incident["actions"][0]["windows"][0]["outcome"] == "PASSED"


@pytest.mark.full
def test_a_decision_is_one_file_with_electorate_recusal_and_ballots(pack):
    decision = json.loads(packing.read(pack, "data/decisions/dec-2026-00019.json"))

    votes = [(ballot["person"], ballot["vote"]) for ballot in decision["ballots"]]

    assert decision["recusals"][0]["person"] == "Sofia Lindqvist"
    assert votes == [
        ("Dr. Ines Albrecht", "for"),
        ("Prof. Amara Okafor", "against"),
        ("Dr. Henrik Aas", "for"),
    ]


@pytest.mark.full
def test_exceptions_are_listed_by_kind_and_empty_kinds_have_an_empty_list(pack):
    kinds = [row["kind"] for row in rows(pack, "data/exceptions/all.csv")]

    assert kinds == ["refused attempt", "recusal", "dissent"]
    assert rows(pack, "data/exceptions/emergency-stop.csv") == []


@pytest.mark.full
def test_populations_are_complete(pack):
    sizes = {
        name: len(rows(pack, f"data/populations/{name}.csv"))
        for name in ("incidents", "decisions", "ballots", "transitions", "batches", "actions")
    }

    assert sizes == {
        "incidents": 1,
        "decisions": 1,
        "ballots": 3,
        "transitions": 6,
        "batches": 1,
        "actions": 1,
    }


@pytest.mark.full
def test_who_held_which_role_is_told(pack):
    roles = {(row["person"], row["role"]) for row in rows(pack, "data/people/roles.csv")}

    assert ("Jonas Weber", "Model owner") in roles
    assert ("Nils Bergström", "Auditor") in roles
    assert ("Dr. Henrik Aas", "Substitute, seat 3: Technology") in roles


@pytest.mark.full
def test_a_name_that_is_a_formula_is_neutralised(without_pango):
    told = story.base()
    with acting_as(story.ENGINE):
        told.system.supplier = '=HYPERLINK("http://x")'
        told.system.save()
        told.people.nils.name = "@SUM(A1)"
        told.people.nils.save()

    pack = packing.built(told)

    assert "'@SUM(A1)" in {row["person"] for row in rows(pack, "data/people/roles.csv")}


@pytest.mark.full
def test_a_pack_of_a_quiet_period_says_that_nothing_happened(without_pango):
    told = story.closed_story()

    pack = packing.built(told, until=story.SINCE + dt.timedelta(days=30))

    about = json.loads(packing.read(pack, "data/pack.json"))
    assert (about["counts"]["incidents"], about["counts"]["decisions"]) == (0, 0)
    assert rows(pack, "data/populations/incidents.csv") == []


@pytest.mark.full
def test_windows_that_were_never_delivered_are_a_gap(without_pango):
    told = story.base()
    last = Measurement.objects.filter(series=told.series).order_by("-window_end").first()
    Measurement.objects.create(
        series=told.series,
        window_end=last.window_end + 3 * story.WEEK - dt.timedelta(days=8),
        value=0.02,
        n=1,
        good=True,
        received_at=last.received_at,
        batch_id=last.batch_id,
    )
    for standing in Standing.objects.all():
        standing.state = "NO_DATA"
        standing.save()

    pack = packing.built(told)

    gaps = [row["what"] for row in rows(pack, "data/exceptions/gaps.csv")]
    named = "Demographic parity difference, age_group=under_30"
    assert f"Never delivered: 1 window of {named}" in gaps
    assert f"{named} stands at no data at the end of the period" in gaps


@pytest.mark.full
def test_pak_05_a_pack_says_under_which_checkpoint_it_is_sealed_and_what_it_does_not_prove(pack):
    about = json.loads(packing.read(pack, "data/pack.json"))
    verify = packing.read(pack, "VERIFY.txt").decode()

    command = f"python3 countersign_verify.py {pack.number}.zip --key '{packing.log_key()}'"
    assert (about["format"], about["sealed"], about["signed"]) == (3, True, True)
    assert (about["seal"]["size"], about["seal"]["key"]) == (pack.checkpoint_size, pack.key)
    assert f"    {command}\n" in verify
    assert f"    {command} --prev last.checkpoint\n" in verify
    listed = verify.partition("WHAT IS NOT\n")[2].partition("\n\n")[0]
    assert about["not_proved"] == [
        item.replace("\n  ", " ") for item in listed.removeprefix("- ").split("\n- ")
    ]
    assert any("does not say what the leaf is about" in words for words in about["not_proved"])


@pytest.mark.full
def test_names_stand_in_the_lines_as_commitments_and_are_opened_beside_them(pack):
    lines = packing.read(pack, "data/audit/log.jsonl")
    opened = packing.read(pack, "data/audit/disclosures.jsonl").splitlines()

    table = rows(pack, "data/audit/log.csv")

    values = [json.loads(line)["value"] for line in opened]
    assert b"Jonas Weber" not in lines
    assert "Jonas Weber" in values
    assert "Jonas Weber" in [row["actor"] for row in table]


@pytest.mark.full
def test_what_is_private_is_opened_nowhere(without_pango):
    told = story.closed_story()
    story.entry(
        "incident.evidence_added",
        story.ENGINE,
        story.AT - dt.timedelta(days=1),
        ("incident", str(told.incident.pk), told.incident.number),
        incident_id=told.incident.pk,
        details={"advice": Personal("What counsel said.", kind="text", private=True)},
    )

    pack = packing.built(told)

    files = b"".join(packing.read(pack, name) for name in packing.names_in(pack))
    about = json.loads(packing.read(pack, "data/pack.json"))
    assert b"What counsel said." not in files
    assert about["ledger"]["withheld"] == 1
    assert any(words.startswith("1 personal value") for words in about["not_proved"])
    assert packing.faults_of(pack) == []


@pytest.mark.full
def test_the_index_opens_without_a_network(pack):
    markup = packing.read(pack, "data/index.html").decode()

    assert "http://" not in markup
    assert "https://" not in markup
    assert "<script" not in markup
    assert 'href="incidents/inc-2026-00041.json"' in markup
