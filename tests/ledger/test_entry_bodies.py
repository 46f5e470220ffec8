"""Many entries at once are each what they would be alone (I6, LED-01)."""

import datetime as dt
import uuid

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from ledger import verbs
from ledger.copying import text_of
from ledger.models import Entry
from ledger.rules.actors import Actor, machine
from ledger.rules.canonical import canonical
from ledger.rules.commitments import Personal
from ledger.services.bodies import Bodies, Draft
from ledger.services.disclosures import Openings
from ledger.services.entries import body_of
from ledger.services.entry_sets import MANY, append_entries

AT = dt.datetime(2026, 3, 2, 9, 0, 0, 250, tzinfo=dt.UTC)
SWEEP = machine("sweep")
PERSON = Actor(
    kind="person", id=str(uuid.UUID(int=1)), name="Ada", title="Owner", address="192.0.2.1"
)
texts = st.text(max_size=20)
values = st.one_of(texts, st.integers(-(2**53) + 1, 2**53 - 1), st.none(), st.booleans())
details = st.dictionaries(
    st.sampled_from("abcdefgh"), st.one_of(values, st.lists(values, max_size=3)), max_size=5
)
drafts = st.builds(
    Draft,
    verb=st.sampled_from(["x.one", "x.two"]),
    subject=st.tuples(texts, texts, texts),
    after=st.one_of(st.none(), st.just({"state": "OPEN"})),
    reason=texts,
    incident_id=st.one_of(st.none(), st.uuids()),
    system_id=st.one_of(st.none(), st.uuids()),
    details=st.one_of(st.none(), details),
)


class Told(Openings):
    """Commitments that can be compared: the value itself."""

    def conceal(self, value):
        return f"commit:{value.value}"


@given(st.lists(drafts, max_size=4), st.sampled_from([SWEEP, PERSON]))
def test_a_body_of_a_set_is_the_bytes_that_it_would_be_alone(many, actor):
    openings = Told(AT)
    bodies = Bodies(actor, AT, openings)

    together = [bodies.of(draft) for draft in many]

    assert together == [canonical(_alone(draft, actor), openings.conceal) for draft in many]


def _alone(draft, actor):
    return body_of(
        draft.verb, actor, AT, draft.subject, draft.before, draft.after, draft.reason,
        draft.incident_id, draft.system_id, draft.details,
    )  # fmt: skip


def test_a_list_that_drafts_share_is_concealed_like_any_other():
    shared = [{"name": Personal("Ada", subject="1"), "at": AT}]
    openings = Told(AT)
    bodies = Bodies(SWEEP, AT, openings)
    many = [Draft(verb="x.one", subject=("a", "b", "c"), details={"who": shared})] * 2

    together = {bodies.of(draft) for draft in many}

    assert together == {canonical(_alone(many[0], SWEEP), openings.conceal)}


@pytest.mark.django_db
def test_copied_entries_keep_every_letter_and_their_order():
    verbs.register("x.copied", "copied")
    labels = [f'{place}\\ \t\n\r "quoted" {{braces}} é%s' for place in range(MANY)]

    with transaction.atomic():
        numbers = append_entries(
            drafts=[Draft(verb="x.copied", subject=("t", "1", label)) for label in labels],
            actor=SWEEP,
            at=AT,
        )

    rows = Entry.objects.in_bulk(numbers)
    assert [rows[number].object_label for number in numbers] == labels
    assert numbers == sorted(numbers)
    assert _queued(numbers) == MANY


def _queued(numbers):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_queue WHERE entry_id = ANY(%s)", [numbers])
        return cursor.fetchone()[0]


def test_what_copy_cannot_write_is_refused():
    with pytest.raises(TypeError):
        text_of(1.5)
