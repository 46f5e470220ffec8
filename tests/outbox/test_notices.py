"""Notices wait for one another and become digests and summaries, and none is lost (F18, W 9)."""

import datetime as dt
import uuid

import pytest
from django.db import transaction

from ledger.context import acting_as
from ledger.rules.actors import machine
from outbox import contacts, notice_policy
from outbox.contacts import Contact
from outbox.models import DeliveryAttempt, Message, NoticeStorm
from outbox.rules.notices import NoticePolicy
from outbox.services import sorting
from outbox.services.delivery import deliver_due
from outbox.services.messages import queue_mail
from outbox.services.sorting import sort_notices

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
LINK = "https://countersign.example.org/incidents/INC-1/"
OPERATOR = uuid.UUID(int=99)


@pytest.fixture
def people(monkeypatch):
    """Contacts as the registry would tell them; a test adds what it needs."""
    known = {OPERATOR: Contact(mail="operations@example.org")}
    monkeypatch.setattr(
        contacts._sources, "find", [lambda ids: {i: known[i] for i in ids if i in known}]
    )
    monkeypatch.setattr(contacts._sources, "operations", [lambda at: [OPERATOR]])
    return known


@pytest.fixture(autouse=True)
def policy(monkeypatch):
    """The shipped limits, which a test may replace."""
    held = [NoticePolicy()]
    monkeypatch.setattr(notice_policy, "_source", [lambda at: held[0]])
    return held


def after(**length):
    return AT + dt.timedelta(**length)


def queue(reader, number=1, *, at=AT, **changes):
    given = {
        "kind": "task",
        "subject": f"Validate INC-{number} by Mon 23 Nov 13:20 CET",
        "body": f"Validate INC-{number}.\n\n{LINK}\n",
        "subject_id": uuid.UUID(int=number),
        "url": LINK,
    } | changes
    return queue_mail(
        key=f"{reader}:{number}:{at}:{given['subject']}",
        person_id=reader,
        address=f"{reader}@example.org",
        at=at,
        **given,
    )


def sent(reader):
    """What went to a reader, oldest first."""
    rows = Message.objects.filter(person_id=reader, carried_by=None, state="sent")
    return list(rows.order_by("sent_at", "created_at"))


@pytest.mark.django_db
def test_what_comes_within_two_minutes_goes_as_one_mail(people):
    reader = uuid.uuid4()
    queue(reader, 1)
    queue(reader, 2, at=after(seconds=100))

    too_early = deliver_due(at=after(seconds=110))
    deliver_due(at=after(seconds=120))

    assert too_early == 0
    (mail,) = sent(reader)
    assert mail.subject == "Validate INC-1 by Mon 23 Nov 13:20 CET (and 1 more)"
    assert "Validate INC-2." in mail.body
    assert set(mail.carries.values_list("state", flat=True)) == {"sent"}


@pytest.mark.django_db
def test_a_single_notice_goes_as_it_is(people):
    reader = uuid.uuid4()
    message = queue(reader)

    deliver_due(at=after(minutes=2))

    (mail,) = sent(reader)
    assert (mail.pk, mail.form) == (message.pk, "single")


@pytest.mark.django_db
def test_what_its_reader_wants_in_the_product_alone_is_mailed_to_nobody(people):
    reader = uuid.uuid4()
    people[reader] = Contact(mail="r@example.org", in_product=frozenset({"information"}))
    message = queue(reader, kind="information")
    queue(reader, 2)

    deliver_due(at=after(minutes=2))

    message.refresh_from_db()
    assert (message.channel, message.state, message.held) == ("product", "delivered", False)
    assert [mail.subject[:14] for mail in sent(reader)] == ["Validate INC-2"]


@pytest.mark.django_db
def test_what_is_urgent_waits_for_nothing(people):
    reader = uuid.uuid4()
    message = queue(reader, urgent=True)
    queue(reader, 2)

    deliver_due(at=AT)

    assert [mail.pk for mail in sent(reader)] == [message.pk]


