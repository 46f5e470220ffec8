"""/ledger/checkpoint: the newest signed note, for whom a setting says."""

import datetime as dt

import pytest
from django.db import transaction
from django.test import Client

from ledger.selectors.checkpoints import newest_seal
from ledger.services.sealing import seal
from tests.ledger.test_entries import write
from tests.registry import factories as registry

AT = dt.datetime(2030, 1, 7, 9, 0, tzinfo=dt.UTC)
ADDRESS = "/ledger/checkpoint"


@pytest.fixture
def sealed(db):
    """A log with one seal."""
    with transaction.atomic():
        write()
    seal(at=AT)
    return newest_seal()


def ask(client=None, **headers):
    return (client or Client()).get(ADDRESS, headers=headers)


def test_anyone_reads_the_newest_note_without_a_session(sealed, settings):
    settings.LEDGER_CHECKPOINT_FOR = "anyone"

    answer = ask()

    assert answer.status_code == 200
    assert answer.content.decode() == sealed.note
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Cache-Control"] == "public, max-age=30"
    assert not answer.cookies


def test_a_note_that_the_reader_has_is_not_sent_again(sealed, settings):
    settings.LEDGER_CHECKPOINT_FOR = "anyone"
    first = ask()

    again = ask(if_none_match=first["ETag"])

    assert (again.status_code, again.content) == (304, b"")


def test_a_new_seal_has_another_tag(sealed, settings):
    settings.LEDGER_CHECKPOINT_FOR = "anyone"
    first = ask()
    with transaction.atomic():
        write()
    seal(at=AT)

    again = ask(if_none_match=first["ETag"])

    assert again.status_code == 200
    assert again.content.decode() == newest_seal().note != sealed.note


def test_a_stranger_is_refused_where_one_must_be_signed_in(sealed, settings):
    settings.LEDGER_CHECKPOINT_FOR = "signed-in"

    answer = ask()

    assert answer.status_code == 403
    assert sealed.note not in answer.content.decode()


def test_whoever_is_signed_in_reads_it_and_no_cache_between_keeps_it(sealed, settings):
    settings.LEDGER_CHECKPOINT_FOR = "signed-in"
    client = Client()
    registry.sign_in(client, registry.user())

    answer = ask(client)

    assert answer.content.decode() == sealed.note
    assert answer["Cache-Control"] == "private, no-cache"


def test_for_nobody_it_is_not_there(sealed, settings):
    settings.LEDGER_CHECKPOINT_FOR = "nobody"
    client = Client()
    registry.sign_in(client, registry.user())

    assert ask(client).status_code == 404


def test_before_the_first_seal_there_is_nothing(db, settings):
    settings.LEDGER_CHECKPOINT_FOR = "anyone"

    assert ask().status_code == 404


def test_it_is_read_and_never_written(sealed, settings):
    settings.LEDGER_CHECKPOINT_FOR = "anyone"

    assert Client().post(ADDRESS).status_code == 405
