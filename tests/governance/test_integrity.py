"""A case about the record itself: who answers for it, who may not, and how it ends."""

import datetime as dt

import pytest

from governance.models import IntegrityCause
from governance.rules.integrity import Finding
from governance.selectors.integrity import keepers
from governance.services.closings import close_round
from governance.services.engine import RETURNING_OFFICER
from governance.services.integrity import open_integrity_case
from incidents.models import Incident, Participation
from ledger.context import acting_as
from ledger.models import VerificationRun
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.services.sweeps import sweep
from registry.models import System
from registry.services import deactivate_user, register_system
from tests.governance.organisation import AT, convened, organised, vote
from tests.governance.pages import signed_in
from tests.incidents.factory import SETUP, do, evidence, fresh, grant, house

HOUR = dt.timedelta(hours=1)


def opened(key="k", **changes):
    """Open a case about the record."""
    arguments = {
        "title": "1 row changed outside the services",
        "summary": "registry_user 1 changed",
    }
    return open_integrity_case(key=key, at=AT, **(arguments | changes))


@pytest.mark.django_db
def test_compliance_answers_for_it_and_another_compliance_officer_is_left_to_validate():
    of = house()

    case = opened()

    left = {of.compliance.pk, of.verifier.pk} - {case.owner_id, case.deputy_id}
    assert case.owner in (of.compliance, of.verifier)
    assert len(left) == 1
    assert (case.kind, case.category, case.severity) == ("integrity", "trust_compliance", "major")


@pytest.mark.django_db
def test_an_administrator_never_answers_for_it():
    of = house()
    grant(of.compliance, "administrator", unit=of.unit)

    found = keepers(at=AT)

    assert found.owner == of.verifier
    assert of.compliance != found.deputy


@pytest.mark.django_db
def test_the_only_compliance_officer_answers_and_somebody_else_is_the_deputy():
    of = house()
    grant(of.verifier, "administrator", unit=of.unit)

    case = opened()

    assert (case.owner, case.deputy) == (of.compliance, of.risk)


@pytest.mark.django_db
def test_where_only_administrators_are_left_there_is_no_case():
    of = house()
    grant(of.compliance, "administrator", unit=of.unit)
    grant(of.verifier, "administrator", unit=of.unit)

    assert opened() is None


@pytest.mark.django_db
def test_the_record_is_a_system_of_its_own_made_once():
    house()

    first, second = opened("one"), opened("two")

    assert first.system == second.system
    assert System.objects.get(kind="record").get_kind_display() == "The record itself"


@pytest.mark.django_db
def test_nobody_registers_a_second_record():
    of = house()

    with acting_as(SETUP), pytest.raises(Invalid, match="no kind 'record'"):
        register_system(
            slug="mine", name="Mine", kind="record", unit_id=of.unit.pk, owner_id=of.owner.pk,
            deputy_id=of.deputy.pk, purpose="x", risk_tier="low", actor=SETUP, at=AT,
        )  # fmt: skip


@pytest.mark.django_db
def test_an_officer_who_left_hands_the_record_over_and_may_be_deactivated():
    of = house()
    before = opened("one")
    with acting_as(SETUP):
        deactivate_user(user_id=before.owner_id, reason="left", actor=SETUP, at=AT)

    after = opened("two")

    assert after.owner in {of.compliance, of.verifier} - {before.owner}
    assert after.system.owner == after.owner


@pytest.mark.django_db
def test_the_same_cause_is_one_open_case():
    house()
    opened()

    with pytest.raises(Conflict, match="open already"):
        opened()


@pytest.mark.django_db
def test_each_finding_is_tied_to_its_case_once():
    house()

    case = opened(findings=[Finding("net 7", "1 trigger changed", ("x is off",), AT)])

    cause = IntegrityCause.objects.get()
    assert (cause.incident, cause.reference, cause.words) == (
        case, "net 7", "1 trigger changed\nx is off",
    )  # fmt: skip


