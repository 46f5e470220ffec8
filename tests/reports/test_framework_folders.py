"""The folders of the frameworks: each provision with evidence or as a named gap (REP-1, GOV-3)."""

import csv
import json
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from posixpath import normpath
from subprocess import PIPE
from types import SimpleNamespace

import msgspec
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from ledger.rules.worded import as_text
from reports.collectors.frameworks import collect_frameworks
from reports.collectors.registered import collect_registered
from reports.rules.evidence_files import FILES
from reports.rules.folders import folder_of
from reports.rules.frameworks import Frameworks, Registered
from reports.rules.gaps import gaps_of, letters_by_control
from reports.rules.shared import Shared
from reports.selectors.control_map import control_map
from reports.selectors.packs import scope_of
from tests.registry.law_house import classified
from tests.reports import packing, story
from tests.reports.control_house import HIGH, ids

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
AI_ACT, ISO, NIST = "ai-act", "iso-42001", "nist-ai-rmf"
BOM = JsonStrictValidator(SchemaVersion.V1_6)
ARTICLES = {f"art{number}" for number in (*range(9, 16), 17, 26, 27, 72, 73)}


class Page(HTMLParser):
    """The links, ids and tags of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.tags = [], set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        given = dict(attrs)
        self.links += [given["href"]] if "href" in given else []
        self.ids |= {given["id"]} if "id" in given else set()


def data_of(pack, name):
    """Return a JSON file of a pack."""
    return json.loads(packing.read(pack, f"data/{name}"))


def rows_of(pack, name):
    """Return the rows of a CSV file of a pack."""
    lines = packing.read(pack, f"data/{name}").decode().splitlines()
    return list(csv.DictReader(lines))


def pages_of(pack):
    """Return the pages of a pack by their names below data/."""
    names = [name for name in packing.names_in(pack) if name.endswith(".html")]
    return {name.removeprefix("data/"): Page(packing.read(pack, name).decode()) for name in names}


def controls_in(pack):
    """Return every control of every folder of a pack by its provision."""
    names = [name for name in packing.names_in(pack) if name.endswith("/controls.json")]
    return {
        one["provision"]: one
        for name in names
        for one in data_of(pack, name.removeprefix("data/"))["controls"]
    }


def judged_of(**wanted):
    """Return what is judged for a pack of the story's system, without building it."""
    made = story.closed_story()
    classified(made.system, **HIGH)
    return collect_frameworks(scope_of(packing.asked(made, **wanted)))


def high_risk(**wanted):
    """Return a pack of the story's system, classified as high-risk."""
    made = story.closed_story()
    classified(made.system, **HIGH)
    return packing.built(made, **wanted)


def letters_of(judged):
    """Return the letters of the gaps that each provision waits for, where nothing else is amiss."""
    scope = SimpleNamespace(as_of=story.AT, zone="Europe/Berlin")
    content = SimpleNamespace(scope=scope, systems=(), shared=Shared(), frameworks=judged)
    return letters_by_control(gaps_of(content), judged)


@pytest.mark.usefixtures("law")
def test_every_annex_iv_item_and_every_control_has_evidence_or_a_lettered_gap():
    judged = judged_of()
    letters, evidence = letters_of(judged), {one.key: one for one in judged.evidence}

    found = {one.provision: one for row in judged.along for one in row.controls}

    assert ids("annex_iv", of=AI_ACT) | ids("control", of=ISO) <= set(found)
    assert set(found) == {
        *ids("annex_iv", of=AI_ACT), *ids("obligation", of=AI_ACT), *ids("clause", of=ISO),
        *ids("control", of=ISO), *ids("category", of=NIST),
    }  # fmt: skip
    for key, one in found.items():
        shown = any(evidence[name].standing == "present" for name in one.rests_on)
        assert one.state != "satisfied" or shown, key
        assert one.state in ("satisfied", "not_applicable") or letters[key], key


@pytest.mark.usefixtures("law")
def test_what_waits_for_something_is_never_satisfied():
    judged = judged_of(kind="iso_42001")
    waiting = {key for one in judged.lacking for key in one.provisions} - {"ISO-6.1.3"}

    states = {one.state for row in judged.along for one in row.controls if one.provision in waiting}

    assert states <= {"partial", "stale", "missing"}


