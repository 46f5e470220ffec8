"""TEL-8: answers are found, masked, looked at on record, and sent to review."""

import datetime as dt

import pytest
from django.db import connection

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from registry.models import System
from telemetry.models import AnswerLook, AnswerReview
from telemetry.rules.answers import key_of
from telemetry.selectors.answer_reviews import reviewers_for
from telemetry.selectors.answers import Asked, answers_page, asked_of, event_by_key
from telemetry.selectors.slices import slices_of
from telemetry.services.answers import give_verdict, look_at_answer, send_to_review
from tests.registry.factories import AT, call, person_as_actor, role, system, user
from tests.telemetry.factory import event, label, take_events, take_labels

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
ASKED = "Did Ada Lovelace, born 10 December 1815, pay?"
ANSWERED = "Ada Lovelace owes 312 euro."


def answered(*, of=None, number=0, at=AT - HOUR, **changes):
    """One event of a system, and its address."""
    of = of or system()
    take_events([event(of, number, at=at, question=ASKED, answer=ANSWERED, **changes)])
    return of, key_of(at, f"e-{number}")


def several(of, count, *, at=AT - HOUR, first=0, **changes):
    """Events of a system, a minute apart."""
    take_events(
        [
            event(of, number, at=at - number * dt.timedelta(minutes=1), **changes)
            for number in range(first, first + count)
        ]
    )


def listed(asked=None, of=None):
    systems = System.objects.all() if of is None else System.objects.filter(pk=of.pk)
    return answers_page(asked=asked or Asked(), systems=systems, at=AT)


def looked(of, key, *, by=None, reason="A complaint of 12 November"):
    return call(
        look_at_answer, system=of, key=key, reason=reason, actor=person_as_actor(by or of.owner)
    )


def sent(of, key, *, by=None, to=None, reason="The amount looks wrong"):
    by = by or of.owner
    return call(
        send_to_review,
        system=of,
        key=key,
        reason=reason,
        reviewer_id=(to or of.deputy).pk,
        actor=person_as_actor(by),
    )


def verdict(row, *, by, verdict="wrong", words="Another person's account"):
    return call(
        give_verdict, review_id=row.pk, verdict=verdict, words=words, actor=person_as_actor(by)
    )


def officer(of):
    """A compliance officer of the system."""
    who = user()
    role(who, "compliance", system=of)
    return who


def test_a_look_shows_the_answer_and_is_one_entry_without_its_content():
    of, key = answered()
    before = Entry.objects.count()

    found = looked(of, key)

    assert (found.event.row.question, found.event.row.answer) == (ASKED, ANSWERED)
    entry = Entry.objects.order_by("pk").last()
    assert Entry.objects.count() == before + 1
    assert (entry.pk, entry.verb) == (found.entry, "answer.looked")
    assert b"e-0" in bytes(entry.body)
    assert b"Lovelace" not in bytes(entry.body)
    assert AnswerLook.objects.get().reason == "A complaint of 12 November"


def test_two_looks_are_two_entries():
    of, key = answered()

    looked(of, key)
    looked(of, key)

    assert Entry.objects.filter(verb="answer.looked").count() == 2


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001, "a\x00b"])
def test_a_look_without_a_proper_reason_is_refused(reason):
    of, key = answered()

    with pytest.raises(Invalid):
        looked(of, key, reason=reason)

    assert not AnswerLook.objects.exists()


@pytest.mark.parametrize("held", ["engineer", "executive", "administrator", "board"])
def test_who_has_no_need_to_know_does_not_look(held):
    of, key = answered()
    who = user()
    role(who, held, system=of)

    with pytest.raises(Forbidden):
        looked(of, key, by=who)


@pytest.mark.parametrize("held", ["compliance", "risk", "auditor"])
def test_second_line_and_auditors_look(held):
    of, key = answered()
    who = user()
    role(who, held, system=of)

    assert looked(of, key, by=who).event.row.answer == ANSWERED


def test_a_look_stands_for_ever():
    of, key = answered()
    look = looked(of, key).look

    with (
        pytest.raises(Exception, match=r"append-only|refused|permission"),
        connection.cursor() as c,
    ):
        c.execute("UPDATE telemetry_answerlook SET reason = 'x' WHERE id = %s", [look.pk])


