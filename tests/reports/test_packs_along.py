"""Packs along one framework with the law loaded, statements, uploads and own frameworks (REP-1)."""

import csv
import datetime as dt
import hashlib
import io
import json
import subprocess
from pathlib import Path
from subprocess import PIPE

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from django.core.files.uploadedfile import SimpleUploadedFile

from ledger.context import acting_as
from ledger.rules.canonical import canonical
from registry.services.signatures import hash_payload
from reports.collectors.frameworks import collect_frameworks
from reports.models import ApplicabilityStatement
from reports.render.along import NOT_ASKED, NOTHING, along_of
from reports.rules.gaps import gaps_of
from reports.rules.shared import Shared
from reports.rules.statements import Line
from reports.rules.withheld import FILES
from reports.selectors.applicability import record_of
from reports.selectors.packs import scope_of
from reports.services.control_uploads import (
    GivenUpload,
    add_control_upload,
    review_control_upload,
)
from reports.services.own_frameworks import (
    approve_framework,
    bring_framework,
    withdraw_framework,
)
from reports.services.statements import approve_statement, draft_statement, write_statement
from tests.incidents.factory import acting, ceremony
from tests.registry.law_house import classified
from tests.reports import forging, packing, story
from tests.reports.control_house import HIGH, MINIMAL
from tests.reports.own import SHORT

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
HOUR = dt.timedelta(hours=1)
BOM = JsonStrictValidator(SchemaVersion.V1_6)
CONTROL, LEFT_OUT = "ISO-A.6.2.4", "ISO-A.10.4"
MINUTE = b"Minute of the review: validated, by two of us.\n"
WHY = "We have no customers outside the house."


def by(who, service, /, **arguments):
    """Call a service as one of the story, at the instant before the pack is asked for."""
    actor = acting(who)
    with acting_as(actor):
        return service(**arguments, actor=actor, at=story.AT - story.WEEK)


def stated(made):
    """Sign a statement that leaves one control out; return it."""
    maren, tomasz = made.people.maren, made.people.tomasz
    row = by(maren, draft_statement, framework="iso-42001")
    lines = {
        LEFT_OUT: Line(applicable=False, reason=WHY),
        CONTROL: Line(how="Every release is validated by two."),
    }
    by(maren, write_statement, statement_id=row.pk, lines=lines, expected_revision=row.revision)
    fresh = ApplicabilityStatement.objects.get(pk=row.pk)
    return by(
        tomasz, approve_statement, statement_id=row.pk,
        expected_sha256=hash_payload(record_of(fresh)), reason="Read.",
        ceremony=ceremony(story.AT - story.WEEK),
    )  # fmt: skip


def uploaded(made, provision=CONTROL):
    """Upload a file to a control and review it."""
    row = by(
        made.people.maren, add_control_upload, provision=provision,
        given=GivenUpload(title="Minute of the review", owner_id=made.people.maren.pk),
        upload=SimpleUploadedFile("minute.txt", MINUTE, "text/plain"),
    )  # fmt: skip
    return by(
        made.people.tomasz, review_control_upload, upload_id=row.pk, accepted=True, said="Seen."
    )


def brought(made, text=SHORT):
    """Bring an own framework and put it into force."""
    row = by(made.people.maren, bring_framework, text=text, reason="Decided by the board.")
    return by(
        made.people.tomasz, approve_framework, version_id=row.pk, expected_sha256=row.sha256,
        reason="Read line by line.",
    )  # fmt: skip


def withdrawn(made, row):
    """Withdraw an own framework some hours after it came into force."""
    actor = acting(made.people.tomasz)
    with acting_as(actor):
        withdraw_framework(
            version_id=row.pk, reason="The contract ended.", actor=actor,
            at=story.AT - story.WEEK + 2 * HOUR,
        )  # fmt: skip


def told(facts=HIGH):
    """Return the whole story, classified, with a statement, an upload and an own framework."""
    made = story.closed_story()
    classified(made.system, **facts)
    stated(made)
    uploaded(made)
    brought(made)
    return made


def data_of(pack, name):
    return json.loads(packing.read(pack, f"data/{name}"))


