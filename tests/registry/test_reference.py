"""LAW-03, LAW-05, LAW-06: the law as data, loaded once, one version one content, nothing lost."""

import copy
import datetime as dt
import json
from io import StringIO

import orjson
import pytest
from django.core.management import CommandError, call_command

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry import selectors
from registry.models import ClockRule, Milestone, Provision, ReferenceRelease, Source
from registry.rules.classification import judge
from registry.rules.conditions import facts_in
from registry.selectors.classification import LEGACY
from registry.selectors.law import questionnaire
from registry.selectors.regimes import regime_questions
from registry.services.reference import (
    FILE,
    load_clock_rules,
    load_document,
    load_reference,
    read_document,
    shipped,
)
from registry.services.reference.files import FOLDER, NAMES
from tests.registry.factories import call, person_as_actor, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def document():
    """The clock rules, with their sources loaded, to be changed by a test."""
    call(load_document, document=read_document(FOLDER / "sources.yaml"))
    return copy.deepcopy(read_document(FILE))


def loads():
    rows = Entry.objects.filter(verb="reference.loaded").order_by("pk")
    return [orjson.loads(bytes(row.body)) for row in rows]


# Compared with the clock's own table of sources, not with the file that is loaded.
FACTS = [
    ("gdpr-33", 72, "in_force", dt.date(2018, 5, 25), "personal_data"),
    ("aia-73-2-harm", 15 * 24, "adopted_not_yet_applicable", dt.date(2027, 12, 2), "person_harmed"),
    (
        "aia-73-2-rights",
        15 * 24,
        "adopted_not_yet_applicable",
        dt.date(2027, 12, 2),
        "rights_affected",
    ),
    (
        "aia-73-3-infrastructure",
        48,
        "adopted_not_yet_applicable",
        dt.date(2027, 12, 2),
        "irreversible_outage",
    ),
    ("aia-73-4-death", 240, "adopted_not_yet_applicable", dt.date(2027, 12, 2), "person_died"),
    ("nis2-23-warning", 24, "in_force", dt.date(2024, 10, 18), "critical_service"),
    ("nis2-23-notification", 72, "in_force", dt.date(2024, 10, 18), "critical_service"),
    ("dora-19-initial", 24, "in_force", dt.date(2025, 1, 17), "critical_service"),
]


@pytest.mark.parametrize(("key", "hours", "status", "since", "question"), FACTS)
def test_a_rule_says_its_period_status_and_beginning(key, hours, status, since, question):
    call(load_reference)

    rule = ClockRule.objects.get(pk=key)

    assert (rule.hours, rule.status, rule.statutory_from, rule.question) == (
        hours,
        status,
        since,
        question,
    )


def test_every_rule_names_its_source_and_whether_it_was_checked():
    call(load_reference)

    for rule in ClockRule.objects.all():
        assert rule.source
        assert rule.basis
        assert rule.checked in ("yes", "partly")


def test_loading_twice_changes_nothing(document):
    first = call(load_reference)

    again = call(load_reference)

    assert len(first.of("clock_rules").added) == len(document["rules"])
    assert ClockRule.objects.count() == len(document["rules"])
    assert again.repeated
    assert not again.added
    told = [load for load in loads() if load["object"]["label"].startswith("clock_rules")]
    assert len(told) == ReferenceRelease.objects.filter(name="clock_rules").count() == 1


def test_a_new_version_says_what_it_changes(document):
    call(load_clock_rules, document=document)
    document["version"] = "2027-01-01"
    rule = next(row for row in document["rules"] if row["id"] == "gdpr-33")
    rule["hours"] = 96

    loaded = call(load_clock_rules, document=document)

    assert (loaded.added, loaded.changed, loaded.superseded) == ((), ("gdpr-33",), ())
    assert loads()[-1]["details"]["changed"] == {"gdpr-33": {"hours": [72, 96]}}
    assert ClockRule.objects.get(pk="gdpr-33").hours == 96