@pytest.mark.django_db
def test_a_mail_without_a_kind_goes_at_once_as_ever(people):
    reader = uuid.uuid4()
    message = queue(reader, kind="")

    deliver_due(at=AT)

    assert [mail.pk for mail in sent(reader)] == [message.pk]


@pytest.mark.django_db
def test_the_most_pressing_deadline_leads_and_one_thing_is_told_once(people):
    reader = uuid.uuid4()
    queue(reader, 1, due_at=after(days=3), subject="Assess INC-1")
    queue(reader, 2, due_at=after(hours=4), subject="Acknowledge INC-2")
    queue(reader, 1, at=after(seconds=30), due_at=after(days=2), subject="Submit INC-1")

    deliver_due(at=after(minutes=2))

    (mail,) = sent(reader)
    assert mail.subject == "Acknowledge INC-2 (and 2 more)"
    assert mail.due_at == after(hours=4)
    assert "Before that, about the same:\n  Assess INC-1" in mail.body


@pytest.mark.django_db
def test_above_the_ceiling_the_rest_comes_at_the_readers_own_hour(people, policy):
    reader = uuid.uuid4()
    people[reader] = Contact(mail="r@example.org", zone="Asia/Kathmandu", digest_hour=18)
    policy[0] = NoticePolicy(ceiling=2)
    for number in (1, 2, 3, 4):
        queue(reader, number, at=after(minutes=5 * number))
        deliver_due(at=after(minutes=5 * number + 3))
    six_in_the_evening = dt.datetime(2026, 11, 20, 12, 15, tzinfo=dt.UTC)

    before = deliver_due(at=six_in_the_evening - dt.timedelta(seconds=1))
    deliver_due(at=six_in_the_evening)

    assert before == 0
    assert [mail.form for mail in sent(reader)] == ["single", "single", "digest"]
    assert sent(reader)[2].carries.count() == 2


@pytest.mark.django_db
def test_a_deadline_before_the_digest_is_told_when_the_hour_is_over(people, policy):
    reader = uuid.uuid4()
    policy[0] = NoticePolicy(ceiling=1)
    queue(reader, 1)
    deliver_due(at=after(minutes=2))
    queue(reader, 2, at=after(minutes=10), due_at=after(hours=4))
    deliver_due(at=after(minutes=13))

    deliver_due(at=after(minutes=62))

    assert [mail.form for mail in sent(reader)] == ["single", "digest"]


@pytest.mark.django_db
def test_a_reader_may_want_some_kinds_in_the_digest_only(people):
    reader = uuid.uuid4()
    people[reader] = Contact(mail="r@example.org", digest_hour=7, digest=frozenset({"information"}))
    queue(reader, 1)
    queue(reader, 2, kind="information")

    deliver_due(at=after(minutes=2))
    deliver_due(at=dt.datetime(2026, 11, 21, 7, tzinfo=dt.UTC))

    assert [(mail.form, mail.carries.count()) for mail in sent(reader)] == [
        ("single", 0),
        ("digest", 1),
    ]


@pytest.mark.django_db
def test_of_one_group_a_reader_hears_at_most_each_quarter_of_an_hour(people):
    reader = uuid.uuid4()
    queue(reader, 1, group="cause:1")
    deliver_due(at=after(minutes=2))
    queue(reader, 2, group="cause:1", at=after(minutes=5))

    early = deliver_due(at=after(minutes=16))
    deliver_due(at=after(minutes=17))

    assert (early, len(sent(reader))) == (0, 2)


@pytest.mark.django_db
def test_two_mails_that_are_not_urgent_are_a_minute_apart(people, policy):
    reader = uuid.uuid4()
    policy[0] = NoticePolicy(bundle=dt.timedelta(0))
    queue(reader, 1)
    deliver_due(at=AT)
    queue(reader, 2, at=after(seconds=30))

    early = deliver_due(at=after(seconds=59))
    deliver_due(at=after(seconds=60))

    assert (early, len(sent(reader))) == (0, 2)


