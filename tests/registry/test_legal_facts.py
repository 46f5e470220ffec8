"""GOV-3, LAW-01, LAW-02, LAW-04, LAW-05, LAW-06: facts of the law asked of the API and the pages.

The facts stand here as literals, read from the sources by hand, not from the files that are loaded.
Each is answered with its source and its status.
"""

import pytest
from django.db import transaction

from tests.registry.law_house import House

pytestmark = pytest.mark.django_db

FUTURE, APPLIES = "adopted_future", "adopted_applicable"
LATER = "adopted_not_yet_applicable"


@pytest.fixture(scope="module")
def house(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield House()
        transaction.set_rollback(True)


# Milestone, date, in words, status, in words, a source.
DATES = [
    ("T-EIF", "2024-08-01", "1 August 2024", "adopted_in_force", "in force", "S18"),
    ("T-CH1-2", "2025-02-02", "2 February 2025", APPLIES, "applies", "S10"),
    ("T-GPAI", "2025-08-02", "2 August 2025", APPLIES, "applies", "S11"),
    ("T-OMNIBUS-EIF", "2026-07-27", "27 July 2026", APPLIES, "applies", "S09"),
    ("T-GENERAL", "2026-08-02", "2 August 2026", APPLIES, "applies", "S02"),
    ("T-ART5-NEW", "2026-12-02", "2 December 2026", FUTURE, "date still ahead", "S12"),
    ("T-ART50-2-LEGACY", "2026-12-02", "2 December 2026", FUTURE, "date still ahead", "S10"),
    ("T-GPAI-LEGACY", "2027-08-02", "2 August 2027", FUTURE, "date still ahead", "S12"),
    ("T-SANDBOX", "2027-08-02", "2 August 2027", FUTURE, "date still ahead", "S09"),
    ("T-HR-ANNEX3", "2027-12-02", "2 December 2027", FUTURE, "date still ahead", "S11"),
    ("T-NB-APPLY", "2028-01-28", "28 January 2028", FUTURE, "date still ahead", "S02"),
    ("T-HR-ANNEX1", "2028-08-02", "2 August 2028", FUTURE, "date still ahead", "S09"),
    ("T-PUBLIC-LEGACY", "2030-08-02", "2 August 2030", FUTURE, "date still ahead", "S17"),
    ("T-ANNEX10", "2030-12-31", "31 December 2030", FUTURE, "date still ahead", "S02"),
    ("T-HR-ANNEX3-ORIG", "2026-08-02", "2 August 2026", "superseded", "replaced", "S26"),
    ("T-HR-ANNEX1-ORIG", "2027-08-02", "2 August 2027", "superseded", "replaced", "S17"),
    ("T-PROP-STOPCLOCK", None, "no date", "proposed_not_adopted", "not law", "S17"),
    ("T-PROP-ART4", None, "no date", "proposed_not_adopted", "not law", "S18"),
    ("T-PROP-49-2", None, "no date", "proposed_not_adopted", "not law", "S17"),
    ("T-PROP-DATA-OMNIBUS", None, "no date", "proposed_not_adopted", "not law", "S25"),
    ("T-GUIDE-ART6", None, "no date", "draft_guidance", "not binding", "S18"),
    ("T-GUIDE-ART73", None, "no date", "draft_guidance", "not binding", "S20"),
    ("T-GUIDE-ART50", "2026-07-20", "20 July 2026", "guidance_final", "not binding", "S02"),
    ("T-STANDARDS", None, "no date", "pending", "awaited", "S18"),
    ("T-OPEN-73", "2026-08-02", "2 August 2026", "interpretation_open", "open reading", "S13"),
    ("T-OPEN-49-2", "2026-08-02", "2 August 2026", "interpretation_open", "open reading", "S19"),
]


@pytest.mark.parametrize(("key", "date", "day", "status", "words", "source"), DATES)
def test_a_date_of_the_law_has_its_status_and_source(house, key, date, day, status, words, source):
    row = next(row for row in house.json("law/milestones/") if row["id"] == key)
    said = house.page("/law/")

    assert (row["date"], row["status"]) == (date, status)
    assert source in row["sources"]
    assert row["plain_date"] == (status.startswith("adopted_") and date is not None)
    beside = said[: said.index(f"· {key} ")].rpartition("·")[2]
    assert day in said
    assert words in beside


@pytest.mark.parametrize(
    ("old", "new"), [("T-HR-ANNEX3-ORIG", "T-HR-ANNEX3"), ("T-HR-ANNEX1-ORIG", "T-HR-ANNEX1")]
)
def test_a_replaced_date_stays_and_names_what_took_its_place(house, old, new):
    row = next(row for row in house.json("law/milestones/") if row["id"] == old)

    assert row["superseded_by"] == new
    assert f"replaced by {new}" in house.page("/law/")


# Clock rule, hours, status, since, checked, a source, words on the page.
CLOCKS = [
    ("aia-73-2-harm", 360, LATER, "2027-12-02", "yes", "S13", "360 h"),
    ("aia-73-2-rights", 360, LATER, "2027-12-02", "yes", "S15", "360 h"),
    (
        "aia-73-3-infrastructure",
        48,
        LATER,
        "2027-12-02",
        "yes",
        "S12",
        "48 h",
    ),
    ("aia-73-3-widespread", 48, LATER, "2027-12-02", "yes", "S12", "48 h"),
    ("aia-73-4-death", 240, LATER, "2027-12-02", "yes", "S13", "240 h"),
    ("aia-26-5-notice", 24, "draft_guidance", None, "yes", "S20", "Draft guidance"),
    ("aia-55-1-c", 0, "in_force", "2025-08-02", "yes", "S21", "without undue delay"),
    ("gdpr-33", 72, "in_force", "2018-05-25", "yes", "S22", "72 h"),
    ("gdpr-34", 0, "in_force", "2018-05-25", "yes", "S23", "without undue delay"),
    ("nis2-23-warning", 24, "in_force", "2024-10-18", "yes", "S23", "24 h"),
    ("nis2-23-notification", 72, "in_force", "2024-10-18", "yes", "S20", "72 h"),
    ("nis2-23-final", 0, "in_force", "2024-10-18", "yes", "S23", "one month"),
    ("dora-19-classified", 4, "in_force", "2025-01-17", "yes", "S22", "4 h"),
    ("dora-19-initial", 24, "in_force", "2025-01-17", "yes", "S22", "24 h"),
    ("dora-19-interim", 72, "in_force", "2025-01-17", "yes", "S22", "72 h"),
    ("dora-19-final", 0, "in_force", "2025-01-17", "yes", "S22", "one month"),
    ("cer-15-initial", 24, "in_force", "2024-10-18", "partly", "S20", "partly checked"),
    ("cra-14-warning", 24, "in_force", "2026-09-11", "yes", "S27", "24 h"),
    ("cra-14-notification", 72, "in_force", "2026-09-11", "yes", "S27", "72 h"),
    ("cra-14-final-vulnerability", 336, "in_force", "2026-09-11", "yes", "S27", "14 days"),
    ("mdr-87", 360, "in_force", "2021-05-26", "yes", "S24", "360 h"),
    ("mdr-87-threat", 48, "in_force", "2021-05-26", "yes", "S24", "48 h"),
    ("mdr-87-death", 240, "in_force", "2021-05-26", "yes", "S24", "240 h"),
]


@pytest.mark.parametrize(("key", "hours", "status", "since", "checked", "source", "words"), CLOCKS)
def test_law_06_a_clock_has_its_time_status_and_source(
    house, key, hours, status, since, checked, source, words
):
    row = next(row for row in house.json("law/clock-rules/") if row["id"] == key)
    said = house.page("/law/clocks/")

    assert (row["hours"], row["status"], row["statutory_from"]) == (hours, status, since)
    assert row["checked"] == checked
    assert source in row["sources"]
    assert words in said[said.index(row["basis"]) :]


# Provision, who owes it, who supports it, a source, words on its page.
WHO = [
    ("AIA-4", ["provider", "deployer"], [], "S12", "Provider, Deployer"),
    ("AIA-9", ["provider"], [], "S03", "Provider"),
    ("AIA-14", ["provider"], ["deployer"], "S03", "supporting: Deployer"),
    ("AIA-23", ["importer"], [], "S01", "Importer"),
    ("AIA-24", ["distributor"], [], "S01", "Distributor"),
    ("AIA-26.5", ["deployer"], [], "S13", "Deployer"),
    ("AIA-27", ["deployer"], [], "S04", "Deployer"),
    ("AIA-50.1", ["provider"], [], "S12", "Provider"),
    ("AIA-50.4", ["deployer"], [], "S12", "Deployer"),
    ("AIA-52.1", ["provider"], [], "S14", "Provider"),
    ("AIA-73", ["provider", "deployer"], [], "S15", "Provider, Deployer"),
    ("AIA-73.6", ["provider", "deployer"], [], "S20", "Provider, Deployer"),
]


@pytest.mark.parametrize(("key", "who", "supporting", "source", "words"), WHO)
def test_law_01_and_02_a_provision_says_who_owes_it(house, key, who, supporting, source, words):
    row, said = house.json(f"law/provisions/{key}"), house.page(f"/law/ai-act/{key}/")

    assert (row["who"], row["supporting"]) == (who, supporting)
    assert source in row["sources"]
    assert words in said
    assert "checked" in said.lower()


# Provision, a field of what it says, its value, words on its page.
SAID = [
    ("P1", "max_eur", 35_000_000, "35,000,000"),
    ("P1", "max_pct", 7, "7"),
    ("P2", "max_eur", 15_000_000, "15,000,000"),
    ("P3", "max_pct", 1, "1"),
    ("AIA-18", "retention", "P10Y", "P10Y"),
    ("AIA-19", "retention_min", "P6M", "P6M"),
    ("AIA-26.6", "retention_min", "P6M", "P6M"),
    ("AIA-73.2", "days", 15, "15 days"),
    ("AIA-73.3", "days", 2, "2 days"),
    ("AIA-73.4", "days", 10, "10 days"),
    ("I.B.21", "act", "Reg. (EU) 2023/1230", "Machinery"),
    ("I.A.11", "act", "Reg. (EU) 2017/745", "Medical devices"),
    ("III.2", "registration", "national level (49(5))", "national level"),
    ("III.6", "registration", "secure non-public section (49(4))", "non-public"),
]


@pytest.mark.parametrize(("key", "field", "value", "words"), SAID)
def test_a_provision_says_its_numbers_and_names(house, key, field, value, words):
    row, said = house.json(f"law/provisions/{key}"), house.page(f"/law/ai-act/{key}/")

    assert row["document"][field] == value
    assert row["sources"]
    assert words in said


@pytest.mark.parametrize("key", ["VIII.B.7", "VIII.B.9"])
def test_what_the_amendment_took_out_is_kept_as_deleted(house, key):
    assert house.json(f"law/provisions/{key}")["status"] == "deleted"
    assert "deleted" in house.page(f"/law/ai-act/{key}/")


# System, provision, due (None: no plain date), status, words on its page.
OWED = [
    ("credit", "AIA-4", "2025-02-02", APPLIES, "2 February 2025"),
    ("credit", "AIA-5", "2025-02-02", APPLIES, "2 December 2026"),
    ("credit", "AIA-26.5", "2027-12-02", FUTURE, "2 December 2027"),
    ("credit", "AIA-26.6", "2027-12-02", FUTURE, "2 December 2027"),
    ("credit", "AIA-27", "2027-12-02", FUTURE, "2 December 2027"),
    ("credit", "AIA-86", "2027-12-02", FUTURE, "2 December 2027"),
    ("credit", "AIA-73", None, "interpretation_open", "by one reading from 2 August 2026"),
    ("grid", "AIA-49.3", "2027-12-02", FUTURE, "2 December 2027"),
    ("grid", "AIA-26.8", "2027-12-02", FUTURE, "2 December 2027"),
    ("device", "AIA-9", "2028-08-02", FUTURE, "2 August 2028"),
    ("device", "AIA-43", "2028-08-02", FUTURE, "2 August 2028"),
    ("device", "AIA-72", None, "interpretation_open", "at the latest from 2 August 2028"),
    ("chatbot", "AIA-50.1", "2026-08-02", APPLIES, "2 August 2026"),
    ("chatbot", "AIA-50.2", "2026-08-02", APPLIES, "2 August 2026"),
    ("filtered", "AIA-6.4", "2027-12-02", FUTURE, "2 December 2027"),
    ("filtered", "AIA-49.2", None, "interpretation_open", "by one reading"),
    ("model", "AIA-53.1.a", "2025-08-02", APPLIES, "2 August 2025"),
    ("model", "AIA-55.1.c", "2025-08-02", APPLIES, "2 August 2025"),
]


@pytest.mark.parametrize(("name", "key", "due", "status", "words"), OWED)
def test_law_05_a_system_owes_it_by_the_status_of_its_own_milestone(
    house, name, key, due, status, words
):
    one, said = house.owed(name, key), house.obligations_page(name)

    assert (one["applies"], one["due"], one["status"]) == ("yes", due, status)
    assert one["sources"]
    assert words in said[said.index(one["title"]) :]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("credit", "AIA-9"),
        ("credit", "AIA-50.1"),
        ("credit", "AIA-49.3"),
        ("grid", "AIA-27"),
        ("grid", "AIA-86"),
        ("device", "AIA-6.4"),
        ("device", "AIA-26"),
        ("device", "AIA-49.1"),
        ("chatbot", "AIA-50.3"),
        ("filtered", "AIA-9"),
        ("model", "AIA-9"),
    ],
)
def test_what_a_system_does_not_owe_is_not_listed(house, name, key):
    assert house.owed(name, key) is None


def test_law_02_oversight_by_design_only_supports_the_deployer(house):
    one = house.owed("credit", "AIA-14")

    assert one["supporting"]
    assert "Human oversight by design" in house.obligations_page("credit")


def test_law_04_the_assessment_of_art_6_4_has_no_date_of_annex_i(house):
    dates = house.json("law/provisions/AIA-6.4")["dates"]

    named = {one["id"] for line in dates for one in line["milestones"]}

    assert "T-HR-ANNEX1" not in named
    assert {"T-HR-ANNEX3", "T-OPEN-49-2"} <= named


def test_the_replaced_date_stands_beside_the_one_that_counts(house):
    one = house.owed("credit", "AIA-27")

    assert [old["date"] for old in one["dates"][0]["replaced"]] == ["2026-08-02"]
    assert "replaced: 2 August 2026" in house.obligations_page("credit")