def test_a_review_goes_to_another_person_who_gives_the_verdict():
    of, key = answered()

    row = verdict(sent(of, key), by=of.deputy)

    assert (row.state, row.verdict, row.reviewed_at) == ("reviewed", "wrong", AT)
    verbs = list(Entry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-3:] == ["answer.sent", "answer.reviewed", "labels.received"]


def test_nobody_reviews_what_they_sent():
    of, key = answered()

    with pytest.raises(Invalid) as refused:
        sent(of, key, to=of.owner)

    assert "reviewer" in refused.value.fields


def test_a_reviewer_is_somebody_who_may():
    of, key = answered()

    with pytest.raises(Invalid, match="may review"):
        sent(of, key, to=user())

    assert [one.pk for one in reviewers_for(system=of, at=AT)] == sorted(
        [of.owner_id, of.deputy_id],
        key=lambda pk: next(p.name for p in (of.owner, of.deputy) if p.pk == pk),
    )


def test_an_answer_waits_for_one_review_at_a_time():
    of, key = answered()
    row = sent(of, key)

    with pytest.raises(Conflict):
        sent(of, key)

    verdict(row, by=of.deputy)
    assert sent(of, key, to=officer(of)).state == "waiting"


def test_a_second_verdict_comes_from_somebody_else():
    of, key = answered()
    verdict(sent(of, key), by=of.deputy)

    with pytest.raises(Invalid) as refused:
        sent(of, key)

    assert "reviewer" in refused.value.fields


def test_only_the_reviewer_gives_the_verdict():
    of, key = answered()
    row = sent(of, key)

    with pytest.raises(Forbidden, match="somebody else"):
        verdict(row, by=of.owner)

    row.refresh_from_db()
    assert row.state == "waiting"


def test_a_verdict_stands_once_given():
    of, key = answered()
    row = verdict(sent(of, key), by=of.deputy)

    with pytest.raises(Conflict):
        verdict(row, by=of.deputy, verdict="right")
    with pytest.raises(Exception, match="stands as it was given"), connection.cursor() as c:
        c.execute("UPDATE telemetry_answerreview SET words = 'x' WHERE id = %s", [row.pk])


@pytest.mark.parametrize("given", ["", "perhaps", "x" * 500])
def test_another_verdict_than_the_four_is_refused(given):
    of, key = answered()
    row = sent(of, key)

    with pytest.raises(Invalid):
        verdict(row, by=of.deputy, verdict=given)

    assert AnswerReview.objects.get().verdict == ""


@pytest.mark.parametrize("key", ["nonsense", "0.ZQ", "1.\x00"])
def test_an_address_of_nothing_is_missing(key):
    of, _key = answered()

    with pytest.raises(Missing):
        event_by_key(system=of, key=key)


def test_an_event_of_another_system_is_missing():
    _of, key = answered()

    with pytest.raises(Missing):
        event_by_key(system=system(), key=key)


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        (Asked(), [0, 1, 2, 3]),
        (Asked(topic="loans"), [1]),
        (Asked(version="2.4"), [2]),
        (Asked(reaction="down"), [1]),
        (Asked(reaction="overridden"), [2]),
        (Asked(reaction="escalated"), [3]),
        (Asked(outcome="failure"), [3]),
        (Asked(topic="loans", outcome="failure"), []),
        (Asked(days=1), [0, 1]),
        (Asked(system="nowhere"), []),
    ],
)
def test_answers_are_found_by_what_is_known_of_them(asked, numbers):
    of = system()
    changes = [
        {},
        {"topic": "loans", "feedback": "down"},
        {"version": "2.4", "overridden": True, "at": AT - 48 * HOUR},
        {"outcome": "failure", "escalated": True, "at": AT - 72 * HOUR},
    ]
    whens = [AT - HOUR, AT - 2 * HOUR, None, None]
    take_events(
        [
            event(of, number, **({"at": whens[number]} | given))
            for number, given in enumerate(changes)
        ]
    )

    page = listed(asked, of)

    assert [one.event_id for one in page.events] == [f"e-{number}" for number in numbers]


def test_what_was_found_out_later_counts_in_list_and_filters():
    of, _key = answered(feedback="up", outcome="success")

    take_labels(
        [
            label(of, 0, at=AT - HOUR, kind="feedback", value="down"),
            label(of, 0, at=AT - HOUR, kind="outcome", value="failure"),
            label(of, 0, at=AT - HOUR, kind="overridden", value=True),
        ]
    )

    found = listed(Asked(reaction="down", outcome="failure"), of).events
    assert [(one.outcome, one.reactions) for one in found] == [("failure", ["down", "overridden"])]
    assert listed(Asked(reaction="up"), of).events == []
    assert len(listed(Asked(reaction="overridden"), of).events) == 1


