"""T25 in a batch: twelve small cases close in one ceremony, and each verifies singly."""

import dataclasses

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.models import SigningList
from governance.rules.meetings import list_hash
from governance.selectors.small_cases import small_cases, verifies
from governance.services.small_cases import ListedCase, close_small_many
from incidents.models import Incident
from incidents.selectors.reviews import newest_findings
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from registry.models import Signature
from tests.governance.meetings import small_waiting
from tests.governance.rounds import DAY, HOUR
from tests.incidents import factory as cases
from tests.incidents.factory import AT, acting, ceremony

LATER = AT + 2 * DAY


@pytest.fixture
def of(db):
    """A house at medium tier."""
    return cases.house()


def listed(incidents):
    """The list as the validator read it."""
    return [ListedCase(one.number, newest_findings(one).record_sha256) for one in incidents]


def close(of, wanted, *, by=None, at=LATER, lessons="Scans are checked first."):
    """A validator closes a list of cases by one ceremony."""
    actor = acting(by or of.compliance)
    with acting_as(actor):
        return close_small_many(
            cases=wanted, lessons=lessons, ceremony=ceremony(at), actor=actor, at=at
        )


def signatures_of(signed):
    """The signatures of a list, in its order."""
    return [one.signature for one in signed.items.select_related("signature").order_by("position")]


def test_twelve_small_cases_close_in_one_ceremony_and_each_verifies_singly(of):
    waiting = small_waiting(of, 12)

    signed = close(of, listed(waiting))

    states = Incident.objects.filter(pk__in=[one.pk for one in waiting])
    assert set(states.values_list("state", "resolution")) == {("CLOSED", "small_case")}
    signatures = signatures_of(signed)
    assert len({one.pk for one in signatures}) == 12
    for incident, signature in zip(waiting, signatures, strict=True):
        assert verifies(cases.fresh(incident), signature)


def test_every_signature_is_bound_to_the_hash_of_the_list(of):
    waiting = small_waiting(of, 2)
    signed = close(of, listed(waiting))

    assert list_hash(signed.content) == signed.sha256
    first = signatures_of(signed)[0]
    first.listed.signing_list.sha256 = "0" * 64

    assert not verifies(cases.fresh(waiting[0]), first)


def test_the_signature_of_one_case_verifies_on_no_other(of):
    waiting = small_waiting(of, 2)

    first, second = signatures_of(close(of, listed(waiting)))

    assert not verifies(cases.fresh(waiting[0]), second)
    assert not verifies(cases.fresh(waiting[1]), first)


def test_a_case_that_was_changed_after_signing_verifies_no_more(of):
    (incident,) = small_waiting(of, 1)
    (signature,) = signatures_of(close(of, listed([incident])))

    changed = cases.fresh(incident)
    changed.lessons = "Something else."

    assert not verifies(changed, signature)


def test_all_or_none_and_the_case_that_stands_against_it_is_named(of):
    waiting = small_waiting(of, 2)
    early = AT + HOUR

    with pytest.raises(Conflict) as refusal:
        close(of, listed(waiting), at=early)

    assert refusal.value.reason.startswith(waiting[0].number) or waiting[1].number in (
        refusal.value.reason
    )
    assert not Signature.objects.filter(subject_id__in=[one.pk for one in waiting],
                                        meaning="review").exists()  # fmt: skip


def test_findings_that_changed_since_they_were_read_stop_the_list(of):
    waiting = small_waiting(of, 1)
    (wanted,) = listed(waiting)

    with pytest.raises(Conflict) as refusal:
        close(of, [dataclasses.replace(wanted, findings_sha256="0" * 64)])

    assert refusal.value.code == "findings_changed"


def test_more_than_twenty_five_are_not_one_list(of):
    wanted = [ListedCase(f"INC-2026-{number:04d}", "0" * 64) for number in range(26)]

    with pytest.raises(Invalid):
        close(of, wanted)


def test_a_case_stands_on_a_list_once(of):
    (wanted,) = listed(small_waiting(of, 1))

    with pytest.raises(Invalid):
        close(of, [wanted, wanted])


def test_the_owner_closes_none_of_them(of):
    waiting = small_waiting(of, 1)

    with pytest.raises(Forbidden):
        close(of, listed(waiting), by=of.owner)

    assert not SigningList.objects.exists()


def test_a_case_that_is_not_theirs_to_see_is_not_there(of):
    waiting = small_waiting(of, 1)
    stranger = cases.house().compliance

    with pytest.raises(Missing):
        close(of, listed(waiting), by=stranger)


def test_the_page_s_list_says_which_may_be_closed_now_and_why_not_the_others(of):
    waiting = small_waiting(of, 2)
    actor = acting(of.compliance)

    early = small_cases(user=of.compliance, actor=actor, at=AT + HOUR)
    later = small_cases(user=of.compliance, actor=actor, at=LATER)

    assert {one.refusal.code for one in early} == {"not_recovered"}
    assert {one.incident for one in later if one.may_close} == set(waiting)


def test_the_list_costs_the_same_for_two_cases_and_for_six(of, django_assert_num_queries):
    actor = acting(of.compliance)
    small_waiting(of, 2)
    with CaptureQueriesContext(connection) as few:
        small_cases(user=of.compliance, actor=actor, at=LATER)

    small_waiting(of, 4)

    with django_assert_num_queries(len(few)):
        small_cases(user=of.compliance, actor=actor, at=LATER)
    assert len(few) <= 20