def test_a_rule_that_goes_is_kept_as_superseded(document):
    call(load_clock_rules, document=document)
    document["version"] = "2027-01-01"
    document["rules"] = [row for row in document["rules"] if row["id"] != "gdpr-33"]

    loaded = call(load_clock_rules, document=document)

    assert loaded.superseded == ("gdpr-33",)
    assert ClockRule.objects.get(pk="gdpr-33").superseded_in == "2027-01-01"
    assert selectors.clock_rules_for(question="personal_data", legal_class="minimal") == []


def test_one_version_never_holds_two_contents(document):
    call(load_clock_rules, document=document)
    document["rules"][0]["hours"] = 1

    with pytest.raises(Conflict, match="give the new one its own version"):
        call(load_clock_rules, document=document)


@pytest.mark.parametrize("field", ["source", "hours", "checked"])
def test_a_rule_without_a_field_is_refused_by_name(document, field):
    del document["rules"][0][field]

    with pytest.raises(Invalid, match=f"has no {field}"):
        call(load_clock_rules, document=document)


@pytest.mark.parametrize(
    ("question", "legal_class", "armed"),
    [
        ("person_harmed", "high_risk", ["aia-73-2-harm"]),
        ("person_harmed", "undecided", ["aia-73-2-harm"]),
        ("person_harmed", "minimal", []),
        ("personal_data", "minimal", ["gdpr-33"]),
        (
            "critical_service",
            "minimal",
            [
                "cer-15-initial",
                "dora-19-initial",
                "nis2-23-warning",
                "nis2-23-notification",
            ],
        ),
    ],
)
def test_an_answer_arms_the_rules_that_may_apply(question, legal_class, armed):
    call(load_reference)

    rules = selectors.clock_rules_for(question=question, legal_class=legal_class)

    assert [rule.pk for rule in rules] == armed


def test_one_command_loads_all_and_says_so_twice_the_same():
    first, second = StringIO(), StringIO()

    call_command("load_reference", "--json", stdout=first)
    call_command("load_reference", "--json", stdout=second)

    assert json.loads(first.getvalue())["kpis_changed"] > 100
    told = json.loads(second.getvalue())
    assert set(told.pop("releases")) == set(NAMES)
    assert told == {
        "added": [],
        "changed": [],
        "superseded": [],
        "reopened": [],
        "kpis_changed": 0,
    }


def test_the_plan_of_the_command_changes_nothing():
    said = StringIO()

    call_command("load_reference", "--plan", "--json", stdout=said)

    assert "AIA-27" in json.loads(said.getvalue())["added"]
    assert not Provision.objects.exists()
    assert not loads()


def test_files_of_another_folder_are_planned_and_loaded(tmp_path):
    (tmp_path / "clock_rules.yaml").write_text(FILE.read_text().replace("hours: 72", "hours: 71"))
    (tmp_path / "sources.yaml").write_text((FOLDER / "sources.yaml").read_text())
    said = StringIO()

    call_command("load_reference", "--from", str(tmp_path), stdout=said)

    assert ClockRule.objects.get(pk="gdpr-33").hours == 71
    assert not Provision.objects.exists()


@pytest.mark.parametrize("text", ["", "- a list", "name: [", "name: x"])
def test_a_file_that_nobody_can_read_is_refused_in_words(tmp_path, text):
    (tmp_path / "clock_rules.yaml").write_text(text)

    with pytest.raises(CommandError, match=r"clock_rules\.yaml"):
        call_command("load_reference", "--from", str(tmp_path))


def law():
    """Return the shipped AI Act with the sources that it names, to be changed by a test."""
    documents = {one["name"]: one for one in shipped()}
    return copy.deepcopy([documents["sources"], documents["ai_act"]])


def row_of(documents, key):
    return next(row for row in documents[1]["provisions"] if row["id"] == key)


def test_a_change_of_the_law_stands_in_the_ledger_field_by_field():
    call(load_reference, documents=law())
    changed = law()
    changed[1]["version"] = "2027-01-01"
    row_of(changed, "AIA-27")["title"] = "Assessment of fundamental rights"

    loaded = call(load_reference, documents=changed)

    assert loaded.changed == ("AIA-27",)
    assert loads()[-1]["details"]["changed"] == {
        "AIA-27": {
            "title": [
                "Fundamental rights impact assessment before first use",
                "Assessment of fundamental rights",
            ]
        }
    }


