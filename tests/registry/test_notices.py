"""One says how one is told; administrators put back what failed (workflow section 9)."""

import datetime as dt
import uuid

import pytest

from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox import clock
from outbox.contacts import contact_of, operations
from outbox.models import Message
from outbox.services.messages import queue_mail, save_endpoint
from registry.models import NoticePreference
from registry.services.notices import (
    Choices,
    addresses_of,
    forget_preference,
    set_preference,
)
from tests.net import by_hand
from tests.registry.factories import AT, SETUP, call, person_as_actor, role, sign_in, unit, user

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
KEY = "pagerduty:R015GE1ABCDEFGHIJKLMNOPQ"
LINK = "https://countersign.example.org/desk/"


def choose(who, *, version=0, **choices):
    return call(
        set_preference,
        choices=Choices(**({"digest_hour": 8} | choices)),
        expected_version=version,
        actor=person_as_actor(who),
    )


def mail(who, *, failed=True, **changes):
    at = clock.now()
    made = queue_mail(
        key=f"k:{uuid.uuid4()}",
        person_id=who.pk,
        address=who.email,
        subject="Validate the secret matter",
        body=f"Secret.\n{LINK}\n",
        url=LINK,
        at=at,
        **changes,
    )
    if failed:
        Message.objects.filter(pk=made.pk).update(state="failed", attempts=1)
    return made


@pytest.fixture
def place(db, client):
    """The unit at the top with an administrator who is signed in, and a person."""
    made, now = unit(), clock.now()
    made.administrator = user(of=made, name="Ada Administrator")
    role(made.administrator, "administrator", unit=made, at=now - DAY)
    made.person = user(of=made, name="Pia Person")
    sign_in(client, made.administrator)
    return made


def test_who_chose_nothing_is_told_by_mail_alone():
    who = user()

    found = contact_of(who.pk)

    assert (found.mail, found.page, found.chat) == (who.email, "", "")
    assert (found.digest_hour, found.digest) == (8, frozenset())


def test_choices_reach_the_outbox_as_plain_values():
    who = user()

    choose(who, digest_hour=17, digest=["information"], page=KEY)

    found = contact_of(who.pk)
    assert (found.digest_hour, found.digest, found.page) == (17, {"information"}, KEY)
    assert found.zone == who.zone


def test_an_address_is_kept_encrypted_and_named_only_in_the_record():
    who = user()

    row = choose(who, page=KEY)

    entry = Entry.objects.order_by("-id").first()
    assert row.page_name == "PagerDuty, key ending in NOPQ"
    assert KEY.encode() not in bytes(row.secrets)
    assert "NOPQ" not in bytes(entry.body).decode()
    assert not hasattr(row.history.first(), "secrets")


def test_an_address_that_is_left_out_stays_and_an_empty_one_goes():
    who = user()
    choose(who, page=KEY)

    kept = choose(who, version=1)
    known = addresses_of(kept)["page"]
    gone = choose(who, version=2, page="")

    assert (known, gone.page_name, contact_of(who.pk).page) == (KEY, "", "")


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        ({"digest": ["reminder"]}, "digest"),
        ({"digest": ["gossip"]}, "digest"),
        ({"in_product": ["task"]}, "in_product"),
        ({"in_product": ["information"], "digest": ["information"]}, "in_product"),
        ({"by_chat": ["task"]}, "by_chat"),
        ({"digest_hour": 24}, "digest_hour"),
        ({"page": "pagerduty:short"}, "page"),
        ({"page": "https://ntfy.example.org/"}, "page"),
        ({"page": "ftp://ntfy.example.org/topic"}, "page"),
        ({"chat": "json://10.0.0.1/"}, "chat"),
        ({"chat": "slack://\x00"}, "chat"),
    ],
)
def test_a_choice_that_cannot_work_is_refused_beside_its_field(choices, field):
    with pytest.raises(Invalid) as refused:
        choose(user(), **choices)

    assert set(refused.value.fields) == {field}


def test_a_stale_form_overwrites_nothing():
    who = user()
    choose(who)

    with pytest.raises(Conflict):
        choose(who, version=0)


def test_a_machine_chooses_for_nobody():
    with pytest.raises(Forbidden):
        call(set_preference, choices=Choices(digest_hour=8), expected_version=0, actor=SETUP)


def test_the_page_keeps_what_is_chosen(place, client):
    client.post(
        "/me/notices/",
        {"digest_hour": "6", "mail_task": "digest", "mail_information": "none", "version": "0"},
    )

    row = NoticePreference.objects.get(user=place.administrator)
    assert (row.digest_hour, row.digest, row.in_product) == (6, ["task"], ["information"])


def test_the_matrix_says_what_is_fixed_and_why(place, client):
    page = client.get("/me/notices/").content.decode()
    lines = {one["kind"]: one["cells"] for one in client.get("/api/v1/me/notices").json()["matrix"]}

    assert {one["way"]: one["told"] for one in lines["urgent"]}["mail"] is True
    assert "past every digest" in {one["way"]: one["fixed"] for one in lines["urgent"]}["mail"]
    assert 'name="mail_task" value="digest"' in page
    assert 'name="mail_reminder"' not in page


def test_what_waits_for_somebody_cannot_stand_in_the_product_alone(place, client):
    page = client.post("/me/notices/", {"digest_hour": "6", "mail_task": "none", "version": "0"})

    assert page.status_code == 400