@pytest.mark.django_db
def test_a_drill_is_marked_and_never_shares_a_mail_with_a_case(people):
    reader = uuid.uuid4()
    queue(reader, 1)
    queue(reader, 2, drill=True)

    deliver_due(at=after(minutes=2))

    subjects = {mail.subject.split()[0] for mail in sent(reader)}
    assert subjects == {"Validate", "DRILL"}


@pytest.mark.full
@pytest.mark.django_db
def test_f18_a_thousand_breaches_in_a_minute_are_few_mails_and_none_is_lost(people):
    readers = [uuid.uuid4() for _ in range(4)]
    for number in range(1000):
        moment = after(milliseconds=60 * number)
        for reader in readers[: 1 + number % 2]:
            queue(reader, number, at=moment)
    critical = queue(readers[3], 5000, at=after(seconds=59), urgent=True)

    deliver_due(at=after(seconds=60))
    critical.refresh_from_db()
    for tick in range(3, 3600 // 30):
        deliver_due(at=after(seconds=30 * tick))

    told = [mail for reader in readers for mail in sent(reader)]
    carried = Message.objects.filter(kind="task", form="single", urgent=False)
    assert critical.sent_at - critical.created_at < dt.timedelta(minutes=1)
    assert len(told) <= 2 + 2 * 4
    assert carried.count() == 1500
    assert set(carried.values_list("state", flat=True)) == {"sent"}
    assert all(
        row.subject in row.carried_by.body for row in carried.select_related("carried_by")[:1500]
    )


@pytest.mark.django_db
def test_f18_operations_hear_of_a_storm_once_when_it_begins_and_once_when_it_ends(people, policy):
    policy[0] = NoticePolicy(storm=10)
    reader = uuid.uuid4()
    for number in range(12):
        queue(reader, number)

    with acting_as(machine("sweep")):
        for minutes in (0, 1, 2, 10, 16, 17):
            deliver_due(at=after(minutes=minutes))

    told = Message.objects.filter(person_id=OPERATOR).order_by("created_at")
    assert [mail.subject for mail in told] == [
        "Look into a storm of notices: 12 at once",
        "The storm of notices is over",
    ]
    assert NoticeStorm.objects.get().ended_at == after(minutes=16)
    assert [mail.form for mail in sent(reader)] == ["summary"]


@pytest.mark.django_db
def test_a_failed_carrier_fails_what_it_carries(people, monkeypatch):
    reader = uuid.uuid4()
    people[reader] = Contact()
    first = queue(reader, 1)
    queue(reader, 2)
    Message.objects.update(address="")

    deliver_due(at=after(minutes=2))

    first.refresh_from_db()
    assert (first.state, first.carried_by.state) == ("failed", "failed")
    assert DeliveryAttempt.objects.get().response == "no address is known"


@pytest.mark.django_db
def test_sorting_twice_makes_no_second_carrier(people):
    reader = uuid.uuid4()
    queue(reader, 1)
    queue(reader, 2)

    sort_notices(at=after(minutes=2))
    sort_notices(at=after(minutes=2))

    assert Message.objects.filter(person_id=reader, form="bundle").count() == 1


@pytest.mark.django_db
def test_f44_what_is_raised_after_the_notice_takes_the_notice_back(people):
    reader = uuid.uuid4()

    with pytest.raises(RuntimeError), transaction.atomic():
        queue(reader, urgent=True)
        queue(reader, 2)
        raise RuntimeError("planted")

    assert deliver_due(at=after(days=1)) == 0
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_a_sorter_that_fails_half_way_leaves_everything_waiting(people, monkeypatch):
    reader = uuid.uuid4()
    queue(reader, 1)
    queue(reader, 2)

    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(sorting, "_carry", _fail)
        sort_notices(at=after(minutes=2))
    deliver_due(at=after(minutes=2))

    assert [mail.form for mail in sent(reader)] == ["bundle"]


def _fail(*_arguments):
    raise RuntimeError("planted")
