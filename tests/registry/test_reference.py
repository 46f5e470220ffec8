"""The law as data: loaded once, the same version always the same, nothing lost."""

import copy
import datetime as dt
import json
from io import StringIO

import orjson
import pytest
from django.core.management import call_command

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Invalid
from registry import selectors
from registry.models import ClockRule, ReferenceRelease
from registry.services.reference import FILE, load_clock_rules, load_reference, read_document
from tests.registry.factories import call

pytestmark = pytest.mark.django_db


@pytest.fixture
def document():
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

    assert len(first.added) == len(document["rules"]) == ClockRule.objects.count()
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
    assert json.loads(second.getvalue()) == {
        "clock_rules": "2026-11-20",
        "added": [],
        "changed": [],
        "superseded": [],
        "kpis_changed": 0,
    }