def control_in(pack, folder, key):
    rows = data_of(pack, f"{folder}/controls.json")["controls"]
    return next(one for one in rows if one["provision"] == key)


def judged_of(made, **wanted):
    """Return what is judged for a pack, and how the report shows it, without building it."""
    scope = scope_of(packing.asked(made, **wanted))
    judged = collect_frameworks(scope)
    content = type("Content", (), {"scope": scope, "systems": (), "shared": Shared(),
                                   "frameworks": judged})()  # fmt: skip
    return judged, along_of(content, gaps_of(content))


@pytest.mark.full
@pytest.mark.usefixtures("law")
@pytest.mark.parametrize(
    ("kind", "top", "contents"),
    [
        ("eu_ai_act", "eu-ai-act", "Contents by Annex IV and article"),
        ("iso_42001", "iso42001", "Contents by clause and Annex A"),
        ("nist_ai_rmf", "nist-ai-rmf", "Contents by NIST AI RMF"),
    ],
)
def test_a_pack_along_one_framework_is_whole(kind, top, contents, tmp_path):
    pack = packing.built(told(), kind=kind)
    names, document = set(packing.names_in(pack)), packing.report(pack)
    heads = [item.title for item in document.outline if not isinstance(item, list)]
    path = tmp_path / "assessment-results.json"
    path.write_bytes(packing.read(pack, "data/oscal/assessment-results.json"))

    said = forging.said(packing.path_of(pack), "--key", packing.log_key())
    read = subprocess.run([ROOT / "bin/oscal-check", path], check=True, timeout=900, stdout=PIPE)

    assert (pack.failure, packing.faults_of(pack)) == ("", [])
    assert not [claim for claim in said["claims"] if claim["result"] == "failed"]
    assert json.loads(read.stdout)["results"] == 1
    assert BOM.validate_str(packing.read(pack, "data/bom/mlbom.cdx.json").decode()) is None
    tops = ("eu-ai-act", "iso42001", "nist-ai-rmf", "frameworks")
    assert [one for one in tops if any(name.startswith(f"data/{one}/") for name in names)] == [top]
    assert any(contents.split(" by ")[0] in head for head in heads)
    place = next(number for number, head in enumerate(heads) if head.startswith("Contents by"))
    pages = [document.get_destination_page_number(item) for item in document.outline
             if not isinstance(item, list)]  # fmt: skip
    assert pages[place + 1] - pages[place] <= 2


@pytest.mark.full
@pytest.mark.usefixtures("law", "without_pango")
def test_a_pack_holds_the_statement_with_what_was_signed_and_the_upload_with_its_bytes():
    pack = packing.built(told(), kind="everything")
    statement = data_of(pack, "iso42001/statement-of-applicability.json")
    (version,) = statement["versions"]
    one = control_in(pack, "iso42001/A.6", CONTROL)
    page = packing.read(pack, "data/iso42001/A.6/index.html").decode()
    index = packing.read(pack, "data/index.html").decode()

    digest = hashlib.sha256(canonical(version["payload"])).hexdigest()

    assert (pack.failure, packing.faults_of(pack)) == ("", [])
    assert (version["state"], version["sha256"]) == ("in force", digest)
    lines = {it["provision"]: it for it in statement["provisions"]}
    assert lines[CONTROL]["implemented"] == "Every release is validated by two."
    assert control_in(pack, "iso42001/A.10", LEFT_OUT)["reason"] == WHY
    assert packing.read(pack, f"data/{one['uploads'][0]['file']}") == MINUTE
    assert one["uploads"][0]["file"] in page
    assert "Statement of applicability, version 1, signed by Tomasz" in index
    assert "Uploads that count: 1" in index


