"""Outside time stamps: asked for once an hour, checked on receipt, never in the way of sealing."""

import datetime as dt

import pytest
from django.db import transaction

from ledger.connectors.rfc3161 import LARGEST_BYTES, StampRefused, check_stamp, trusted_roots
from ledger.models import Anchor, AnchorState
from ledger.rules.waits import wait_after
from ledger.selectors.anchors import anchors_of, lag
from ledger.selectors.checkpoints import newest_seal
from ledger.services.anchoring import anchor
from ledger.services.sealing import seal
from tests.ledger.authority import Authority, request_over, serving
from tests.ledger.test_entries import write

AT = dt.datetime(2030, 1, 7, 9, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture(scope="module")
def issued(tmp_path_factory):
    """An authority with certificates of its own."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """Another authority, under another root."""
    return Authority(tmp_path_factory.mktemp("foreign"))


@pytest.fixture
def authority(issued, settings):
    """The authority, serving and set."""
    issued.answer = issued.stamped
    issued.queries.clear()
    with serving(issued):
        settings.LEDGER_TSA_URLS = [issued.url]
        settings.LEDGER_TSA_PLAIN_HOSTS = ["127.0.0.1"]
        settings.LEDGER_TSA_CA = str(issued.ca)
        yield issued


def sealed(at=AT):
    """Write an entry and seal it."""
    with transaction.atomic():
        write()
    return seal(at=at)


@pytest.mark.django_db
def test_the_newest_checkpoint_is_stamped_and_the_stamp_checks_out_again(authority):
    sealed()

    came = anchor(AT)

    note = newest_seal().note.encode()
    row = Anchor.objects.get()
    assert (came, row.authority) == (1, authority.url)
    assert check_stamp(token=bytes(row.token), note=note, roots=trusted_roots()) == row.gen_time
    assert abs(row.gen_time - dt.datetime.now(dt.UTC)) < MINUTE
    assert [one.token for one in anchors_of([newest_seal().size])] == [bytes(row.token)]


@pytest.mark.django_db
def test_an_authority_is_asked_at_most_once_an_hour(authority):
    sealed()
    anchor(AT)
    sealed(AT + MINUTE)

    early = anchor(AT + HOUR - MINUTE)
    late = anchor(AT + HOUR)

    assert (early, late, len(authority.queries)) == (0, 1, 2)


@pytest.mark.django_db
def test_a_checkpoint_that_is_stamped_is_not_stamped_again(authority):
    sealed()
    anchor(AT)

    anchor(AT + 2 * HOUR)

    assert len(authority.queries) == 1


@pytest.mark.django_db
def test_before_the_first_seal_nobody_is_asked(authority):
    assert anchor(AT) == 0
    assert authority.queries == []


@pytest.mark.django_db
def test_while_an_authority_is_down_sealing_goes_on_and_the_lag_is_told(authority, settings):
    authority.answer = lambda query: (503, b"")
    first = sealed()
    anchor(AT)
    now = newest_seal().sealed_at + 3 * HOUR
    second = sealed()

    anchor(now)
    (told,) = lag(now)

    assert (first.leaves > 0, second.leaves > 0) == (True, True)
    assert Anchor.objects.count() == 0
    assert told.late
    assert told.words == "no stamp yet, 3 h behind; the last try failed: the authority answered 503"


@pytest.mark.django_db
def test_an_authority_that_comes_back_stamps_the_newest_checkpoint(authority):
    authority.answer = lambda query: (503, b"")
    sealed()
    anchor(AT)
    authority.answer = authority.stamped
    sealed()

    early = anchor(AT + MINUTE / 2)
    late = anchor(AT + MINUTE)

    (told,) = lag(AT)
    state = AnchorState.objects.get()
    assert (early, late) == (0, 1)
    assert (state.failures, state.error) == (0, "")
    assert told.words == f"stamped up to leaf {newest_seal().size}, nothing waits"
    assert not told.late


@pytest.mark.django_db
def test_one_authority_that_fails_does_not_hold_the_other_up(authority, settings):
    settings.LEDGER_TSA_URLS = ["https://127.0.0.1:1/tsr", authority.url]
    sealed()

    anchor(AT)

    failed = AnchorState.objects.get(authority="https://127.0.0.1:1/tsr")
    assert "the authority does not answer" in failed.error
    assert Anchor.objects.get().authority == authority.url


def test_waits_grow_to_an_hour():
    assert [wait_after(n).seconds // 60 for n in (1, 2, 3, 6, 60)] == [1, 2, 5, 60, 60]


def of_the_same_note(authority):
    """Answer another request over the same checkpoint."""
    return lambda query: authority.stamped(request_over(newest_seal_of_this_test()))


def newest_seal_of_this_test():
    """The note, read before the request so that the server's thread needs no database."""
    return NOTE[0]


NOTE = []
LIES = {
    "over something else": lambda authority: authority.of_something_else,
    "its nonce is not ours": of_the_same_note,
    "no time stamp that can be read": lambda authority: lambda query: (200, b"garbage"),
    "larger than": lambda authority: lambda query: (200, b"\0" * (LARGEST_BYTES * 4)),
    "answered 302": lambda authority: lambda query: (302, b""),
    "granted no time stamp": lambda authority: lambda query: (200, REJECTION),
    "can be read": lambda authority: lambda query: (200, authority.stamped(query)[1] + b"\0"),
}
# TimeStampResp with PKIStatus 2 (rejection) and nothing else.
REJECTION = bytes.fromhex("30053003020102")


@pytest.mark.django_db
@pytest.mark.parametrize("words", LIES)
def test_what_is_no_stamp_of_this_checkpoint_is_refused_in_words(authority, words):
    sealed()
    NOTE[:] = [newest_seal().note.encode()]
    authority.answer = LIES[words](authority)

    came = anchor(AT)

    assert came == 0
    assert not Anchor.objects.exists()
    assert words in AnchorState.objects.get().error


@pytest.mark.django_db
def test_a_stamp_under_a_foreign_root_is_refused(authority, foreign):
    sealed()
    authority.answer = foreign.stamped

    anchor(AT)

    assert not Anchor.objects.exists()
    assert "not signed under the certificates" in AnchorState.objects.get().error


@pytest.mark.django_db
def test_certificates_that_cannot_be_read_refuse_every_stamp(authority, settings):
    sealed()
    settings.LEDGER_TSA_CA = "/nowhere/ca.pem"

    anchor(AT)

    assert "LEDGER_TSA_CA holds no certificates" in AnchorState.objects.get().error


@pytest.mark.django_db
def test_plain_http_is_for_hosts_that_the_settings_name(authority, settings):
    settings.LEDGER_TSA_PLAIN_HOSTS = []
    sealed()

    anchor(AT)

    assert authority.queries == []
    assert "LEDGER_TSA_PLAIN_HOSTS" in AnchorState.objects.get().error


@pytest.mark.django_db
def test_a_stored_stamp_whose_bytes_were_changed_no_longer_checks_out(authority):
    sealed()
    anchor(AT)
    token = bytearray(Anchor.objects.get().token)
    token[-1] ^= 1

    with pytest.raises(StampRefused, match="not signed under"):
        check_stamp(token=bytes(token), note=newest_seal().note.encode(), roots=trusted_roots())
