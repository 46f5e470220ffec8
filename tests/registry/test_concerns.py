"""INC-1, CLK-21, CLK-05, ISO/IEC 42001 A.3.3: concerns raised, followed, read, closed by two."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from outbox.models import Message
from outbox.services.sweeps import sweep
from registry.models import Concern, System
from registry.rules.receipts import receipt_code, receipt_digest
from registry.selectors.concerns import (
    concern_of_receipt,
    concerns_visible_to,
    intake_officers,
    systems_to_link,
)
from registry.services.concern_cases import tie_to_case
from registry.services.concerns import (
    Said,
    TooMany,
    add_to_concern,
    answer_concern,
    decide_dismissal,
    dismiss_concern,
    raise_concern,
    read_concern,
)
from tests.net import by_hand
from tests.registry.factories import (
    AT,
    SETUP,
    call,
    person_as_actor,
    role,
    system,
    unique,
    unit,
    user,
)

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def raised(*, at=AT, by=None, harm="unknown", **changes):
    """Raise a concern; return it and its receipt."""
    said = Said(where="claims approval", what="It refuses widows.", harm=harm, **changes)
    return raise_concern(
        said=said, form_key=unique("form"), raised_by_id=by.pk if by else None, at=at
    )


def officer(*, of=None, name="compliance"):
    """Return an officer of a unit at the top."""
    made = user()
    role(made, name, unit=of or unit())
    return made


def do(service, concern, who, *, at=AT, **arguments):
    """Call a service on a concern as a person."""
    return call(service, concern_id=concern.pk, actor=person_as_actor(who), at=at, **arguments)


def read(concern, who, *, at=AT):
    """Open a concern."""
    return do(read_concern, concern, who, at=at)


def by_sql(statement, *values):
    """Send a statement past every service."""
    with transaction.atomic(), connection.cursor() as raw:
        raw.execute(statement, values)


def test_a_receipt_opens_its_concern_however_it_is_typed():
    concern, code = raised()

    found = concern_of_receipt(code=f" {code.lower().replace('-', ' ')} ")

    assert found == concern
    assert len(code) == 39


@pytest.mark.parametrize("code", ["", "AAAA", "A" * 60, "\x00", "'; DROP TABLE --", "ÄÖÜ"])
def test_every_other_code_opens_nothing_in_the_same_words(code):
    raised()

    with pytest.raises(Missing) as refused:
        concern_of_receipt(code=code)

    assert refused.value.reason == "There is no concern with this receipt."


def test_the_code_is_kept_nowhere():
    _, code = raised()

    with connection.cursor() as cursor:
        cursor.execute("SELECT c::text FROM registry_concern c")
        rows = " ".join(row[0] for row in cursor.fetchall())

    assert code not in rows
    assert code.replace("-", "") not in rows


def test_codes_are_long_and_their_digests_tell_nothing_of_them():
    assert len(receipt_code(b"\xff" * 20).replace("-", "")) * 5 == 160
    assert receipt_digest("aaaa-bbbb") == receipt_digest("AAAABBBB")
    assert receipt_digest("AAAA") != receipt_digest("AAAB")


def test_raising_one_names_nobody_on_record_also_with_a_name():
    person = user(name="Wilma Whistle")

    concern, _ = raised(by=person)

    entry = Entry.objects.get(verb="concern.raised")
    with connection.cursor() as cursor:
        cursor.execute("SELECT h::text FROM registry_historicalconcern h")
        (history,) = cursor.fetchall()
    assert concern.raised_by == person
    assert (entry.actor_kind, entry.actor_id) == ("anonymous", "anonymous")
    assert str(person.pk).encode() not in bytes(entry.body)
    assert history[0].count(str(person.pk)) == 1


def test_officers_are_told_without_what_was_said():
    who = officer()

    concern, _ = raised()

    mail = Message.objects.get(person_id=who.pk)
    assert concern.number in mail.subject
    assert "widows" not in mail.subject + mail.body


def test_the_first_reader_is_who_is_aware_of_it():
    first, second = officer(), officer()
    concern, _ = raised(at=AT)

    read(concern, first, at=AT + HOUR)
    read(concern, second, at=AT + 2 * HOUR)

    concern = Concern.objects.get(pk=concern.pk)
    assert (concern.received_at, concern.aware_at, concern.read_by) == (AT, AT + HOUR, first)
    assert Entry.objects.filter(verb="concern.read").count() == 1


def test_an_unread_one_is_deemed_known_after_a_day_and_told_to_executives():
    who, above = officer(), officer(name="executive")
    concern, _ = raised()

    sweep(at=AT + 24 * HOUR)

    concern = Concern.objects.get(pk=concern.pk)
    told = Message.objects.filter(key__contains="unread:1").values_list("person_id", flat=True)
    assert (concern.aware_at, concern.aware_deemed) == (AT + 24 * HOUR, True)
    assert set(told) == {who.pk, above.pk}
    assert Entry.objects.filter(verb="concern.escalated").count() == 1


def test_it_is_told_again_every_day_until_somebody_reads_it():
    who = officer()
    concern, _ = raised()

    sweep(at=AT + 24 * HOUR)
    sweep(at=AT + 48 * HOUR)
    read(concern, who, at=AT + 50 * HOUR)
    sweep(at=AT + 72 * HOUR)

    assert Entry.objects.filter(verb="concern.escalated").count() == 2
    assert Concern.objects.get(pk=concern.pk).aware_at == AT + 24 * HOUR


def test_one_that_was_read_in_time_is_not_escalated():
    who = officer()
    concern, _ = raised()
    read(concern, who, at=AT + HOUR)

    sweep(at=AT + 30 * HOUR)

    assert not Entry.objects.filter(verb="concern.escalated").exists()


def test_both_sides_write_and_the_record_holds_only_commitments():
    who = officer()
    concern, code = raised()
    read(concern, who)

    do(answer_concern, concern, who, text="Which branch was it?")
    add_to_concern(code=code, text="The one in Bremen.", at=AT)

    bodies = b"".join(bytes(one.body) for one in Entry.objects.filter(object_type="concern"))
    assert [one.officer for one in concern.messages.order_by("pk").order_by("at")] in (
        [who, None],
        [None, who],
    )
    assert b"Bremen" not in bodies
    assert b"branch" not in bodies


def test_where_nobody_could_be_harmed_one_officer_closes_it():
    who = officer()
    concern, _ = raised(harm="no")
    read(concern, who)

    done = do(dismiss_concern, concern, who, expected_version=2, reason="a wish, not a concern")

    assert done.state == Concern.State.DISMISSED


@pytest.mark.parametrize("harm", ["yes", "unknown"])
def test_where_harm_is_alleged_or_not_known_two_close_it(harm):
    first, second = officer(), officer()
    concern, _ = raised(harm=harm)
    read(concern, first)

    asked = do(dismiss_concern, concern, first, expected_version=2, reason="looked at")
    with pytest.raises(Forbidden, match="second person"):
        do(decide_dismissal, concern, first, expected_version=3, agreed=True, reason="yes")
    done = do(decide_dismissal, concern, second, expected_version=3, agreed=True, reason="same")

    assert asked.state == Concern.State.DISMISSAL
    assert (done.state, done.confirmed_by) == (Concern.State.DISMISSED, second)


def test_the_second_person_may_let_it_go_on():
    first, second = officer(), officer()
    concern, _ = raised(harm="yes")
    read(concern, first)
    do(dismiss_concern, concern, first, expected_version=2, reason="looked at")

    done = do(decide_dismissal, concern, second, expected_version=3, agreed=False, reason="no")

    assert (done.state, done.dismissed_by) == (Concern.State.READ, None)


def test_the_database_refuses_that_one_person_closes_what_speaks_of_harm():
    who = officer()
    concern, _ = raised(harm="yes")
    read(concern, who)

    with by_hand(), pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as raw:
        raw.execute(
            "UPDATE registry_concern SET state = 'dismissed', dismissed_by_id = %s WHERE id = %s",
            [who.pk, concern.pk],
        )


@pytest.mark.parametrize("column", ["what", "raised_by_id", "contact", "received_at"])
def test_what_was_said_and_by_whom_cannot_be_changed(column):
    concern, _ = raised()
    value = {"raised_by_id": str(user().pk), "received_at": AT + HOUR}.get(column, "other")

    with by_hand(), pytest.raises(IntegrityError) as refused:
        by_sql(f'UPDATE registry_concern SET "{column}" = %s WHERE id = %s', value, concern.pk)

    assert refused.value.__cause__.diag.constraint_name == "concern_as_said"


def test_who_raised_it_does_not_look_into_it():
    who = officer()
    concern, _ = raised(by=who, harm="no")
    read(concern, officer())

    with pytest.raises(Forbidden, match="You raised"):
        do(dismiss_concern, concern, who, expected_version=2, reason="nothing in it")


def test_a_concern_must_be_opened_before_anything_else():
    concern, _ = raised()

    with pytest.raises(Conflict, match="Read it first"):
        do(answer_concern, concern, officer(), text="hello")


def test_an_officer_further_down_sees_what_is_tied_to_their_systems_only():
    top = unit()
    below = unit(parent=top)
    chief, local = officer(of=top), officer(of=below)
    concern, _ = raised()

    free = [set(concerns_visible_to(user=who, at=AT)) for who in (chief, local)]
    tied(concern, system(of=below), chief)
    then = [set(concerns_visible_to(user=who, at=AT)) for who in (chief, local)]

    assert free == [{concern}, set()]
    assert then == [{concern}, {concern}]


def tied(concern, of, who):
    """Tie a concern to a system, as the floor above does."""
    read(concern, who)
    concern = Concern.objects.get(pk=concern.pk)
    call(
        tie_to_case,
        concern=concern,
        system=of,
        incident_id=of.pk,
        incident_number="INC-2026-0001",
        actor=SETUP,
    )
    return concern


def test_the_owner_of_the_system_never_reads_it_though_they_are_an_officer():
    house = unit()
    owner = officer(of=house)
    of = system(of=house, owner=owner)
    concern, _ = raised()
    tied(concern, of, officer(of=house))

    assert set(concerns_visible_to(user=owner, at=AT)) == set()
    assert of not in systems_to_link(user=owner, at=AT)


def test_an_officer_does_not_read_what_names_a_system_of_their_own():
    owner = officer()
    of = system(owner=owner)
    System.objects.get(pk=of.pk)
    concern, _ = raise_concern(
        said=Said(where=f"the {of.name} thing", what="x", harm="no"), form_key="k", at=AT
    )

    assert concern not in concerns_visible_to(user=owner, at=AT)
    assert concern in concerns_visible_to(user=officer(), at=AT)


@pytest.mark.parametrize("name", ["engineer", "auditor", "executive", "administrator", "secretary"])
def test_no_other_role_reads_concerns(name):
    who = user()
    role(who, name, unit=unit(), until_at=AT + 24 * HOUR)
    raised()

    assert set(concerns_visible_to(user=who, at=AT)) == set()


def test_without_an_officer_at_the_top_those_below_read():
    local = officer(of=unit(parent=unit()))
    concern, _ = raised()

    assert intake_officers(at=AT) == [local]
    assert set(concerns_visible_to(user=local, at=AT)) == {concern}


def test_one_form_is_one_concern():
    said = Said(where="x", what="y", harm="no")
    raise_concern(said=said, form_key="one", at=AT)

    with pytest.raises(Conflict, match="sent already"):
        raise_concern(said=said, form_key="one", at=AT)


def test_more_than_an_hour_takes_is_refused_and_taken_later(settings):
    settings.CONCERNS_PER_HOUR = 2
    raised()
    raised()

    with pytest.raises(TooMany):
        raised()

    assert raised(at=AT + 2 * HOUR)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"where": ""}, "where"),
        ({"what": " "}, "what"),
        ({"harm": "perhaps"}, "harm"),
        ({"what": "x" * 8001}, "what"),
        ({"contact": "x" * 201}, "contact"),
        ({"what": "a\x00b"}, "what"),
    ],
)
def test_what_cannot_be_taken_is_told_at_its_field(changes, field):
    said = Said(**({"where": "x", "what": "y", "harm": "no"} | changes))

    with pytest.raises(Invalid) as refused:
        raise_concern(said=said, form_key="one", at=AT)

    assert field in refused.value.fields


def test_a_stale_version_changes_nothing():
    who = officer()
    concern, _ = raised(harm="no")
    read(concern, who)

    with pytest.raises(Conflict, match="a moment ago"):
        do(dismiss_concern, concern, who, expected_version=1, reason="x")
