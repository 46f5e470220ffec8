"""Minutes (INC-4): generated from the records, signed by two persons, amended by addenda alone."""

import io

import docx
import orjson
import pytest
from django.db import DatabaseError, connection, transaction

from governance.models import Decision, Minutes
from governance.selectors.minutes import is_intact, sections_of_minutes
from governance.services.agendas import note_item
from governance.services.dissents import add_dissent
from governance.services.electorates import declare_recusal
from governance.services.meetings import end_meeting, record_attendance
from governance.services.minutes import (
    add_addendum,
    attach_narrative,
    draft_minutes,
    sign_minutes,
)
from governance.services.minutes_files import to_docx
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden
from tests.governance.meetings import START, document, in_session
from tests.governance.organisation import AT, convened, decided, moved, organised, vote
from tests.governance.rounds import HOUR, all_vote, by, count
from tests.incidents.factory import ceremony

END = START + 3 * HOUR
CONDITION = {"text": "A fairness run first", "owner": "Data science", "due": "30d"}


@pytest.fixture
def of(db):
    """An organisation at medium tier."""
    return organised()


def again(decision):
    """The round as it is now."""
    return Decision.objects.get(pk=decision.pk)


@pytest.fixture
def held(of):
    """A meeting that has ended: one recused, one against, adopted with a condition."""
    draft = moved(of, decided(of), conditions=[CONDITION])
    row = in_session(of, draft, ("free", "Any other business"))
    decision = again(draft)
    by(of.members[2], declare_recusal, decision_id=decision.pk, reason="A friend.", at=START)
    vote(decision, of.members[0], "for", at=START)
    vote(decision, of.members[1], "against", reason="Too soon.", at=START)
    vote(decision, of.substitutes[2], "for", at=START)
    count(decision, at=START + HOUR)
    by(of.house.secretary, end_meeting, meeting_id=row.pk, at=END)
    return row, again(draft)


def draft(of, row, *, at=END):
    """The secretary draws up the minutes of a meeting."""
    return by(of.house.secretary, draft_minutes, meeting_id=row.pk, at=at)


def sign(row, who, *, at=END):
    """Somebody signs them."""
    return by(
        who,
        sign_minutes,
        minutes_id=row.pk,
        expected_sha256=row.sha256,
        ceremony=ceremony(at),
        at=at,
    )


def text_of(row):
    """What is printed, as one text."""
    found = []
    for section in sections_of_minutes(row):
        found += [section.heading, *section.lines, *section.after]
        if section.table:
            found += [" | ".join(one) for one in section.table.rows]
    return "\n".join(found)


def test_minutes_hold_attendance_recusals_motion_counts_and_conditions(of, held):
    row, decision = held

    told = text_of(draft(of, row))

    assert "Member 1 | chair | present" in told
    assert "Member 3, recused (declared): A friend." in told
    assert "2 for, 1 against, 0 abstained" in told
    assert "Condition: A fairness run first" in told
    assert "against | Too soon." in told
    assert decision.motion_sha256 in told


def test_persons_stand_in_the_frozen_text_by_id_alone(of, held):
    row, _ = held

    content = draft(of, row).content

    assert str(of.chair.pk) in content
    assert of.chair.name not in content


def test_a_dissent_is_signed_and_stands_in_the_minutes(of, held):
    row, decision = held

    made = by(
        of.members[1],
        add_dissent,
        decision_id=decision.pk,
        text="Version 2.2 was never tried on these forms.",
        ceremony=ceremony(END),
        at=END,
    )

    assert made.signature.meaning == "dissent"
    assert "never tried on these forms" in text_of(draft(of, row))


def test_who_voted_for_states_no_dissent(of, held):
    _, decision = held

    with pytest.raises(Forbidden):
        by(of.chair, add_dissent, decision_id=decision.pk, text="No.", ceremony=ceremony(END),
           at=END)  # fmt: skip


def test_a_dissent_waits_for_the_end_of_the_vote(of):
    decision = convened(of, decided(of))
    vote(decision, of.chair, "against")

    with pytest.raises(Conflict) as refusal:
        by(of.chair, add_dissent, decision_id=decision.pk, text="No.", ceremony=ceremony(AT),
           at=AT)  # fmt: skip

    assert refusal.value.code == "round_open"


def test_the_chair_certifies_and_a_second_person_approves(of, held):
    row, _ = held
    drafted = draft(of, row)

    signed = sign(drafted, of.chair)
    approved = sign(signed, of.house.secretary)

    assert (signed.chair, approved.second) == (of.chair, of.house.secretary)
    assert approved.state == "approved"
    assert is_intact(Minutes.objects.get(pk=approved.pk))


def test_one_person_does_not_sign_twice(of, held):
    row, _ = held
    signed = sign(draft(of, row), of.chair)

    with pytest.raises(Forbidden) as refusal:
        sign(signed, of.chair)

    assert refusal.value.code == "second_person_needed"


def test_a_member_who_does_not_chair_certifies_nothing_first(of, held):
    row, _ = held

    with pytest.raises(Forbidden):
        sign(draft(of, row), of.members[1])


