"""What was lived through stands in a pack: lists, files, exceptions, gaps (REP-1)."""

import csv
import io
import json

import pytest

from tests.reports import lived, packing, story

pytestmark = [pytest.mark.django_db, pytest.mark.full]
EXCEPTIONS = {
    "acceptance",
    "silence",
    "break-glass",
    "recorded vote",
    "approved alone",
    "emergency stop",
    "dissent",
    "recusal",
}
GAPS = (
    "the stop of 2027-01-21 09:00 UTC is not ratified",
    "condition 1 is overdue: Test 2.2 on the tariff.",
    "RA-2027-00001: the accepted risk was not reviewed in time",
    "700 of 2864 people put right, not reconciled",
    "MTG-2027-00001: the minutes are not approved",
    "Access taken in an emergency over Claims approval was not reviewed",
)


@pytest.fixture
def pack(without_pango):
    """A pack of the story's system after everything that may be lived through."""
    return packing.built(lived.live_through(story.closed_story()))


def rows(pack, name):
    """Return the rows of a CSV file of a pack."""
    return list(csv.DictReader(io.StringIO(packing.read(pack, name).decode())))


def test_every_section_has_its_lists_and_files(pack):
    names = {name.removeprefix("data/") for name in packing.names_in(pack)}

    counts = {
        name: len(rows(pack, f"data/{name}.csv"))
        for name in (
            "acceptances/acceptances", "acceptances/proposals", "clocks/duties", "clocks/drafts",
            "clocks/submissions", "programmes/programmes", "containments/containments",
            "containments/interim-measures", "orders/orders", "drills/drills",
            "conditions/conditions", "silences/silences", "meetings/meetings",
            "meetings/recorded-votes", "people/break-glass", "people/approved-alone",
        )
    }  # fmt: skip

    assert packing.faults_of(pack) == []
    assert counts == dict.fromkeys(counts, 1) | {"clocks/duties": 3}
    assert {
        "acceptances/ra-2027-00001.json",
        "acceptances/proposal-ap-2027-00001.json",
        "clocks/inc-2026-00041-ai-act-1.json",
        "orders/so-2026-00001.json",
        "drills/inc-2026-00099.json",
        "meetings/mtg-2027-00001.json",
    } <= names


def test_why_nothing_was_reported_stands_beside_what_was(pack):
    found = [row for row in rows(pack, "data/clocks/duties.csv") if row["rule"] == "a-rule"]
    duties = {row["counted_as"]: row for row in found}

    (sent,) = rows(pack, "data/clocks/submissions.csv")

    assert duties["the earliest awareness"]["submission"] == sent["id"]
    assert duties["the provider's awareness"]["not_reportable_because"] == "No harm."


def test_an_item_about_another_matter_is_named_by_its_place_alone(pack):
    meeting = json.loads(packing.read(pack, "data/meetings/mtg-2027-00001.json"))

    ours, other = meeting["agenda"]

    assert (ours["title"], ours["withheld"]) == ("Roll back", False)
    assert (other["title"], other["withheld"]) == ("another matter than the pack's", True)
    assert meeting["minutes"][0]["content"] is None


def test_what_is_out_of_the_ordinary_is_listed_as_an_exception(pack):
    found = {row["kind"] for row in rows(pack, "data/exceptions/all.csv")}

    assert found >= EXCEPTIONS


def test_what_was_left_undone_is_a_named_gap(pack):
    gaps = [row["what"] for row in rows(pack, "data/exceptions/gaps.csv")]

    missing = [words for words in GAPS if not any(words in gap for gap in gaps)]

    assert missing == []
