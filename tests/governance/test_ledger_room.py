"""The reading room: who finds what, each filter, pages, what is put on record, few queries."""

import datetime as dt

import pytest
from django.db import transaction

from ledger.selectors.lines import lines_of_object
from ledger.selectors.reach import Reach
from ledger.selectors.search import Wanted, found_page
from tests.governance.ledger_room import numbers_in, sealed, shown, written
from tests.governance.pages import AT, queries, seen, signed_in, stand_at, text_of
from tests.incidents import factory as cases
from tests.registry import factories as registry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
WHOLE = Reach("nobody", all_systems=True, organisation=True)


@pytest.fixture
def house():
    return cases.house()


def all_numbers(**wanted):
    found = found_page(wanted=Wanted(**wanted), reach=WHOLE, before=None, limit=1000)
    return [line.number for line in found]


def test_every_door_of_the_room_asks_for_a_sign_in(client):
    paths = (
        "/ledger/", "/ledger/1/", "/ledger/1/line.json", "/ledger/1/proof.tlog-proof",
        "/ledger/entries.csv", "/ledger/entries.jsonl", "/ledger/exceptions/",
        "/ledger/exceptions.csv", "/ledger/exceptions.jsonl", "/ledger/checkpoints/",
        "/ledger/checkpoints/1/", "/ledger/checkpoints/1/note", "/ledger/verifications/",
    )  # fmt: skip

    answers = [client.get(path) for path in paths]

    assert {answer.status_code for answer in answers} == {302}
    assert all("/accounts/login/" in answer["Location"] for answer in answers)


@pytest.mark.parametrize("role", ["auditor", "compliance", "executive"])
def test_who_audits_or_answers_for_the_organisation_finds_everything(client, house, role):
    written()
    cases.opened(house)

    everything = all_numbers()

    assert shown(client, "/ledger/", getattr(house, role)) == everything


def test_an_owner_finds_the_lines_of_their_systems_and_none_of_the_organisation(client, house):
    written(verb="role.granted", subject=("user", "x", "somebody"))
    mine = cases.opened(house)
    cases.opened(cases.house())

    found = shown(client, "/ledger/", house.owner)

    assert found == [
        number for number in all_numbers()
        if number in set(all_numbers(system_ids=[house.system.pk]))
        or number in {line.number for line in lines_of_object(object_type="incident",
                                                              object_id=str(mine.pk))}
    ]  # fmt: skip
    assert found


def test_a_person_without_any_system_is_told_what_would_stand_here(client, house):
    cases.opened(house)

    text = seen(client, "/ledger/", house.stranger)

    assert "Nothing that you may read yet" in text
    assert "Verify now" not in text


def test_counts_tell_nothing_about_what_is_out_of_reach(client, house):
    written(system=house.system)
    written(system=registry.system(of=house.unit))

    narrow = seen(client, "/ledger/?verb=system.changed", house.owner)
    wide = seen(client, "/ledger/?verb=system.changed", house.auditor)

    assert "1 entry" in narrow
    assert "2 entries" in wide


def test_filters_of_the_address_narrow_the_list(client, house):
    incident = cases.opened(house)
    cases.do(incident, "acknowledge", house.owner)
    written(verb="role.granted", subject=("user", "x", "somebody"))
    (opened,) = all_numbers(verbs=["incident.opened"])
    (acknowledged,) = all_numbers(verbs=["incident.acknowledged"])

    def found(query):
        return shown(client, f"/ledger/?{query}", house.auditor)

    assert found("verb=incident.opened") == [opened]
    assert found(f"person={house.owner.name}") == [acknowledged]
    assert found(f"person={house.owner.email}") == [acknowledged]
    assert found(f"person={house.owner.pk}") == [acknowledged]
    assert found(f"about={incident.number.lower()}") == [acknowledged, opened]
    assert opened in found(f"about={house.system.name}")
    assert found(f"number=№ {opened}") == [opened]
    assert found("verb=incident.*&type=incident") == [acknowledged, opened]
    assert found("refused=1") == []
    assert found("channel=admin") == []


def test_times_are_those_of_the_readers_zone(client, house):
    early = written(at=dt.datetime(2026, 11, 16, 7, 30, tzinfo=dt.UTC))
    late = written(at=dt.datetime(2026, 11, 16, 8, 30, tzinfo=dt.UTC))

    before = shown(client, "/ledger/?until=2026-11-16T09:00&verb=system.changed", house.auditor)
    after = shown(client, "/ledger/?since=2026-11-16T09:00&verb=system.changed", house.auditor)

    assert before == [early]
    assert after == [late]


