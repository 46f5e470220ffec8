"""REG-4: a classification takes two persons, stands until another does, is opened by changes."""

import datetime as dt
import json

import pytest
from django.db import IntegrityError, transaction

from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.services.entries import append_entry
from registry import services
from registry.models import Classification, Signature
from registry.rules.questionnaires import Answer
from registry.selectors.classification import (
    NOTHING_DECIDED,
    current_classification,
    legal_facts,
    open_classification,
)
from registry.services.changes import SystemChange, change_system
from registry.services.classification import (
    reopen_classification,
    reopen_for_change,
    reopen_for_reference,
    save_answers,
    start_classification,
    submit_classification,
)
from registry.services.surroundings import add_dependency
from tests.registry.answers import CREDIT, answers
from tests.registry.factories import (
    AT,
    SETUP,
    call,
    person_as_actor,
    role,
    system,
    system_in,
    user,
)
from tests.registry.two_persons import (
    again,
    classified,
    confirm,
    draft,
    fresh,
    in_state,
    officer,
    send_back,
    submit,
)

pytestmark = pytest.mark.django_db
STATES = Classification.State.values
NEW = {"legal_class": "undecided", "risk_tier": "medium"}


def save(row, by=None, **changes):
    row = fresh(row)
    return call(
        save_answers, classification_id=row.pk, expected_version=row.version,
        answers=answers(**changes), actor=person_as_actor(by or row.system.owner),
    )  # fmt: skip