@pytest.mark.full
@pytest.mark.usefixtures("law")
@pytest.mark.parametrize(
    ("kind", "along"),
    [
        ("eu_ai_act", [AI_ACT]),
        ("iso_42001", [ISO]),
        ("nist_ai_rmf", [NIST]),
        ("everything", [AI_ACT, ISO, NIST]),
    ],
)
def test_a_kind_of_pack_brings_its_own_framework(kind, along):
    judged = judged_of(kind=kind)

    assert [row.id for row in judged.along] == along


@pytest.mark.usefixtures("law")
def test_that_no_statement_of_applicability_was_adopted_is_a_gap():
    judged = judged_of(kind="iso_42001")

    (row,) = judged.along
    (clause,) = [one for one in row.controls if one.provision == "ISO-6.1.3"]

    assert row.statement == []
    assert clause.state != "satisfied"
    assert clause.missing[-1] == "No statement of applicability was adopted"
    assert judged.lacking[0].lack.startswith("No statement of applicability was adopted")


@pytest.mark.full
@pytest.mark.usefixtures("law")
def test_what_is_kept_on_disk_is_what_was_collected():
    made = story.closed_story()
    classified(made.system, **HIGH)
    scope = scope_of(packing.asked(made))
    judged, held = collect_frameworks(scope), Registered(rows=collect_registered(scope))

    again = [
        msgspec.json.decode(msgspec.json.encode(one, enc_hook=as_text), type=kind)
        for one, kind in ((judged, Frameworks), (held, Registered))
    ]

    assert again == [judged, held]
    assert {row.of for row in held.rows} == {"classifications"}


def test_every_source_of_the_map_has_its_files_named():
    assert set(FILES) == set(control_map().sources)


@pytest.mark.parametrize(
    ("framework", "provision", "folder"),
    [
        (AI_ACT, "IV.2.g", "eu-ai-act/annex-iv/2"),
        (AI_ACT, "AIA-26.5", "eu-ai-act/art26"),
        (AI_ACT, "AIA-4a", "eu-ai-act/art4a"),
        (ISO, "ISO-6.1.2", "iso42001/6"),
        (ISO, "ISO-10.2", "iso42001/10"),
        (ISO, "ISO-A.6.2.4", "iso42001/A.6"),
        (NIST, "GOVERN-1", "nist-ai-rmf/govern-1"),
        ("our-own", "OWN-1", "frameworks/our-own"),
    ],
)
def test_a_provision_stands_in_the_folder_of_its_article_clause_or_category(
    framework, provision, folder
):
    assert folder_of(framework, provision) == folder


@pytest.mark.full
@pytest.mark.usefixtures("law", "without_pango")
def test_a_pack_has_the_folders_of_the_layout_and_passes_its_checks():
    pack = high_risk()

    names = set(packing.names_in(pack))

    assert (pack.failure, packing.faults_of(pack)) == ("", [])
    for folder in (
        *(f"eu-ai-act/annex-iv/{number}" for number in range(1, 10)),
        *(f"eu-ai-act/{article}" for article in ARTICLES),
        *(f"iso42001/{clause}" for clause in (4, 5, 6, 7, 8, 9, 10)),
        *(f"iso42001/A.{number}" for number in range(2, 11)),
        "nist-ai-rmf/govern-1",
        "nist-ai-rmf/manage-4",
    ):
        assert {f"data/{folder}/controls.json", f"data/{folder}/index.html"} <= names, folder


@pytest.mark.full
@pytest.mark.usefixtures("law", "without_pango")
def test_controls_evidence_and_gaps_of_a_pack_answer_to_each_other():
    pack = high_risk()
    names = {name.removeprefix("data/") for name in packing.names_in(pack)}
    lettered = {row["letter"] for row in rows_of(pack, "exceptions/gaps.csv")}

    found = controls_in(pack)

    assert ids("annex_iv", of=AI_ACT) | ids("control", of=ISO) <= set(found)
    for key, one in found.items():
        assert set(one["gaps"]) <= lettered, key
        assert one["gaps"] or one["state"] in ("satisfied", "not_applicable"), key
        for piece in one["evidence"]:
            assert set(piece["files"]) <= names, (key, piece["source"])
            assert piece["files"] or not piece["count"], (key, piece["source"])
    assert all(it["confidence"] for one in found.values() for it in one["aligned"])