def test_their_hash_stands_in_the_ledger(of, held):
    row, _ = held
    drafted = draft(of, row)
    sign(sign(drafted, of.chair), of.house.secretary)

    body = bytes(Entry.objects.filter(verb="minutes.approved").latest("id").body)

    assert orjson.loads(body)["after"]["sha256"] == drafted.sha256


def test_minutes_are_not_signed_when_the_records_say_something_else_by_now(of, held):
    row, _ = held
    drafted = draft(of, row)
    item = row.items.get(kind="free")
    by(of.house.secretary, note_item, item_id=item.pk, note="Nothing came of it.", at=END)

    with pytest.raises(Conflict) as refusal:
        sign(drafted, of.chair)

    assert refusal.value.code == "minutes_changed"
    assert "Nothing came of it." in text_of(draft(of, row))


def test_another_draft_replaces_the_earlier_one_visibly(of, held):
    row, _ = held
    first = draft(of, row)

    second = draft(of, row)

    states = Minutes.objects.filter(meeting=row).order_by("number").values_list("state", flat=True)
    assert (first.number, second.number) == (2, 3)
    assert list(states) == ["replaced", "replaced", "draft"]


def test_while_a_vote_is_open_they_are_not_signed(of):
    motion = moved(of, decided(of))
    row = in_session(of, motion)
    by(of.house.secretary, end_meeting, meeting_id=row.pk, at=START + HOUR)
    drafted = draft(of, row, at=START + HOUR)

    with pytest.raises(Conflict) as refusal:
        sign(drafted, of.chair, at=START + HOUR)

    assert refusal.value.code == "round_open"


def test_a_draft_while_a_vote_is_open_tells_no_vote(of):
    motion = moved(of, decided(of))
    row = in_session(of, motion)
    vote(again(motion), of.chair, "against", reason="Too soon.", at=START)
    by(of.house.secretary, end_meeting, meeting_id=row.pk, at=START + HOUR)

    assert "Too soon." not in draft(of, row, at=START + HOUR).content


def test_once_they_are_signed_nobody_is_recorded_any_more(of, held):
    row, _ = held
    sign(draft(of, row), of.chair)

    with pytest.raises(Conflict) as refusal:
        by(
            of.house.secretary,
            record_attendance,
            meeting_id=row.pk,
            person_id=of.chair.pk,
            standing="absent",
            at=END,
        )

    assert refusal.value.code == "minutes_signed"


@pytest.fixture
def approved(of, held):
    """Minutes that are approved."""
    row, _ = held
    return sign(sign(draft(of, row), of.chair), of.house.secretary)


def test_a_later_amendment_is_a_signed_addendum(of, approved):
    row = by(
        of.chair,
        add_addendum,
        minutes_id=approved.pk,
        text="The run was in December.",
        ceremony=ceremony(END),
        at=END,
    )

    assert (row.number, row.signature.meaning) == (1, "certification")
    assert Minutes.objects.get(pk=approved.pk).content == approved.content


def test_approved_minutes_are_not_drawn_up_anew(of, held, approved):
    with pytest.raises(Conflict):
        draft(of, held[0])


def test_an_edited_copy_is_attached_and_replaces_nothing(of, approved):
    row = by(
        of.house.secretary,
        attach_narrative,
        minutes_id=approved.pk,
        document=document(name="minutes-edited.docx", sha256="b" * 64),
        note="Nicer words.",
        at=END,
    )

    found = Minutes.objects.get(pk=approved.pk)
    assert row.sha256 == "b" * 64
    assert (found.content, found.sha256, found.state) == (
        approved.content,
        approved.sha256,
        "approved",
    )


def test_an_addendum_is_append_only(of, approved):
    by(of.chair, add_addendum, minutes_id=approved.pk, text="More.", ceremony=ceremony(END),
       at=END)  # fmt: skip

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as raw:
        raw.execute("UPDATE governance_minutesaddendum SET text = 'x'")

    assert approved.addenda.get().text == "More."


def test_a_changed_text_is_told_as_changed_since_signing(of, approved):
    changed = Minutes.objects.get(pk=approved.pk)

    changed.content = changed.content.replace("Too soon.", "Gladly.")

    assert not is_intact(changed)


def test_the_word_document_holds_what_the_page_shows(of, approved):
    made = to_docx(title="Minutes", under="", sections=sections_of_minutes(approved))

    opened = docx.Document(io.BytesIO(made))
    cells = [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
    told = "\n".join([one.text for one in opened.paragraphs] + cells)
    assert "Member 3, recused (declared): A friend." in told
    assert "Too soon." in told


def test_a_round_in_writing_has_minutes_of_its_own(of):
    decision = convened(of, decided(of))
    all_vote(decision)
    count(decision)

    drafted = by(of.house.secretary, draft_minutes, decision_id=decision.pk, at=AT + 2 * HOUR)

    assert "3 for, 0 against" in text_of(drafted)
    assert sign(sign(drafted, of.chair, at=AT + 2 * HOUR), of.members[1],
                at=AT + 2 * HOUR).state == "approved"  # fmt: skip