def test_of_two_labels_the_newer_one_says_what_is_found():
    of, _key = answered()

    take_labels(
        [
            label(of, 0, at=AT - HOUR, kind="feedback", value="down", labelled_at=AT - HOUR),
            label(of, 0, at=AT - HOUR, kind="feedback", value="up", labelled_at=AT),
        ]
    )

    assert listed(Asked(reaction="down"), of).events == []
    assert [one.reactions for one in listed(Asked(reaction="up"), of).events] == [["up"]]


def test_pages_follow_each_other_without_a_gap_over_all_systems():
    systems = [system(), system()]
    for one in systems:
        several(one, 35)

    first = listed()
    second = listed(Asked(after=first.older))

    assert (len(first.events), len(second.events), second.older) == (50, 20, "")
    found = [(one.system.pk, one.event_id) for one in [*first.events, *second.events]]
    assert len(set(found)) == 70
    instants = [one.at for one in [*first.events, *second.events]]
    assert instants == sorted(instants, reverse=True)


@pytest.mark.parametrize("after", ["x", "x.1.ZQ", "\x00", "00000000-0000-0000-0000-000000000000"])
def test_a_place_that_is_none_is_refused(after):
    system()

    with pytest.raises(Invalid):
        listed(asked_of({"after": after}))


@pytest.mark.parametrize(
    "given", [{"segment": "north"}, {"topic": "x" * 201}, {"version": "a\x00"}]
)
def test_filters_that_cannot_be_are_refused(given):
    with pytest.raises(Invalid):
        asked_of(given)


def test_choices_that_are_none_count_as_not_asked():
    assert asked_of({"reaction": "x", "outcome": "y", "days": "1e9"}) == Asked()


def test_a_segment_under_ten_is_not_listed():
    of = system()
    several(of, 9, segment={"region": "north"})
    several(of, 10, first=20, segment={"region": "south"})

    few, enough = (
        listed(Asked(segment="region=north"), of),
        listed(Asked(segment="region=south"), of),
    )

    assert (few.events, few.too_few) == ([], True)
    assert (len(enough.events), enough.too_few) == (10, False)


def test_other_filters_do_not_cut_a_smaller_group_out_of_a_segment():
    of = system()
    several(of, 9, segment={"region": "north"}, topic="loans")
    several(of, 9, first=20, segment={"region": "north"}, topic="cards")

    found = listed(Asked(segment="region=north", topic="loans"), of)

    assert (found.events, found.too_few) == ([], True)
    assert len(listed(Asked(segment="region=north"), of).events) == 18


def test_the_worst_slice_is_named_and_small_ones_are_left_out():
    of = system()
    several(of, 40, topic="cards", overridden=False)
    several(of, 40, first=40, topic="loans", overridden=True, segment={"region": "north"})
    several(of, 9, first=80, topic="fraud", overridden=True, segment={"region": "south"})

    slices, worst = slices_of(system=of, days=7, at=AT)

    assert (slices[0].of, slices[0].events) == ("", 89)
    named = {(one.of, one.part) for one in slices[1:]}
    assert named == {
        ("topic", "cards"),
        ("topic", "loans"),
        ("segment:region", "north"),
        ("version", "2.3"),
    }
    assert [(one.measure, one.figure.value, one.figure.n) for one in worst] == [
        ("overridden", 1.0, 40)
    ]


def test_labels_that_came_later_count_in_slices():
    of = system()
    several(of, 10, topic="loans")
    several(of, 10, first=10, topic="cards", outcome="success")

    take_labels(
        [
            label(
                of, n, at=AT - HOUR - n * dt.timedelta(minutes=1), kind="outcome", value="failure"
            )
            for n in range(10)
        ]
    )

    _slices, worst = slices_of(system=of, days=7, at=AT)
    assert [(one.measure, one.slice.part) for one in worst] == [("failed", "loans")]


def test_a_system_without_events_has_no_slices():
    assert slices_of(system=system(), days=7, at=AT) == ([], [])


def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(django_assert_num_queries):
    of = system()
    several(of, 45, segment={"region": "north"})

    with django_assert_num_queries(2):
        listed(of=of)