@pytest.mark.full
@pytest.mark.usefixtures("law", "without_pango")
def test_an_own_framework_is_judged_in_its_folder_with_the_yaml_as_it_was_brought():
    pack = packing.built(told(), kind="everything")
    results = data_of(pack, "oscal/assessment-results.json")["assessment-results"]

    one = control_in(pack, "frameworks/short-rules", "short-rules.S1")

    assert packing.read(pack, "data/frameworks/short-rules/framework.yaml").decode() == SHORT
    about = data_of(pack, "frameworks/short-rules/framework.json")
    assert (about["number"], about["sha256"]) == (1, hashlib.sha256(SHORT.encode()).hexdigest())
    assert one["text"] == "Each of them stands in the register."
    assert "Short rules" in packing.read(pack, "data/index.html").decode()
    assert len(results["results"]) == 4
    titles = [row["title"] for row in results["back-matter"]["resources"]]
    assert "Short rules, version 1, an own framework" in titles


@pytest.mark.full
@pytest.mark.usefixtures("law", "without_pango")
def test_a_customer_gets_neither_names_nor_words_nor_files_of_what_was_stated_and_uploaded():
    pack = packing.built(told(), kind="everything", recipient="customer")
    names = packing.names_in(pack)
    folders = ("data/uploads", "data/frameworks", "data/iso42001", "data/organisation")
    texts = {name: packing.read(pack, name).decode() for name in names if name.startswith(folders)}

    about = json.loads(packing.read(pack, "data/pack.json"))

    assert (pack.failure, packing.faults_of(pack)) == ("", [])
    for said in ("Maren Vogt", "Tomasz", WHY, "Each of them stands", MINUTE.decode().strip()):
        assert not [name for name, text in texts.items() if said in text], said
    assert sorted(name for name in names if name.startswith("data/uploads/")) == [
        "data/uploads/uploads.csv",
        "data/uploads/uploads.json",
    ]
    assert FILES in {row["what"] for row in about["redactions"]}
    (row,) = csv.DictReader(io.StringIO(texts["data/uploads/uploads.csv"]))
    assert row["sha256"] == hashlib.sha256(MINUTE).hexdigest()


@pytest.mark.usefixtures("law")
def test_what_nobody_owes_and_is_kept_by_choice_is_shown_as_what_is_on_record():
    made = story.closed_story()
    classified(made.system, **MINIMAL)

    judged, along = judged_of(made, kind="eu_ai_act")

    rows = [one for part in along[0].parts for one in part.controls if one.word != "missing"]
    left = [one for one in rows if one.word == "not applicable"]
    assert left
    assert not [one for one in left if one.evidence == NOTHING]
    kept = [one for one in left if one.evidence != NOT_ASKED]
    assert kept
    assert all(one.evidence.startswith("By choice: ") for one in kept)
    records = {one.key: one for one in judged.evidence}
    keys = {key for row in judged.along for one in row.controls for key in one.rests_on
            if one.state == "not_applicable"}  # fmt: skip
    assert not [key for key in keys if records[key].lacks or records[key].gap]


@pytest.mark.usefixtures("law")
def test_own_frameworks_come_with_everything_and_with_no_other_kind():
    made = story.closed_story()
    brought(made)

    every, _ = judged_of(made, kind="everything")
    alone, _ = judged_of(made, kind="iso_42001")

    assert [row.id for row in every.along][-1] == "short-rules"
    assert [row.id for row in alone.along] == ["iso-42001"]


@pytest.mark.usefixtures("law")
def test_an_own_framework_that_came_later_than_the_instant_is_not_there():
    made = story.closed_story()
    pack = packing.asked(made, kind="everything", at=story.AT - 2 * story.WEEK,
                         until=story.AT - 2 * story.WEEK)  # fmt: skip
    brought(made)

    judged = collect_frameworks(scope_of(pack))

    assert "short-rules" not in [row.id for row in judged.along]


@pytest.mark.usefixtures("law")
def test_an_own_framework_that_was_withdrawn_since_is_in_a_pack_of_an_instant_before():
    made = story.closed_story()
    row = brought(made)
    before, after = (
        packing.asked(made, kind="everything", until=at, as_of=at)
        for at in (story.AT - story.WEEK + HOUR, story.AT)
    )
    withdrawn(made, row)

    found = [collect_frameworks(scope_of(pack)).along for pack in (before, after)]

    assert [[one.id for one in rows][-1] for rows in found] == ["short-rules", "nist-ai-rmf"]
    assert found[0][-1].own.text == SHORT