@pytest.mark.django_db
def test_a_failed_verification_is_a_severe_case():
    of = house()
    VerificationRun.objects.create(
        requested_at=AT, requested_by="x", state="failed", failure="lines: entry 17 was changed",
        first_bad=17, finished_at=AT,
    )  # fmt: skip

    sweep(at=AT)
    sweep(at=AT)

    case = Incident.objects.get(kind="integrity")
    assert (case.severity, case.owner) == ("severe", of.compliance)
    assert "lines: entry 17 was changed" in case.summary
    assert "First bad entry: 17." in case.summary


def failed_run(at, claim="lines", entry=17):
    VerificationRun.objects.create(
        requested_at=at, requested_by="x", state="failed", failure=f"{claim}: {entry}",
        first_bad=entry, finished_at=at,
        claims=[{"name": claim, "result": "FAIL", "words": "changed", "entry": entry}],
    )  # fmt: skip


def passed_run(at):
    VerificationRun.objects.create(
        requested_at=at, requested_by="x", state="passed", finished_at=at
    )


@pytest.mark.django_db
def test_a_fault_that_stays_is_one_case_until_a_verification_passes_again():
    house()

    counts = []
    for day, run in enumerate([failed_run, failed_run, passed_run, failed_run]):
        run(AT + dt.timedelta(days=day))
        sweep(at=AT + dt.timedelta(days=day))
        counts.append(IntegrityCause.objects.filter(reference__startswith="verification").count())

    assert counts == [1, 1, 1, 2]


@pytest.mark.django_db
def test_its_owner_does_not_validate_it():
    of = organised()
    case = investigated(opened())

    with pytest.raises(Forbidden, match="submitted its findings"):
        do(case, "validate", case.owner, at=AT)

    do(case, "validate", validator(of, case), at=AT)
    assert fresh(case).state == "DECISION"


@pytest.mark.django_db
def test_it_is_never_dismissed():
    of = organised()
    case = investigated(opened(severity="minor"))

    with pytest.raises(Conflict, match="always goes to the committee"):
        do(case, "dismiss", validator(of, case), at=AT)


@pytest.mark.django_db
def test_it_goes_the_way_of_every_case_to_its_end():
    of = organised()
    case = investigated(opened())
    other = validator(of, case)
    do(case, "validate", other, at=AT)
    inform = {"type": "inform", "words": "Tell those whose record it was.",
              "executor_id": str(of.house.engineer.pk), "proof": "document"}  # fmt: skip

    decision = convened(of, fresh(case), title="Tell those concerned", actions=[inform])
    for member in of.members:
        vote(decision, member)
    closed(decision)
    do(case, "confirm_action", of.house.executive, at=AT + HOUR, observed={"done": True})
    do(case, "close", other, at=AT + HOUR, resolution="other")

    assert fresh(case).state == "CLOSED"


def closed(decision):
    """Let a round be counted when its time is over."""
    with acting_as(RETURNING_OFFICER):
        close_round(decision_id=decision.pk, actor=RETURNING_OFFICER, at=AT + HOUR)


def investigated(case):
    """Bring a case to its validation by its owner."""
    do(case, "acknowledge", case.owner, at=AT)
    evidence(case, case.owner, at=AT)
    do(case, "submit_findings", case.owner, at=AT, cause="bypass")
    return fresh(case)


def validator(of, case):
    """Return a compliance officer who took no part."""
    taken = set(Participation.objects.filter(incident=case).values_list("person", flat=True))
    return next(one for one in (of.house.compliance, of.house.verifier) if one.pk not in taken)


@pytest.mark.django_db
def test_its_page_says_what_was_found_and_the_list_finds_it_by_its_kind(client):
    of = house()
    case = opened(summary="Line one.\nregistry_user 1 changed by hand")
    reader = signed_in(client, case.owner)

    page = reader.get(f"/incidents/{case.number}/").content.decode()
    listed = reader.get("/incidents/?kind=integrity").content.decode()
    other = reader.get("/incidents/?kind=breach").content.decode()

    assert "What was found in the record" in page
    assert "Line one.<br>registry_user 1 changed by hand" in page
    assert case.number in listed
    assert "Integrity of the record" in listed
    assert case.number not in other
    assert signed_in(client, of.stranger).get(f"/incidents/{case.number}/").status_code == 404