def test_the_page_says_what_is_wrong_beside_the_field(place, client):
    page = client.post("/me/notices/", {"digest_hour": "6", "page": "nonsense", "version": "0"})

    assert page.status_code == 400
    assert "https address of an ntfy topic" in page.content.decode()


def test_a_trial_goes_by_every_way(place, client):
    choose(place.administrator, page=KEY, chat="slack://TokenA/TokenB/TokenC")

    client.post("/me/notices/trial")

    told = Message.objects.filter(key__startswith=f"trial:{place.administrator.pk}")
    assert sorted(told.values_list("channel", flat=True)) == ["chat", "mail", "page"]


def test_the_api_gives_and_takes_choices_by_their_version(place, client):
    first = client.get("/api/v1/me/notices")

    answer = client.put(
        "/api/v1/me/notices",
        {"digest_hour": 19, "digest": ["information"], "page": KEY},
        content_type="application/json",
        headers={"If-Match": first.headers["ETag"]},
    )

    assert answer.status_code == 200
    assert (answer.json()["digest_hour"], answer.json()["page"][:9]) == (19, "PagerDuty")


def test_opening_its_link_is_seeing_a_notice(place, client):
    message = mail(place.administrator, failed=False)

    client.get(f"/me/notices/?notice={message.pk}")

    message.refresh_from_db()
    assert message.seen_at is not None


def test_what_somebody_else_opens_is_not_seen(place, client):
    message = mail(place.person, failed=False)

    client.get(f"/me/notices/?notice={message.pk}")
    client.get("/me/notices/?notice=nonsense")

    message.refresh_from_db()
    assert message.seen_at is None


def test_administrators_see_how_a_message_fared_and_not_what_it_says(place, client):
    mail(place.person)

    page = client.get("/operations/messages/?state=failed").content.decode()

    assert "Pia Person" in page
    assert "secret matter" not in page


def test_who_administers_nothing_sees_no_messages(place, client):
    sign_in(client, place.person)

    assert client.get("/operations/messages/").status_code == 403


def test_an_administrator_below_sees_their_own_people_and_no_webhook(place, client):
    below = unit(parent=place)
    other, own = mail(place.person), mail(user(of=below, name="Ben Below"))
    administrator = user(of=below)
    role(administrator, "administrator", unit=below, at=clock.now() - DAY)
    sign_in(client, administrator)

    listed = client.get("/api/v1/messages").json()["results"]
    refused = client.post(f"/api/v1/messages/{other.pk}/requeue")

    assert [one["id"] for one in listed] == [str(own.pk)]
    assert refused.status_code == 404


def test_a_failed_message_is_put_back_under_its_id_with_an_entry(place, client):
    message = mail(place.person)

    client.post(f"/operations/messages/{message.pk}/requeue")

    message.refresh_from_db()
    assert message.state == "queued"
    assert Entry.objects.filter(verb="message.requeued").count() == 1


def test_what_a_carrier_holds_is_put_back_with_it(place, client):
    carrier, item = mail(place.person), mail(place.person)
    Message.objects.filter(pk=item.pk).update(carried_by=carrier)

    answer = client.post(
        "/api/v1/messages/requeue", {"channel": "mail"}, content_type="application/json"
    )

    item.refresh_from_db()
    assert (answer.json(), item.state) == ({"requeued": 1}, "queued")


def test_what_did_not_fail_is_not_put_back(place, client):
    message = mail(place.person, failed=False)

    answer = client.post(f"/api/v1/messages/{message.pk}/requeue")

    assert answer.status_code == 409


def test_the_list_takes_as_many_queries_for_many_as_for_few(
    place, client, django_assert_max_num_queries
):
    for _ in range(12):
        mail(place.person)

    with django_assert_max_num_queries(10):
        client.get("/operations/messages/")


def test_counts_of_messages_stop_and_say_that_there_are_more(place, client, monkeypatch):
    for failed in (True, True, False):
        mail(place.person, failed=failed)
    few = client.get("/operations/messages/").content.decode()
    monkeypatch.setattr("registry.selectors.messages.MOST_COUNTED", 1)

    many = client.get("/operations/messages/").content.decode()

    assert '<a href="?state=failed">2</a>' in few
    assert '<a href="?state=failed">1+</a>' in many
    assert "1+</a>" not in many.replace('<a href="?state=failed">1+</a>', "")


def test_operations_are_the_active_administrators(place):
    assert operations(clock.now()) == [place.administrator.pk]


def test_a_webhook_is_named_by_its_endpoint(place, client):
    endpoint = call(save_endpoint, name="gateway:scoring", url="https://g.example.org/", secret="s")
    Message.objects.create(
        key="w", channel="webhook", address=endpoint.url, endpoint=endpoint, state="failed",
        next_attempt_at=clock.now(), created_at=clock.now(),
    )  # fmt: skip

    page = client.get("/operations/messages/?channel=webhook").content.decode()

    assert "gateway:scoring" in page


def test_who_is_erased_leaves_no_address_behind():
    who = user()
    choose(who, page=KEY)

    with acting_as(SETUP), by_hand():
        forget_preference(person=who, at=AT)

    row = NoticePreference.objects.get(user=who)
    assert (row.page_name, bytes(row.secrets)) == ("", b"")
    assert set(row.history.values_list("page_name", flat=True)) == {""}