def test_a_provision_that_goes_is_kept_as_superseded_and_comes_back():
    call(load_reference, documents=law())
    without, again = law(), law()
    without[1]["version"], again[1]["version"] = "2027-01-01", "2027-02-01"
    without[1]["provisions"] = [row for row in without[1]["provisions"] if row["id"] != "AIA-95"]

    gone = call(load_reference, documents=without)
    kept = Provision.objects.get(pk="AIA-95").superseded_in
    back = call(load_reference, documents=again)

    assert (gone.superseded, kept) == (("AIA-95",), "2027-01-01")
    assert back.changed == ("AIA-95",)
    assert Provision.objects.get(pk="AIA-95").superseded_in == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"condition": {"is": "nothing"}}, "no condition is named"),
        ({"condition": {"tier": "very_high"}}, "there is no tier"),
        ({"condition": {"role": ["deployer", "king"]}}, "there is no role"),
        ({"condition": {"mood": "good"}}, "has no 'mood'"),
        ({"dates": "never"}, "schedule 'never'"),
        ({"dates": [{"milestones": ["T-NONE"], "reading": "own"}]}, "milestone or a reading"),
        ({"sources": ["S99"]}, "source 'S99'"),
    ],
)
def test_law_03_a_row_that_nobody_can_evaluate_is_refused(change, words):
    documents = law()
    documents[1]["version"] = "2027-01-01"
    row_of(documents, "AIA-27").update(change)

    with pytest.raises(Invalid, match=words):
        call(load_reference, documents=documents)


def test_a_milestone_without_a_known_status_is_refused():
    documents = law()
    documents[1]["milestones"][0]["status"] = "maybe"

    with pytest.raises(Invalid, match="has no status 'maybe'"):
        call(load_reference, documents=documents)


def test_a_row_of_another_file_is_not_taken_over():
    call(load_reference, documents=law())
    thief = {
        "name": "thief",
        "version": "1",
        "frameworks": [{**law()[1]["frameworks"][0], "id": "other"}],
        "provisions": [row_of(law(), "AIA-86") | {"condition": {}, "dates": []}],
    }

    with pytest.raises(Invalid, match="is a row of ai_act"):
        call(load_reference, documents=[thief])


def test_a_questionnaire_stays_the_same_row_until_its_questions_change():
    call(load_reference)
    document = copy.deepcopy(next(one for one in shipped() if one["name"] == "regimes"))
    document["version"] = "2027-01-01"
    same = call(load_reference, documents=[document])
    document["version"] = "2027-02-01"
    document["questionnaires"][0]["sections"][0]["questions"][0]["ask"] = "Another question?"

    other = call(load_reference, documents=[document])

    assert not same.added
    assert not same.superseded
    assert other.added == ("reporting-regimes@2027-02-01",)
    assert questionnaire("reporting-regimes").version == "2027-02-01"


def test_only_compliance_and_administrators_load_the_law():
    person = user()

    with pytest.raises(Forbidden) as caught:
        call(load_reference, actor=person_as_actor(person))

    assert "compliance officer" in caught.value.who_can[0]


def test_every_row_names_sources_that_are_known_and_whether_it_was_checked():
    call(load_reference)
    known = set(Source.objects.values_list("pk", flat=True))
    own = {"related_standard"}

    for row in [*Provision.objects.exclude(kind__in=own), *Milestone.objects.all()]:
        assert row.sources, row.pk
        assert set(row.sources) <= known, row.pk
        assert row.checked in ("yes", "partly", "no"), row.pk


def test_every_flag_that_a_condition_asks_for_is_one_that_a_classification_states():
    call(load_reference)
    asked = {
        fact.removeprefix("flag:")
        for row in Provision.objects.all()
        for condition in [row.condition, *(date["when"] for date in row.dates)]
        for fact in facts_in(condition)
        if fact.startswith("flag:")
    }

    stated = judge({}).facts.open | {flag for flag, _, _ in LEGACY} | {"filter_6_3", "profiling"}

    assert asked <= stated


def test_every_regime_of_a_clock_rule_is_a_question():
    call(load_reference)
    asked = {question["id"] for question in regime_questions()}

    used = set(ClockRule.objects.values_list("applies_to", flat=True))

    assert used - {"", "high_risk"} == asked