def test_a_field_that_cannot_be_read_says_so_and_nothing_is_looked_for(client, house):
    written()

    response = signed_in(client, house.auditor).get("/ledger/?since=yesterday")

    assert response.status_code == 400
    assert "no instant" in text_of(response)
    assert numbers_in(response) == []


def test_pages_go_on_after_the_last_row(client, house):
    made = [written(verb="system.changed") for _ in range(53)]
    first = shown(client, "/ledger/?verb=system.changed", house.auditor)
    html = client.get("/ledger/?verb=system.changed").content.decode()
    older = html.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")

    rest = shown(client, f"/ledger/{older}", house.auditor)

    assert first + rest == made[::-1]
    assert len(first) == 50


def test_a_row_says_whether_it_is_sealed(client, house):
    written()
    sealed()
    written()

    text = seen(client, "/ledger/", house.auditor)

    assert "not sealed yet" in text
    assert "leaf 0" in text
    assert "Sealed to №" in text


def test_more_than_ten_thousand_are_counted_as_that(client, house, monkeypatch):
    monkeypatch.setattr("governance.selectors.pages.ledger_room.MOST_COUNTED", 2)
    monkeypatch.setattr("ledger.selectors.search.found_count.__kwdefaults__", {"most": 2})
    for _ in range(4):
        written()

    assert "More than 2 entries" in seen(client, "/ledger/?verb=system.changed", house.auditor)


def test_fifty_rows_take_as_many_queries_as_three(client, house):
    for _ in range(3):
        cases.opened(house)
    signed_in(client, house.auditor).get("/ledger/?verb=incident.opened")
    few = queries(client, "/ledger/?verb=incident.opened")
    for _ in range(50):
        cases.opened(house)

    many = queries(client, "/ledger/?verb=incident.opened")

    assert many == few
    # Without what a process keeps for some seconds; of these, eight are the page's own.
    assert many <= 18


def test_an_owners_page_takes_few_queries_more(client, house):
    cases.opened(house)
    signed_in(client, house.owner).get("/ledger/?verb=incident.opened")

    assert queries(client, "/ledger/?verb=incident.opened") <= 23


def test_opening_the_room_is_on_record_once_a_day(client, house):
    signed_in(client, house.auditor).get("/ledger/")
    client.get("/ledger/")
    stand_at(AT + dt.timedelta(hours=25))
    signed_in(client, house.auditor, entered=None).get("/ledger/")

    assert len(all_numbers(verbs=["ledger.consulted"], actor_ids=[str(house.auditor.pk)])) == 2


def test_a_reading_whose_entry_did_not_last_is_put_on_record_by_the_next(client, house):
    signed_in(client, house.auditor)
    with transaction.atomic():
        client.get("/ledger/")
        transaction.set_rollback(True)

    client.get("/ledger/")

    asked = {"verbs": ["ledger.consulted"], "actor_ids": [str(house.auditor.pk)]}
    assert len(all_numbers(**asked)) == 1


def test_a_search_is_on_record_once_an_hour_for_each_filter(client, house):
    signed_in(client, house.auditor)
    for path in ("/ledger/?refused=1", "/ledger/?refused=1&before=9", "/ledger/?number=7"):
        client.get(path)
        client.get(path)

    lines = found_page(wanted=Wanted(verbs=["ledger.searched"]), reach=WHOLE, before=None, limit=9)
    assert [line.body["details"]["filter"] for line in lines] == [{"number": "7"}, {"refused": "1"}]


def test_a_name_that_was_searched_stands_in_the_ledger_as_a_commitment(client, house):
    signed_in(client, house.auditor).get(f"/ledger/?person={house.owner.name}")

    (line,) = found_page(
        wanted=Wanted(verbs=["ledger.searched"]), reach=WHOLE, before=None, limit=9
    )
    assert house.owner.name.encode() not in line.bytes
    assert line.body["details"]["filter"]["person"] == house.owner.name
    assert line.body["details"]["people"] == [str(house.owner.pk)]


def test_names_are_offered_only_to_who_may_read_of_everybody(client, house):
    cases.opened(house)

    wide = signed_in(client, house.auditor).get("/ledger/").content.decode()
    narrow = signed_in(client, house.owner).get("/ledger/").content.decode()

    assert f'<option value="{house.stranger.name}">' in wide
    assert house.stranger.name not in narrow