@pytest.mark.full
@pytest.mark.usefixtures("law", "without_pango")
def test_every_link_of_every_page_leads_into_the_pack_and_nothing_runs_or_is_fetched():
    pack = high_risk()
    names, pages = set(packing.names_in(pack)), pages_of(pack)

    assert len(pages) > 80
    for name, page in pages.items():
        folder = f"data/{name}".rpartition("/")[0]
        assert page.tags.isdisjoint({"script", "link", "img", "iframe"}), name
        for link in page.links:
            path, _, place = link.partition("#")
            target = normpath(f"{folder}/{path}") if path else f"data/{name}"
            assert target in names, (name, link)
            if place.startswith("gap-"):
                assert place in pages[target.removeprefix("data/")].ids, (name, link)


@pytest.mark.full
@pytest.mark.usefixtures("law", "without_pango")
def test_the_contents_go_by_clause_and_article():
    pack = high_risk()

    text = packing.read(pack, "data/index.html").decode()

    for said in (
        "By clause and article",
        "Article 9: Risk management system",
        "Annex IV, item 2",
        "Annex A.6: The life of an AI system",
        'href="eu-ai-act/art73/index.html"',
    ):
        assert said in text, said


@pytest.mark.full
@pytest.mark.usefixtures("law", "without_pango")
def test_the_bill_of_materials_is_strict_cyclonedx_of_each_system():
    made = story.closed_story()
    other = story.another_system(made)

    pack = packing.built(made, breadth="organisation")

    for name in ("bom/mlbom.cdx.json", f"bom/{other.slug}/mlbom.cdx.json"):
        text = packing.read(pack, f"data/{name}").decode()
        assert BOM.validate_str(text) is None, name
    cards = [
        part for part in data_of(pack, "bom/mlbom.cdx.json")["components"] if "modelCard" in part
    ]
    assert cards


@pytest.mark.full
@pytest.mark.usefixtures("law", "without_pango")
def test_the_assessment_results_are_oscal(tmp_path):
    pack = high_risk()
    path = tmp_path / "assessment-results.json"
    path.write_bytes(packing.read(pack, "data/oscal/assessment-results.json"))

    read = subprocess.run([ROOT / "bin/oscal-check", path], check=True, timeout=900, stdout=PIPE)

    found = json.loads(read.stdout)
    assert found["results"] == 3
    assert set(found["states"]) <= {"satisfied", "not-satisfied"}


@pytest.mark.full
@pytest.mark.usefixtures("law", "without_pango")
def test_a_finding_is_satisfied_only_where_the_control_is():
    pack = high_risk()
    states = {key: one["state"] for key, one in controls_in(pack).items()}
    results = data_of(pack, "oscal/assessment-results.json")["assessment-results"]["results"]

    found = {
        one["target"]["target-id"]: one["target"]["status"]["state"]
        for row in results
        for one in row["findings"]
    }

    assert set(found) == {key for key, state in states.items() if state != "not_applicable"}
    assert all((found[key] == "satisfied") == (states[key] == "satisfied") for key in found)


@pytest.mark.full
@pytest.mark.usefixtures("law", "without_pango")
def test_the_same_pack_built_again_is_the_same_bytes():
    pack = high_risk()
    before = pack.sha256

    again = packing.again(pack)

    assert again.sha256 == before


@pytest.mark.full
@pytest.mark.usefixtures("law", "without_pango")
def test_a_customer_gets_no_name_and_no_typed_text_in_the_folders():
    pack = high_risk(recipient="customer")

    texts = [
        packing.read(pack, name).decode()
        for name in packing.names_in(pack)
        if name.startswith(
            ("data/eu-ai-act", "data/iso42001", "data/evidence", "data/organisation")
        )
        or name.endswith("classifications.json")
    ]

    assert (pack.failure, packing.faults_of(pack)) == ("", [])
    assert not [text[:200] for text in texts if "Jonas Weber" in text or "Maren Vogt" in text]
    assert '"withheld": "withheld from this recipient"' in "".join(texts)


@pytest.mark.full
@pytest.mark.usefixtures("law", "without_pango")
def test_an_incident_file_hands_over_no_folders():
    made = story.closed_story()

    pack = packing.built(made, kind="incident", breadth="matters", incident_id=made.incident.pk)

    assert pack.failure == ""
    assert not [name for name in packing.names_in(pack) if name.endswith("controls.json")]
    assert "data/bom/mlbom.cdx.json" not in packing.names_in(pack)
