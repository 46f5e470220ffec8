"""All exceptions of a period: each kind with its count, zero too; new kinds fall in."""

import datetime as dt
import re

import pytest

from ledger import verbs
from ledger.rules.refusals import Forbidden
from ledger.services.entries import record_refusal
from tests.governance.ledger_room import shown, written
from tests.governance.pages import AT, seen, signed_in
from tests.incidents import factory as cases

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]


@pytest.fixture
def house():
    return cases.house()


@pytest.fixture
def emergency(monkeypatch):
    """A verb that a later floor registers."""
    monkeypatch.setattr(verbs, "_verbs", dict(verbs.registered()))
    verbs.register("stop.pulled", "pulled the stop of", exception=True, group="emergency_stop")
    verbs.register("seance.held", "asked the spirits about", exception=True, group="seances")
    verbs.register("oddity.seen", "saw", exception=True)


def count_of(text, words):
    """Return the count that stands beside a group."""
    return int(re.search(rf"{words} (\d+)", text).group(1))


def test_every_kind_is_shown_with_its_count_and_zero_where_there_was_none(client, house):
    written(verb="request.refused")
    written(verb="hold.set")
    written(verb="person.erased")

    text = seen(client, "/ledger/exceptions/", house.auditor)

    assert count_of(text, "Refused attempts") == 1
    assert count_of(text, "Silences and holds") == 1
    assert count_of(text, "Emergency stops") == 0
    assert count_of(text, "Break-glass access") == 0
    assert count_of(text, "Recorded votes") == 0
    assert count_of(text, "Erasures") == 1


def test_a_verb_registered_later_falls_into_its_group(client, house, emergency):
    pulled = written(verb="stop.pulled")
    held = written(verb="seance.held")
    odd = written(verb="oddity.seen")

    text = seen(client, "/ledger/exceptions/", house.auditor)

    assert shown(client, "/ledger/exceptions/", house.auditor) == [odd, held, pulled]
    assert count_of(text, "Emergency stops") == 1
    assert count_of(text, "Seances") == 1
    assert count_of(text, "Other") == 1


def test_what_went_the_usual_way_is_no_exception(client, house):
    written(verb="system.changed")
    cases.opened(house)

    assert shown(client, "/ledger/exceptions/", house.auditor) == []


def test_a_validation_that_lowers_the_severity_is_one_and_another_is_not(client, house):
    def validated(before, after):
        return written(
            verb="incident.validated",
            before={"severity": before, "state": "VALIDATION", "version": 4},
            after={"severity": after, "severity_validated": True, "state": "DECISION"},
        )

    lowered = [validated("major", "minor"), validated("severe", "major")]
    for same in ("minor", "severe"):
        validated("minor", same)

    assert (
        shown(client, "/ledger/exceptions/?group=lowered_severity", house.auditor)
        == (lowered[::-1])
    )


def test_an_action_that_a_person_confirmed_is_one(client, house):
    cases.bring(house, "VERIFICATION")

    text = seen(client, "/ledger/exceptions/?group=manual_confirmation", house.auditor)

    assert count_of(text, "Confirmed by hand") >= 1


def test_a_refusal_of_the_product_is_listed_with_its_reason(client, house):
    actor = cases.acting(house.owner)
    refusal = Forbidden("segregation", "You cannot validate this: you own it.", recorded=True)
    record = record_refusal.__wrapped__
    record(refusal=refusal, actor=actor, at=AT, attempted="POST /incidents/INC-1/validate/")

    text = seen(client, "/ledger/exceptions/?group=refused", house.auditor)

    assert "was refused: validate" in text
    assert "you own it" in text


def test_period_and_system_narrow_list_and_counts(client, house):
    old = written(verb="request.refused", at=AT - dt.timedelta(days=200))
    mine = written(verb="request.refused", system=house.system)
    other = written(verb="request.refused")

    def found(query):
        return shown(client, f"/ledger/exceptions/{query}", house.auditor)

    assert found("") == [other, mine]
    assert found("?since=2020-01-01") == [other, mine, old]
    assert found(f"?system={house.system.slug}") == [mine]
    text = seen(client, f"/ledger/exceptions/?system={house.system.slug}", house.auditor)
    assert count_of(text, "Refused attempts") == 1


def test_counts_stay_within_what_the_reader_may_read(client, house):
    written(verb="request.refused", system=house.system)
    written(verb="request.refused")

    text = seen(client, "/ledger/exceptions/", house.owner)

    assert count_of(text, "Refused attempts") == 1


def test_the_other_groups_keep_their_counts_while_one_is_chosen(client, house):
    written(verb="request.refused")
    written(verb="hold.set")

    text = seen(client, "/ledger/exceptions/?group=silence", house.auditor)

    assert count_of(text, "Refused attempts") == 1
    assert count_of(text, "All") == 2


def test_a_stranger_finds_none(client, house):
    written(verb="request.refused")

    assert "There was none" in seen(client, "/ledger/exceptions/", house.stranger)
    assert signed_in(client, house.stranger).get("/ledger/exceptions/").status_code == 200
