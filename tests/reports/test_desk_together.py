"""Several cases at once: each by its own guard, refusals one by one, nothing unsigned (issue 8)."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance.models import SigningList, Watch
from incidents.models import Incident
from incidents.selectors.reviews import newest_findings
from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox import clock
from reports.selectors.desk import desk_of
from reports.selectors.together import chosen_cases, successors_of
from reports.services.together import Picked, act_together, close_together
from tests.governance import organisation as org
from tests.governance.meetings import small_waiting
from tests.incidents import factory as cases
from tests.incidents.factory import AT, PASSWORD, acting, ceremony
from tests.registry.factories import sign_in
from tests.reports import mondays

pytestmark = pytest.mark.django_db
NO = dict.fromkeys(("person_harmed", "rights_affected", "personal_data", "critical_service"), "no")
LATER = AT + dt.timedelta(days=2)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def house():
    """A house at medium tier."""
    return cases.house()


def picked(*incidents):
    """Cases as somebody saw them just now."""
    return [Picked(one.number, str(cases.fresh(one).version)) for one in incidents]


def together(who, act, chosen, *, at=AT, key="k", **payload):
    """Do one act to several cases."""
    actor = acting(who)
    with acting_as(actor):
        return act_together(act=act, cases=chosen, payload=payload, key=key, actor=actor, at=at)


def looked(who, act, *marks, at=AT):
    """What somebody sees before an act."""
    return chosen_cases(act=act, marks=list(marks), user=who, actor=acting(who), at=at)


def states():
    """The states of all incidents, by number."""
    return dict(Incident.objects.order_by("number").values_list("number", "state"))


def test_several_are_acknowledged_each_with_its_own_transition(house):
    first, second = cases.opened(house), cases.opened(house)

    told = together(house.owner, "acknowledge", picked(first, second), **NO)

    assert (told.done, told.refused) == ([first.number, second.number], [])
    assert set(states().values()) == {"INVESTIGATING"}


def test_one_that_is_refused_leaves_the_others_and_is_told_by_name_and_reason(house):
    first, second, gone = (cases.opened(house) for _ in range(3))
    chosen = picked(first, second)
    cases.do(second, "acknowledge", house.owner)

    told = together(house.owner, "acknowledge", [*chosen, Picked("INC-1999-0001", "1")], **NO)

    assert told.done == [first.number]
    assert [(number, refusal.code) for number, refusal in told.refused] == [
        (second.number, "stale_version"), ("INC-1999-0001", "not_found"),
    ]  # fmt: skip
    assert states()[gone.number] == "OPEN"


def test_the_same_key_does_nothing_twice(house):
    incident = cases.opened(house)
    chosen = picked(incident)

    first, again = (together(house.owner, "acknowledge", chosen, **NO) for _ in range(2))

    assert (first.done, again.done) == ([incident.number], [incident.number])
    assert incident.transitions.filter(command="acknowledge").count() == 1


def test_an_auditor_is_refused_for_each_and_it_is_on_record(house):
    chosen = picked(cases.opened(house), cases.opened(house))

    told = together(house.auditor, "acknowledge", chosen, **NO)

    assert [refusal.code for _, refusal in told.refused] == ["auditor_reads_only"] * 2
    ids = Incident.objects.values("pk")
    refused = Entry.objects.filter(verb="request.refused", at__gt=AT - HOUR, incident_id__in=ids)
    assert refused.count() == 2


def test_what_nobody_looked_at_is_not_acted_on(house):
    incident = cases.opened(house)

    told = together(house.owner, "acknowledge", [Picked(incident.number)], **NO)

    assert [refusal.code for _, refusal in told.refused] == ["version_needed"]


@pytest.mark.parametrize("number", [0, 51])
def test_none_and_too_many_are_refused_as_a_whole(house, number):
    chosen = [Picked(f"INC-2026-{n:04}", "1") for n in range(number)]

    with pytest.raises(Invalid, match="between one and 50"):
        together(house.owner, "acknowledge", chosen, **NO)


def test_a_token_acts_on_nothing(house):
    actor = cases.gateway()

    with acting_as(actor), pytest.raises(Forbidden):
        act_together(act="assign", cases=[Picked("x", "1")], payload={}, key="", actor=actor, at=AT)


def test_several_are_given_to_somebody_and_both_are_told(house):
    first, second = cases.opened(house), cases.opened(house)
    heir = cases.person(unit=house.unit)

    told = together(
        house.compliance, "assign", picked(first, second), owner_id=str(heir.pk), reason="On leave."
    )

    assert len(told.done) == 2
    assert set(Incident.objects.values_list("owner", flat=True)) == {heir.pk}


def test_who_has_a_part_against_it_is_not_offered_to_take_over(house):
    chosen = looked(house.compliance, "assign", cases.opened(house).number)

    names = {person.pk for person in successors_of(chosen)}

    assert house.owner.pk in names
    assert house.stranger.pk in names


def test_small_cases_that_may_be_closed_are_signed_and_the_others_are_told(house):
    small = small_waiting(house, 2)
    open_one = cases.opened(house)
    actor = acting(house.compliance)
    chosen = [Picked(one.number, newest_findings(one).record_sha256) for one in small]

    with acting_as(actor):
        told = close_together(
            cases=[*chosen, Picked(open_one.number, "")],
            lessons="",
            ceremony=ceremony(LATER),
            actor=actor,
            at=LATER,
        )

    assert told.done == [one.number for one in small]
    assert [number for number, _ in told.refused] == [open_one.number]
    assert SigningList.objects.get().items.count() == 2


def test_small_cases_whose_findings_were_not_the_ones_read_are_not_signed(house):
    (small,) = small_waiting(house, 1)
    actor = acting(house.compliance)

    with acting_as(actor), pytest.raises(Conflict, match="have changed"):
        close_together(
            cases=[Picked(small.number, "0" * 64)],
            lessons="",
            ceremony=ceremony(LATER),
            actor=actor,
            at=LATER,
        )

    assert not SigningList.objects.exists()


@pytest.mark.full
def test_it_takes_the_same_queries_to_look_at_few_and_at_many(house):
    numbers = [cases.opened(house).number for _ in range(2)]
    with CaptureQueriesContext(connection) as few:
        looked(house.owner, "acknowledge", *numbers)
    numbers += [cases.opened(house).number for _ in range(6)]

    with CaptureQueriesContext(connection) as many:
        found = looked(house.owner, "acknowledge", *numbers)

    assert [one.may for one in found] == [True] * 8
    assert len(many) <= len(few)


@pytest.mark.full
def test_a_monday_is_one_sentence_three_causes_and_done_in_three_acts():
    of = org.organised()
    incidents, watch = mondays.morning(of)
    owner = of.house.owner

    before = desk_of(user=owner, at=AT)
    told = together(owner, "acknowledge", picked(*incidents), **NO)
    line = together(owner, "acknowledge", [Picked(f"watch:{watch.pk}")], line="Known.")

    assert str(before.headline) == (
        f"{mondays.LINE} and wait for you; 2 more need you today; "
        "1 is a watch that asks you for one line."
    )
    assert [len(group.causes) for group in before.groups] == [2, 1]
    assert (len(told.done), len(line.done)) == (11, 1)
    assert Watch.objects.get(pk=watch.pk).line == "Known."


def seen(who, path, **given):
    """A page as somebody gets it."""
    return sign_in(Client(), who, fresh_at=clock.now()).get(path, given)


@pytest.fixture
def now():
    """Let the clock stand at AT."""
    clock.shift(AT - dt.datetime.now(dt.UTC))
    yield
    clock.shift(dt.timedelta(0))


@pytest.mark.full
def test_the_page_says_what_will_happen_and_who_is_refused(house, now):
    first, other = cases.opened(house), cases.house()
    hidden = cases.opened(other)

    page = seen(
        house.owner, "/desk/together/", act="acknowledge", case=[first.number, hidden.number]
    ).content.decode()

    assert first.number in page
    assert "Could a person be harmed?" in page
    assert "checked" not in page
    assert "There is no such incident" in page
    assert hidden.title not in page.replace(first.title, "")


@pytest.mark.full
def test_a_post_acknowledges_and_goes_back_to_the_desk(house, now):
    first, second = cases.opened(house), cases.opened(house)
    client = sign_in(Client(), house.owner)
    chosen = [f"{one.number} {one.version}" for one in (first, second)]

    answer = client.post(
        "/desk/together/", {"act": "acknowledge", "case": chosen, "key": "a", **NO}
    )

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert set(states().values()) == {"INVESTIGATING"}


@pytest.mark.full
def test_a_post_with_an_answer_missing_does_nothing(house, now):
    first = cases.opened(house)
    client = sign_in(Client(), house.owner)
    given = {"act": "acknowledge", "case": [f"{first.number} 1"], **NO, "person_harmed": ""}

    answer = client.post("/desk/together/", given)

    assert answer.status_code == 400
    assert states() == {first.number: "OPEN"}


@pytest.mark.full
def test_a_refused_one_is_told_on_the_page_that_follows(house, now):
    first, second = cases.opened(house), cases.opened(house)
    chosen = [f"{one.number} {one.version}" for one in (first, second)]
    cases.do(second, "acknowledge", house.owner)
    client = sign_in(Client(), house.owner)

    answer = client.post(
        "/desk/together/", {"act": "acknowledge", "case": chosen, "key": "b", **NO}
    )

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "1 is taken in hand." in page
    assert "1 is left as it is" in page


@pytest.mark.full
def test_nothing_is_closed_without_the_password(house, now):
    (small,) = small_waiting(house, 1)
    clock.shift(LATER - dt.datetime.now(dt.UTC))
    client = sign_in(Client(), house.compliance)
    sha = newest_findings(small).record_sha256
    given = {"act": "close", "case": [f"{small.number} {sha}"], "lessons": ""}

    refused = client.post("/desk/together/", given)
    done = client.post("/desk/together/", {**given, "password": PASSWORD})

    assert refused.status_code == 403
    assert done.status_code == 302
    assert states() == {small.number: "CLOSED"}


@pytest.mark.full
@pytest.mark.parametrize("act", ["", "sign", "acknowledge\x00"])
def test_an_act_that_there_is_not_is_no_page(house, now, act):
    assert seen(house.owner, "/desk/together/", act=act).status_code == 404


@pytest.mark.full
def test_the_api_looks_acknowledges_and_assigns(house, now):
    first, second = cases.opened(house), cases.opened(house)
    client = sign_in(Client(), house.owner)
    cast = [{"mark": one.number, "seen": "1"} for one in (first, second)]

    def post(path, body):
        return client.post(f"/api/v1/desk/{path}", body, content_type="application/json")

    look = post("together", {"act": "acknowledge", "cases": [first.number, "INC-1999-0001"]})
    done = post("acknowledge", {"cases": cast, **NO})
    again = post("acknowledge", {"cases": cast, **NO})

    assert [(one["may"], one["seen"]) for one in look.json()] == [(True, "1"), (False, "")]
    assert done.json() == {"done": [first.number, second.number], "refused": [], "signed": None}
    assert [one["code"] for one in again.json()["refused"]] == ["stale_version"] * 2