STEPS = {"save": save, "submit": submit, "confirm": confirm, "send_back": send_back}
ALLOWED = {
    ("draft", "save"),
    ("draft", "submit"),
    ("submitted", "confirm"),
    ("submitted", "send_back"),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_open_in_its_own_state_alone(state, step):
    thing = system(**NEW)
    row = in_state(state, thing)

    if (state, step) in ALLOWED:
        assert STEPS[step](row).version >= row.version
    else:
        with pytest.raises(Conflict, match="This step is not open there"):
            STEPS[step](row)


def test_two_persons_make_the_class_of_a_system_and_raise_its_tier():
    thing = system(**NEW)

    row = classified(thing, **CREDIT)

    assert (again(thing).legal_class, again(thing).risk_tier) == ("high_risk", "high")
    assert (row.state, row.legal_class) == ("confirmed", "high_risk")
    assert {row.authorship.meaning, row.approval.meaning} == {"authorship", "approval"}


def test_the_tier_is_never_lowered_by_a_class():
    thing = system(legal_class="undecided", risk_tier="high")

    classified(thing)

    assert (again(thing).legal_class, again(thing).risk_tier) == ("minimal", "high")


def test_the_entry_of_a_confirmation_says_what_was_and_what_is():
    thing = system(**NEW)

    row = classified(thing, **CREDIT)

    entry = Entry.objects.get(verb="classification.confirmed", object_id=str(row.pk))
    body = json.loads(bytes(entry.body))
    assert body["before"]["legal_class"] == "undecided"
    assert (body["after"]["legal_class"], body["after"]["risk_tier"]) == ("high_risk", "high")


def test_who_wrote_any_answer_does_not_confirm():
    thing = system(**NEW)
    risk = officer(thing, "risk")
    row = save(draft(thing), by=risk, personal_data="yes")

    with pytest.raises(Forbidden, match="you wrote it"):
        confirm(submit(row), by=risk)


def test_who_submitted_does_not_confirm():
    thing = system(**NEW)
    compliance = officer(thing)

    with pytest.raises(Forbidden, match="you wrote it"):
        confirm(submit(draft(thing, by=compliance), by=compliance), by=compliance)


@pytest.mark.parametrize("side", ["owner", "deputy"])
def test_the_owners_side_does_not_confirm_what_others_wrote(side):
    thing = system(**NEW)
    risk = officer(thing, "risk")
    role(getattr(thing, side), "compliance", unit=thing.unit)
    row = submit(draft(thing, by=risk), by=risk)

    with pytest.raises(Forbidden, match=f"you are its {side}"):
        confirm(row, by=getattr(thing, side))


def test_the_delegate_of_an_author_does_not_confirm():
    thing = system(**NEW)
    risk, compliance = officer(thing, "risk"), officer(thing)
    call(
        services.record_delegation, principal_id=risk.pk, delegate_id=compliance.pk, from_at=AT,
        until_at=AT + dt.timedelta(days=9), reason="on leave",
    )  # fmt: skip
    row = submit(draft(thing, by=risk), by=risk)

    with pytest.raises(Forbidden, match="you act for who wrote it"):
        confirm(row, by=compliance)


@pytest.mark.parametrize("name", ["engineer", "auditor", "executive", "administrator"])
def test_other_roles_neither_write_nor_confirm(name):
    thing = system(**NEW)
    other = officer(thing, name)
    row = submit(draft(thing))

    with pytest.raises(Forbidden, match="You cannot confirm a classification"):
        confirm(row, by=other)
    with pytest.raises(Forbidden, match="You cannot answer the questionnaire"):
        call(start_classification, system_id=system(**NEW).pk, actor=person_as_actor(other))


def test_a_machine_submits_nothing():
    thing = system(**NEW)
    row = draft(thing)

    with pytest.raises(Forbidden, match="a person's act"):
        call(submit_classification, classification_id=row.pk, expected_version=row.version)


def test_without_a_signature_nothing_is_submitted_or_confirmed():
    row = draft(system(**NEW))

    with pytest.raises(Forbidden, match="you sign"):
        submit(row, ceremony=None)
    waiting = submit(row)
    with pytest.raises(Forbidden, match="you sign"):
        confirm(waiting, ceremony=None)


def test_a_draft_with_gaps_is_not_submitted_and_the_gaps_are_named():
    row = draft(system(**NEW), personal_data=None)

    with pytest.raises(Invalid, match="not answered") as refusal:
        submit(row)

    assert refusal.value.fields == {"personal_data": "This is not answered yet."}


def test_an_undecided_class_is_not_submitted_and_what_is_open_is_named():
    row = draft(system(**NEW), annex_iii_4=["unknown"])

    with pytest.raises(Invalid, match="never read as no") as refusal:
        submit(row)

    assert list(refusal.value.fields) == ["annex_iii_4"]


def test_an_answer_that_is_none_is_refused_by_question():
    thing = system(**NEW)
    row = draft(thing)

    with pytest.raises(Invalid) as refusal:
        call(
            save_answers, classification_id=row.pk, expected_version=row.version,
            answers={"is_ai_system": Answer("perhaps")}, actor=person_as_actor(thing.owner),
        )  # fmt: skip

    assert set(refusal.value.fields) == {"is_ai_system"}


def test_saving_the_same_answers_changes_nothing():
    row = draft(system(**NEW))

    assert save(row).version == row.version


@pytest.mark.parametrize(("state", "step"), [("draft", submit), ("submitted", confirm)])
def test_a_stale_page_changes_nothing(state, step):
    row = in_state(state, system(**NEW))

    with pytest.raises(Conflict, match="Load it again"):
        step(row, expected_version=row.version - 1)


def test_only_one_classification_is_open_at_a_time():
    thing = system(**NEW)
    draft(thing)

    with pytest.raises(Conflict, match="open already"):
        draft(thing)


def test_what_is_sent_back_is_answered_anew_with_its_reason():
    row = send_back(submit(draft(system(**NEW))), reason="area 4 is not argued")

    assert (row.state, row.returned_because) == ("draft", "area 4 is not argued")
    assert (row.outcome, row.legal_class, row.submitted_by) == ({}, "", None)
    assert confirm(submit(row)).state == "confirmed"


def test_an_author_takes_back_what_nobody_has_confirmed():
    thing = system(**NEW)

    assert send_back(submit(draft(thing)), by=thing.owner).state == "draft"


def test_the_next_one_begins_with_the_answers_that_stand_and_supersedes_them():
    thing = system(**NEW)
    first = classified(thing, **CREDIT)
    second = draft(thing, **CREDIT, public_services="yes")

    confirm(submit(second))

    assert (fresh(first).state, fresh(second).state) == ("superseded", "confirmed")
    assert current_classification(thing.pk).number == 2
    assert "public_services" in legal_facts(thing).flags


def test_a_running_system_is_not_confirmed_as_prohibited():
    thing = system_in("production")
    row = submit(draft(thing, prohibited_c="yes"))

    with pytest.raises(Conflict, match="suspend it first"):
        confirm(row)


def test_what_is_confirmed_as_prohibited_is_not_approved():
    thing = system(**NEW)
    classified(thing, prohibited_c="yes")

    assert again(thing).legal_class == "prohibited"
    with pytest.raises(Conflict, match="it may not run"):
        call(
            services.change_lifecycle, system_id=thing.pk, edge="approve", reason="go",
            expected_version=_assessed(thing).version, actor=SETUP,
        )  # fmt: skip


def _assessed(thing):
    return call(
        services.change_lifecycle, system_id=thing.pk, edge="assess", reason="done",
        expected_version=again(thing).version, actor=SETUP,
    )  # fmt: skip


def test_a_row_changed_beside_the_services_is_not_confirmed():
    row = submit(draft(system(**NEW)))
    with acting_as(SETUP), transaction.atomic():
        row.outcome = row.outcome | {"floor": "high"}
        row.save(at=AT)
        append_entry(verb="system.changed", actor=SETUP, at=AT, subject=("system", "x", "x"))

    with pytest.raises(Conflict, match="not what its author signed"):
        confirm(row)


@pytest.mark.parametrize(
    "change",
    [
        SystemChange(purpose="Refuses claims by itself."),
        SystemChange(users_affected="Everybody who claims."),
        SystemChange(kind="agent"),
    ],
)
def test_a_change_that_the_class_rests_on_opens_it_again(change):
    thing = system(**NEW)
    row = classified(thing)

    call(
        change_system, system_id=thing.pk, change=change, reason="as it is used now",
        expected_version=again(thing).version, actor=person_as_actor(officer(thing)),
    )  # fmt: skip

    found = fresh(row)
    assert (found.state, again(thing).legal_class) == ("reopened", "minimal")
    assert "What it says of itself changed" in found.reopened_because


def test_another_change_leaves_the_class_alone():
    thing = system(**NEW)
    row = classified(thing)

    call(
        change_system, system_id=thing.pk, change=SystemChange(name="Claims, first look"),
        reason="clearer", expected_version=again(thing).version,
        actor=person_as_actor(officer(thing)),
    )  # fmt: skip

    assert fresh(row).state == "confirmed"


def test_a_new_dependency_opens_it_again_and_does_not_name_the_other_system():
    thing, other = system(**NEW), system(name="A secret system")
    row = classified(thing)

    call(
        add_dependency, system_id=thing.pk, on_system_id=other.pk, kind="uses_output",
        actor=person_as_actor(thing.owner),
    )  # fmt: skip

    assert fresh(row).state == "reopened"
    assert "secret" not in fresh(row).reopened_because


def test_reopened_twice_keeps_both_reasons_and_the_first_instant():
    thing = system(**NEW)
    row = classified(thing)

    for what in ("one thing", "another thing", "one thing"):
        call(reopen_for_change, system_id=thing.pk, what=what, actor=SETUP)

    assert fresh(row).reopened_because.splitlines() == ["one thing", "another thing"]
    assert fresh(row).reopened_at == AT


def test_a_submitted_one_goes_back_when_the_system_changes():
    thing = system(**NEW)
    row = submit(draft(thing))

    assert call(reopen_for_change, system_id=thing.pk, what="a new purpose", actor=SETUP)

    assert (fresh(row).state, fresh(row).returned_because) == ("draft", "a new purpose")


def test_a_system_that_nobody_classified_is_not_opened():
    assert not call(reopen_for_change, system_id=system(**NEW).pk, what="x", actor=SETUP)


def test_law_data_that_it_rests_on_opens_it_again():
    credit, other = system(**NEW), system(**NEW)
    rows = [classified(credit, **CREDIT), classified(other)]

    slugs = call(
        reopen_for_reference, release="ai_act 2027-01-01", changed=["III.5.b"], actor=SETUP
    )

    assert slugs == [credit.slug]
    assert [fresh(row).state for row in rows] == ["reopened", "confirmed"]
    assert "ai_act 2027-01-01" in fresh(rows[0]).reopened_because


def test_a_new_questionnaire_opens_all_that_stand():
    thing = system(**NEW)
    classified(thing)

    slugs = call(
        reopen_for_reference, release="questionnaires 2027-01-01",
        changed=["ai_act_classification@2027-01-01"], actor=SETUP,
    )  # fmt: skip

    assert slugs == [thing.slug]


def test_law_data_that_nothing_rests_on_opens_nothing():
    thing = system(**NEW)
    classified(thing)

    assert call(reopen_for_reference, release="x", changed=["AIA-87"], actor=SETUP) == []


def test_a_person_opens_it_again_with_a_reason():
    thing = system(**NEW)
    row = classified(thing)

    call(
        reopen_classification, system_id=thing.pk, reason="we see other uses",
        actor=person_as_actor(thing.deputy),
    )  # fmt: skip

    assert (fresh(row).state, again(thing).legal_class) == ("reopened", "minimal")


def test_nothing_stands_nothing_is_opened():
    thing = system(**NEW)

    with pytest.raises(Conflict, match="No confirmed classification"):
        call(
            reopen_classification, system_id=thing.pk, reason="x",
            actor=person_as_actor(thing.owner),
        )  # fmt: skip


def test_facts_come_from_the_confirmed_classification_alone():
    thing = system(**NEW)
    row = draft(thing, **CREDIT)

    assert legal_facts(thing) == NOTHING_DECIDED
    confirm(submit(row))
    facts = legal_facts(thing)
    assert (facts.roles, facts.points) == ({"deployer"}, {"III.5.b"})
    assert "profiling" in facts.flags


def test_facts_stand_while_it_is_looked_at_again():
    thing = system(**NEW)
    classified(thing, **CREDIT)
    call(reopen_for_change, system_id=thing.pk, what="x", actor=SETUP)

    assert legal_facts(thing).tiers == {"high_risk_annex_iii"}


def test_the_database_keeps_author_and_second_person_apart():
    row = submit(draft(system(**NEW)))
    row.confirmed_by, row.confirmed_at, row.state = row.submitted_by, AT, "confirmed"

    with (
        acting_as(SETUP),
        pytest.raises(IntegrityError, match="classification_by_two_persons"),
        transaction.atomic(),
    ):
        row.save()


def test_one_person_classifies_nothing_alone():
    thing = system(**NEW)
    compliance = officer(thing)

    with pytest.raises(Forbidden, match="a second person confirms"):
        call(
            services.classify_system, system_id=thing.pk, legal_class="minimal", risk_tier="low",
            expected_version=0, reason="x", actor=person_as_actor(compliance),
        )  # fmt: skip


def test_nobody_registers_a_system_with_its_class():
    compliance = officer(system(**NEW))

    with pytest.raises(Forbidden, match="a second person confirms"):
        call(
            services.register_system, slug="new-one", name="New", kind="predictive",
            unit_id=compliance.unit_id, owner_id=user().pk, deputy_id=user().pk, purpose="x",
            risk_tier="low", legal_class="minimal", actor=person_as_actor(compliance),
        )  # fmt: skip


def test_the_records_own_system_is_not_classified():
    people = system(**NEW)
    record = call(
        services.keep_record_system, unit_id=people.unit_id, owner_id=people.owner_id,
        deputy_id=people.deputy_id,
    )  # fmt: skip

    with pytest.raises(Conflict, match="not classified"):
        call(start_classification, system_id=record.pk)


def test_both_signatures_are_bound_to_the_answers():
    row = classified(system(**NEW))

    digests = set(
        Signature.objects.filter(subject_id=row.pk).values_list("payload_sha256", flat=True)
    )
    assert digests == {row.record_sha256}
    assert open_classification(row.system_id) is None
