"""Checkpoints, keys and verifications: who sees them, what was checked, what to do after a FAIL."""

import datetime as dt

import pytest

from ledger.models import VerificationRun
from ledger.selectors.checkpoints import keys, newest_seal, seals
from ledger.services.verification import run_waiting
from tests.governance.ledger_room import bytes_of, sealed, written
from tests.governance.pages import AT, queries, seen, signed_in, text_of
from tests.incidents import factory as cases

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]


@pytest.fixture
def house():
    return cases.house()


def several(count):
    for minute in range(count):
        written()
        sealed(AT + dt.timedelta(minutes=minute))


def asked(client, house):
    """Ask for a verification as the auditor; return its address."""
    return signed_in(client, house.auditor).post("/ledger/verifications/")["Location"]


def test_checkpoints_are_listed_with_key_and_what_they_added(client, house):
    several(2)

    text = seen(client, "/ledger/checkpoints/", house.auditor)

    assert keys()[0].vkey in text.replace("&#x2B;", "+")
    assert newest_seal().root.hex()[:4] in text
    assert "in force" in text
    assert "No authority is set up" in text


def test_the_list_costs_as_many_queries_for_fifty_as_for_two(client, house):
    several(2)
    signed_in(client, house.auditor)
    few = queries(client, "/ledger/checkpoints/")

    several(51)

    assert queries(client, "/ledger/checkpoints/") == few


def test_older_checkpoints_stand_on_the_next_page(client, house):
    several(51)
    signed_in(client, house.auditor)
    html = client.get("/ledger/checkpoints/").content.decode()

    older = html.partition('rel="next" href="')[2].partition('"')[0]
    rest = client.get(f"/ledger/checkpoints/{older}").content.decode()

    first = f'<a href="/ledger/checkpoints/{seals(limit=1)[0].size}/">'
    assert html.count('<th scope="row" class="num"><a href="/ledger/checkpoints/') == 50
    assert first in rest
    assert first not in html


def test_a_checkpoint_is_shown_with_what_was_checked_of_it(client, house):
    several(3)
    size = newest_seal().size

    text = seen(client, f"/ledger/checkpoints/{size}/", house.auditor)

    assert "PASS The checkpoint is signed by key" in text
    assert f"PASS It extends the checkpoint of {size - 1}" in text
    assert newest_seal().root.hex() in text


def test_a_checkpoint_that_does_not_extend_the_one_before_fails(client, house, monkeypatch):
    several(3)
    monkeypatch.setattr(
        "governance.selectors.pages.ledger_checkpoints.consistency_proof",
        lambda *, first, size: [b"\0" * 32] * 2,
    )

    text = seen(client, f"/ledger/checkpoints/{newest_seal().size}/", house.auditor)

    assert "FAIL It does not extend the checkpoint" in text


def test_the_note_is_downloaded_as_it_was_signed(client, house):
    several(1)
    seal = newest_seal()

    response = signed_in(client, house.owner).get(f"/ledger/checkpoints/{seal.size}/note")

    assert bytes_of(response).decode() == seal.note
    assert response["Content-Disposition"] == f'attachment; filename="checkpoint-{seal.size}"'


def test_what_is_not_there_is_said(client, house):
    several(1)

    assert seen(client, "/ledger/checkpoints/999/", house.auditor, status=404)
    assert seen(client, "/ledger/checkpoints/2/1.tsr", house.auditor, status=404)


def test_checkpoints_that_are_published_to_nobody_are_for_those_who_audit(client, house, settings):
    several(1)
    settings.LEDGER_CHECKPOINT_FOR = "nobody"

    assert seen(client, "/ledger/checkpoints/", house.auditor)
    assert seen(client, "/ledger/checkpoints/", house.owner, status=403)


def test_before_the_first_seal_the_page_says_how_it_begins(client, house):
    assert "Nothing is sealed yet" in seen(client, "/ledger/checkpoints/", house.auditor)


def test_a_verification_is_asked_for_watched_and_found_whole(client, house):
    several(1)
    page = asked(client, house)
    waits = text_of(client.get(page))

    run_waiting(AT)

    done = text_of(client.get(page))
    assert "Waiting for a worker" in waits
    assert "You can leave this page" in waits
    assert "The ledger is as it was sealed" in done
    assert "PASS lines" in done
    assert house.auditor.name in done


def test_a_verification_that_failed_names_the_entry_and_what_to_do(client, house):
    several(1)
    page = asked(client, house)
    VerificationRun.objects.update(
        state="failed",
        size=2,
        failure="lines: entry 2 does not hash to its leaf",
        first_bad=2,
        finished_at=AT,
        claims=[{"name": "lines", "result": "FAIL", "words": "entry 2 does not", "entry": 2}],
    )

    html, text = client.get(page).content.decode(), text_of(client.get(page))

    assert "The ledger is not as it was sealed" in text
    assert 'href="/ledger/2/"' in html
    assert "Change nothing" in text
    assert "docs/ledger/when-it-fails.md" in text
    assert "FAIL lines" in text


def test_a_verification_without_an_end_says_that_nothing_is_known(client, house):
    page = asked(client, house)
    VerificationRun.objects.update(state="stopped", failure="given up", finished_at=AT)

    assert "Nothing is known from it" in text_of(client.get(page))


def test_the_history_shows_who_asked_and_what_came_of_it(client, house):
    several(1)
    page = asked(client, house)
    run_waiting(AT)

    text = text_of(client.get("/ledger/verifications/"))

    assert page in client.get("/ledger/verifications/").content.decode()
    assert "PASS" in text
    assert house.auditor.name in text


def test_the_head_of_the_room_tells_of_the_last_verification(client, house):
    several(1)
    asked(client, house)
    run_waiting(AT)

    assert "Verified PASS" in text_of(client.get("/ledger/"))


@pytest.mark.parametrize("reader", ["owner", "engineer", "stranger"])
def test_who_does_not_audit_cannot_verify_and_is_told_who_can(client, house, reader):
    response = signed_in(client, getattr(house, reader)).post("/ledger/verifications/")

    assert response.status_code == 403
    assert house.auditor.name in text_of(response)
    assert not VerificationRun.objects.exists()
    assert seen(client, "/ledger/verifications/", getattr(house, reader), status=403)


def test_a_verification_that_is_none_is_not_there(client, house):
    path = "/ledger/verifications/00000000-0000-4000-8000-000000000000/"

    assert seen(client, path, house.auditor, status=404)
