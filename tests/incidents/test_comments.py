"""Comments on a case: append-only, told to who may see it, withdrawn by a mark (issue 8, 3)."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, ProgrammingError, connection, transaction

from incidents.models import Comment, CommentMention, CommentWithdrawal
from incidents.selectors.cast import Cast
from incidents.selectors.comments import comments_page, links_of, people_to_tell
from incidents.selectors.looks import look_of, news_of
from incidents.services.comments import Said, withdraw_comment, write_comment
from incidents.services.looks import note_look
from ledger.context import acting_as
from ledger.models import Disclosure, Entry
from ledger.rules.actors import machine
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.selectors.past import as_it_was
from outbox.models import Message
from tests.incidents.factory import AT, acting, do, fresh, grant, opened, person

pytestmark = pytest.mark.django_db
LATER = AT + dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path


def say(incident, by, text="The feed stood still.", *, uploads=(), at=AT, **more):
    """Write a comment as somebody."""
    actor = acting(by)
    with acting_as(actor):
        return write_comment(
            incident_id=incident.pk, said=Said(text=text, **more), uploads=uploads, actor=actor,
            at=at,
        )  # fmt: skip


def take_back(comment, by, reason="Wrong case.", at=LATER):
    """Withdraw a comment as somebody."""
    actor = acting(by)
    with acting_as(actor):
        return withdraw_comment(
            incident_id=comment.incident_id, comment_id=comment.pk, reason=reason, actor=actor,
            at=at,
        )  # fmt: skip


def test_a_comment_stands_in_the_ledger_with_its_hash_and_not_its_words(house):
    incident = opened(house)

    written = say(incident, house.owner, "Brunhilde Quast saw it first.")

    entry = Entry.objects.get(pk=written.comment.entry_number)
    assert entry.verb == "incident.commented"
    assert b"Brunhilde" not in bytes(entry.body)
    assert Disclosure.objects.filter(kind="text", value="Brunhilde Quast saw it first.").exists()


@pytest.mark.parametrize("who", ["owner", "deputy", "compliance", "risk", "executive", "engineer"])
def test_whoever_sees_the_case_may_comment_on_it(house, who):
    incident = opened(house)

    say(incident, getattr(house, who))

    assert incident.comments.get().author == getattr(house, who)


def test_an_auditor_reads_and_says_nothing(house):
    with pytest.raises(Forbidden, match="an auditor reads everything and changes nothing"):
        say(opened(house), house.auditor)


def test_an_auditor_who_is_compliance_too_says_nothing_either(house):
    grant(house.compliance, "auditor", unit=house.unit)

    with pytest.raises(Forbidden, match="an auditor reads"):
        say(opened(house), house.compliance)


def test_who_does_not_see_the_case_is_told_that_there_is_none(house):
    with pytest.raises(Missing, match="There is no such incident"):
        say(opened(house), house.stranger)


def test_a_machine_says_nothing(house):
    incident, engine = opened(house), machine("engine")

    with acting_as(engine), pytest.raises(Forbidden, match="what a person says"):
        write_comment(incident_id=incident.pk, said=Said(text="x"), actor=engine, at=AT)


def test_a_case_that_has_ended_may_still_be_talked_about(house):
    incident = opened(house)
    Comment.objects.count()

    first = say(incident, house.owner)
    second = say(fresh(incident), house.owner, "One more.", corrects=first.comment.pk)

    assert second.comment.corrects_id == first.comment.pk


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "a" * 10_001}, "text"),
        ({"records": ["https://elsewhere.example/"]}, "records"),
        ({"records": ["/ledger/999999999/"]}, "records"),
        ({"records": ["INC-2026-9999"]}, "records"),
        ({"records": ["1"] * 6}, "records"),
    ],
)
def test_what_is_no_comment_is_refused_at_its_field(house, given, field):
    with pytest.raises(Invalid) as refused:
        say(opened(house), house.owner, **{"text": "Look.", **given})

    assert field in refused.value.fields
    assert not Comment.objects.exists()


def test_a_correction_is_of_a_comment_on_the_same_case(house):
    elsewhere = say(opened(house), house.owner).comment

    with pytest.raises(Missing):
        say(opened(house), house.owner, corrects=elsewhere.pk)


def test_the_same_form_sent_twice_is_one_comment(house):
    incident = opened(house)

    first = say(incident, house.owner, "@" + house.risk.name, key="k")
    second = say(incident, house.owner, "@" + house.risk.name, key="k")

    assert first.comment.pk == second.comment.pk
    assert Comment.objects.count() == Message.objects.filter(kind="mention").count() == 1


def test_a_name_behind_an_at_sign_tells_that_person_once(house):
    incident = opened(house)

    written = say(
        incident, house.owner, f"@{house.risk.name}, see. @{house.risk.name}!",
        tell=[house.risk.pk],
    )  # fmt: skip

    message = Message.objects.get(kind="mention")
    assert [one.pk for one in written.told] == [house.risk.pk]
    assert CommentMention.objects.get().person == house.risk
    assert (message.person_id, message.urgent) == (house.risk.pk, False)
    assert f"{house.owner.name} wrote:" in message.body
    assert incident.number in message.subject


def test_nobody_is_told_of_what_they_say_themselves(house):
    written = say(opened(house), house.owner, f"@{house.owner.name} noted")

    assert list(written.told) == []


def test_who_may_not_see_the_case_is_not_told_and_the_writer_hears_why(house):
    incident = opened(house)

    with pytest.raises(Invalid) as refused:
        say(incident, house.owner, f"@{house.stranger.name}, look")

    assert f"{house.stranger.name} may not see {incident.number}" in refused.value.fields["text"]
    assert not Comment.objects.exists()
    assert not Message.objects.filter(kind="mention").exists()


def test_who_is_picked_from_a_forged_list_is_looked_at_too(house):
    with pytest.raises(Invalid) as refused:
        say(opened(house), house.owner, tell=[house.stranger.pk])

    assert "may not see" in refused.value.fields["tell"]


def test_two_people_of_one_name_are_told_apart_by_the_list(house):
    first, second = (person(name="Kim Lee", unit=house.unit, role="engineer") for _ in range(2))

    with pytest.raises(Invalid, match="could be several people"):
        say(opened(house), house.owner, "@Kim Lee, look")

    assert {first.name, second.name} == {"Kim Lee"}


def test_what_is_nobodys_name_tells_nobody_and_is_said_so(house):
    written = say(opened(house), house.owner, "At @scale it differs; mail me@x.example")

    assert list(written.nobody) == ["scale"]
    assert list(written.told) == []


def test_the_list_holds_who_sees_the_case_and_nobody_else(house):
    incident = opened(house)

    names = {one.name for one in people_to_tell(
        incident=incident, cast=Cast(incident, AT), without=house.owner.pk)}  # fmt: skip

    assert {house.deputy.name, house.compliance.name, house.risk.name} <= names
    assert not {house.owner.name, house.stranger.name} & names


def test_records_are_tied_with_what_they_are_called_and_the_comment_says_why(house):
    other, incident = opened(house), opened(house)

    say(
        incident,
        house.owner,
        "The same cause.",
        records=[other.number, f"/incidents/{other.number}/"],
    )

    (link,) = links_of(incident=incident)
    assert (link.kind, link.address) == ("incident", f"/incidents/{other.number}/")
    assert link.label.startswith(other.number)
    assert link.comment.text == "The same cause."


def test_a_ledger_entry_that_the_writer_may_read_is_evidence(house):
    incident = opened(house)
    number = say(incident, house.owner).comment.entry_number

    say(incident, house.owner, "It says so.", records=[f"№ {number}"])

    assert [one.address for one in links_of(incident=incident)] == [f"/ledger/{number}/"]


def test_a_record_of_somebody_elses_is_none(house):
    from_elsewhere = opened()

    with pytest.raises(Invalid, match="names no record here"):
        say(opened(house), house.owner, records=[from_elsewhere.number])


def test_files_are_looked_at_and_named_by_their_hash(house):
    upload = SimpleUploadedFile("../run <1>.csv", b"a,b\n1,2\n")

    written = say(opened(house), house.owner, uploads=[upload])

    file = written.comment.files.get()
    assert (file.media_type, file.size) == ("text/csv", 8)
    assert "/" not in file.name
    assert "<" not in file.name


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.exe", b"MZ"), ("a.html", b"<script>1</script>"), ("a.png", b"GIF89a"), ("a.csv", b"")],
)
def test_a_file_that_could_act_or_is_another_is_refused_and_nothing_is_said(house, name, content):
    with pytest.raises(Invalid) as refused:
        say(opened(house), house.owner, uploads=[SimpleUploadedFile(name, content)])

    assert "files" in refused.value.fields
    assert not Comment.objects.exists()


def test_six_files_are_too_many(house):
    uploads = [SimpleUploadedFile(f"{number}.txt", b"x") for number in range(6)]

    with pytest.raises(Invalid, match="At most 5 files"):
        say(opened(house), house.owner, uploads=uploads)


def test_a_withdrawal_marks_and_takes_nothing_away(house):
    comment = say(opened(house), house.owner).comment

    row = take_back(comment, house.owner)

    (shown,) = comments_page(incident=comment.incident).rows
    assert (shown.text, shown.withdrawal.reason) == ("The feed stood still.", "Wrong case.")
    assert Entry.objects.get(pk=row.entry_number).verb == "incident.comment_withdrawn"


def test_compliance_may_withdraw_what_others_said(house):
    comment = say(opened(house), house.owner).comment

    take_back(comment, house.compliance)

    assert CommentWithdrawal.objects.get().by == house.compliance


@pytest.mark.parametrize("who", ["risk", "auditor", "engineer"])
def test_nobody_else_withdraws_it(house, who):
    comment = say(opened(house), house.owner).comment

    with pytest.raises(Forbidden, match=f"that takes {house.owner.name} or a compliance"):
        take_back(comment, getattr(house, who))


def test_it_is_withdrawn_once_and_with_a_reason(house):
    comment = say(opened(house), house.owner).comment

    with pytest.raises(Invalid):
        take_back(comment, house.owner, reason=" ")
    take_back(comment, house.owner)
    with pytest.raises(Conflict):
        take_back(comment, house.owner)


def test_records_of_a_withdrawn_comment_count_no_more(house):
    other, incident = opened(house), opened(house)
    comment = say(incident, house.owner, records=[other.number]).comment

    take_back(comment, house.owner)

    assert links_of(incident=incident) == []


@pytest.mark.parametrize("table", ["comment", "commentwithdrawal", "commentmention", "commentfile",
                                   "evidencelink"])  # fmt: skip
def test_the_database_refuses_to_change_what_was_said(house, table):
    comment = say(
        opened(house), house.owner, f"@{house.risk.name}", records=[opened(house).number],
        uploads=[SimpleUploadedFile("a.txt", b"x")],
    ).comment  # fmt: skip
    take_back(comment, house.owner)

    for sql in (f"UPDATE incidents_{table} SET entry_number = 1", f"DELETE FROM incidents_{table}"):
        refused = pytest.raises((IntegrityError, ProgrammingError))
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_at_an_earlier_instant_only_what_was_said_by_then_is_there(house):
    incident = opened(house)
    first = say(incident, house.owner).comment
    say(incident, house.owner, "Later.", at=LATER)
    take_back(first, house.owner)

    with as_it_was(AT + dt.timedelta(minutes=1)):
        rows = comments_page(incident=incident).rows

    assert [row.text for row in rows] == ["The feed stood still."]
    assert not hasattr(rows[0], "withdrawal") or rows[0].withdrawal is None


def test_pages_of_comments_go_back_to_the_first(house):
    incident = opened(house)
    for number in range(5):
        say(incident, house.owner, f"{number}", at=AT + dt.timedelta(minutes=number))

    newest = comments_page(incident=incident, limit=2)
    older = comments_page(incident=incident, limit=2, before=newest.rows[0].pk)

    assert [row.text for row in newest.rows] == ["3", "4"]
    assert (newest.count, newest.earlier) == (5, 3)
    assert [row.text for row in older.rows] == ["1", "2"]
    assert (older.count, older.earlier) == (5, 1)


def test_a_look_says_next_time_what_others_did_since(house):
    incident = opened(house)
    note_look(incident_id=incident.pk, person=house.owner.pk, entry=0, at=AT)
    mine = say(incident, house.owner).comment.entry_number
    theirs = say(incident, house.risk).comment.entry_number

    news = {line.number for line in news_of(incident=incident, person=house.owner.pk, after=0)}

    assert theirs in news
    assert mine not in news


def test_to_look_is_kept_once_for_each_person_and_never_on_record(house):
    incident = opened(house)
    before = Entry.objects.count()

    for entry in (1, 7):
        note_look(incident_id=incident.pk, person=house.owner.pk, entry=entry, at=AT)

    assert look_of(incident=incident, person=house.owner.pk).entry_number == 7
    assert look_of(incident=incident, person=house.risk.pk) is None
    assert Entry.objects.count() == before


def test_to_comment_takes_no_part_in_the_case(house):
    incident = opened(house)
    do(incident, "acknowledge", house.owner)
    say(incident, house.compliance, "I looked at it.")

    acted = {act.person for act in Cast(fresh(incident), AT).history}

    assert house.owner.pk in acted
    assert house.compliance.pk not in acted
