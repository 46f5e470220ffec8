"""Files of exactly the filtered list: CSV for people, JSON Lines with the sealed bytes."""

import csv
import hashlib
import io
import json

import pytest

from ledger.models import Entry, Leaf
from ledger.rules.lines import leaf_hash
from ledger.selectors.reach import Reach
from ledger.selectors.search import Wanted, found_page
from tests.governance.ledger_room import bytes_of, sealed, shown, written
from tests.governance.pages import signed_in, text_of
from tests.incidents import factory as cases

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
WHOLE = Reach("nobody", all_systems=True, organisation=True)


@pytest.fixture
def house():
    return cases.house()


def rows(client, path, reader):
    """Return the rows of a CSV file without its head."""
    response = signed_in(client, reader).get(path)
    assert response.status_code == 200, text_of(response)
    return list(csv.DictReader(io.StringIO(bytes_of(response).decode())))


def json_rows(client, path, reader):
    response = signed_in(client, reader).get(path)
    return bytes_of(response).splitlines()


@pytest.mark.parametrize(
    "query", ["verb=system.changed", "refused=1", "about=INC", "person=evaluator", "type=incident"]
)
@pytest.mark.parametrize("reader", ["auditor", "owner", "stranger"])
def test_both_files_hold_exactly_the_list_that_the_reader_sees(client, house, query, reader):
    cases.bring(house, "VALIDATION")
    for system in (house.system, None):
        written(system=system)
        written(verb="request.refused", system=system)
    sealed()
    written()
    person = getattr(house, reader)
    listed = shown(client, f"/ledger/?{query}", person)

    sheet = rows(client, f"/ledger/entries.csv?{query}", person)
    lines = json_rows(client, f"/ledger/entries.jsonl?{query}", person)

    assert [int(row["Entry"]) for row in sheet] == listed[::-1]
    assert [json.loads(line)["number"] for line in lines] == listed[::-1]


def test_the_file_of_exceptions_holds_the_list_of_exceptions(client, house):
    written(verb="request.refused")
    written(verb="hold.set")
    written()
    listed = shown(client, "/ledger/exceptions/?group=silence", house.auditor)

    sheet = rows(client, "/ledger/exceptions.csv?group=silence", house.auditor)
    lines = json_rows(client, "/ledger/exceptions.jsonl", house.auditor)

    assert [int(row["Entry"]) for row in sheet] == listed
    assert [row["Exception"] for row in sheet] == ["Silences and holds"]
    assert len(lines) == 2


def test_json_lines_are_the_exact_sealed_lines_and_mark_what_is_not_sealed(client, house):
    number = written()
    sealed()
    open_number = written()

    first, second = json_rows(client, "/ledger/entries.jsonl?verb=system.changed", house.auditor)

    assert leaf_hash(first) == bytes(Leaf.objects.get(entry_id=number).hash)
    body = bytes(Entry.objects.get(pk=open_number).body)
    assert second == b'{"number":%d,"unsealed":%s}' % (open_number, body)


def test_a_cell_runs_in_no_spreadsheet_program(client, house):
    written(reason='=HYPERLINK("http://x")', subject=("system", "x", "+1 system"))

    (row,) = rows(client, "/ledger/entries.csv?verb=system.changed", house.auditor)

    assert row["Reason"].startswith("'=")
    assert row["Object"] == "'+1 system"


def test_a_row_carries_what_stands_in_the_entry(client, house):
    number = written(
        verb="request.refused",
        before={"a": 1},
        after={"a": 2},
        system=house.system,
        by=cases.acting(house.owner),
    )

    (row,) = rows(client, "/ledger/entries.csv?refused=1", house.auditor)

    body = bytes(Entry.objects.get(pk=number).body)
    assert row["Who"] == house.owner.name
    assert row["Leaf"] == ""
    assert row["Instant (UTC)"] == "2026-11-16T09:00:00.000000Z"
    assert (row["Before"], row["After"]) == ('{"a":1}', '{"a":2}')
    assert row["System id"] == str(house.system.pk)
    assert row["Exception"] == "Refused attempts"
    assert row["SHA-256 of the entry"] == hashlib.sha256(body).hexdigest()


def test_each_download_is_on_record_with_filter_and_count(client, house):
    written()
    for _ in range(2):
        bytes_of(signed_in(client, house.auditor).get("/ledger/entries.csv?verb=system.changed"))

    found = found_page(
        wanted=Wanted(verbs=["ledger.downloaded"]), reach=WHOLE, before=None, limit=9
    )
    assert len(found) == 2
    assert found[0].body["details"]["entries"] == 1
    assert found[0].body["details"]["form"] == "csv"
    assert found[0].body["details"]["filter"] == {"verb": "system.changed"}


def test_too_many_are_refused_in_words(client, house, monkeypatch):
    monkeypatch.setattr(
        "governance.selectors.pages.ledger_sheets.for_file.__kwdefaults__", {"most": 1}
    )
    written()
    written()

    response = signed_in(client, house.auditor).get("/ledger/entries.csv")

    assert response.status_code == 413
    assert "choose a shorter period" in text_of(response)


def test_a_filter_that_cannot_be_read_makes_no_file_of_everything(client, house):
    response = signed_in(client, house.auditor).get("/ledger/entries.csv?since=soon")

    assert response.status_code == 400
    assert "no instant" in text_of(response)
