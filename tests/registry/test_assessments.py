"""REG-7: impact assessments are written by one, reviewed by another, expire, fall due again."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry.models import Framework, ImpactAssessment, Provision
from registry.rules.legal import LegalFacts
from registry.rules.questionnaires import Answer
from registry.selectors.assessments import (
    current_assessments,
    fria_is_due,
    missing_assessments,
    required_assessments,
    standing_of,
    tier_floor,
)
from registry.services.assessments import (
    note_notification,
    save_assessment,
    send_back_assessment,
    start_assessment,
    submit_assessment,
)
from registry.services.classification import reopen_for_change
from tests.registry.answers import CREDIT
from tests.registry.factories import AT, SETUP, call, person_as_actor, role, system
from tests.registry.two_persons import (
    NEXT_YEAR,
    again,
    approve,
    assessed,
    assessment_draft,
    assessment_in,
    assessment_submitted,
    classified,
    filled,
    fresh,
    officer,
    proof,
)

pytestmark = pytest.mark.django_db
AFTER = dt.datetime(2027, 11, 20, 23, 0, tzinfo=dt.UTC)
HIGH = frozenset({"high_risk_annex_iii"})
# Art. 27(1) as the law's data say it.
CONDITION = {
    "all": [
        {"tier": "high_risk_annex_iii"},
        {"any": [{"point": [f"III.{area}" for area in (1, 3, 4, 5, 6, 7, 8)]}]},
        {
            "any": [
                {"flag": ["public_authority", "public_services"]},
                {"point": ["III.5.b", "III.5.c"]},
            ]
        },
    ]
}


@pytest.fixture
def law():
    """Art. 27 among the law's data."""
    framework = Framework.objects.create(
        id="ai-act", name="EU AI Act", edition="x", kind="law", file="test", checked="yes"
    )
    Provision.objects.create(
        id="AIA-27", framework=framework, kind="obligation", reference="Art. 27", title="FRIA",
        who=["deployer"], condition=CONDITION, file="test", checked="yes",
    )  # fmt: skip


def save(row):
    row = fresh(row)
    return call(
        save_assessment, assessment_id=row.pk, expected_version=row.version,
        answers=filled(process="another"), actor=person_as_actor(row.system.owner),
    )  # fmt: skip


def submit(row, **changes):
    row = fresh(row)
    arguments = {"expected_version": row.version, "expires_on": NEXT_YEAR, "ceremony": proof()}
    return call(
        submit_assessment, assessment_id=row.pk, **(arguments | changes),
        actor=person_as_actor(row.system.owner),
    )  # fmt: skip


def send_back(row):
    row = fresh(row)
    return call(
        send_back_assessment, assessment_id=row.pk, expected_version=row.version,
        reason="name the groups", actor=person_as_actor(officer(row.system)),
    )  # fmt: skip


def notify(row, **changes):
    row = fresh(row)
    arguments = {
        "expected_version": row.version,
        "notified_on": dt.date(2026, 11, 20),
        "notified_to": "Market surveillance authority",
        "reference": "F-1",
    }
    return call(
        note_notification, assessment_id=row.pk, **(arguments | changes),
        actor=person_as_actor(row.system.owner),
    )  # fmt: skip


STEPS = {
    "save": save,
    "submit": submit,
    "approve": approve,
    "send_back": send_back,
    "notify": notify,
}
ALLOWED = {
    ("draft", "save"),
    ("draft", "submit"),
    ("in_review", "approve"),
    ("in_review", "send_back"),
    ("in_force", "notify"),
    ("replaced", "notify"),
}


@pytest.mark.parametrize("state", ImpactAssessment.State.values)
@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_open_in_its_own_state_alone(state, step):
    row = assessment_in(state, system())

    if (state, step) in ALLOWED:
        assert STEPS[step](row).version > row.version
    else:
        with pytest.raises(Conflict):
            STEPS[step](row)


def test_two_persons_put_an_assessment_into_force():
    thing = system()

    row = assessed(thing)

    assert [one.pk for one in current_assessments(thing.pk, AT)] == [row.pk]
    assert (row.authorship.meaning, row.approval.meaning) == ("authorship", "review")


def test_who_wrote_it_does_not_review_it():
    thing = system()
    risk = officer(thing, "risk")
    row = assessment_draft(thing, by=risk)

    with pytest.raises(Forbidden, match="you wrote it"):
        approve(submit(row), by=risk)


def test_the_owner_does_not_review_it():
    thing = system()
    role(thing.owner, "compliance", unit=thing.unit)

    with pytest.raises(Forbidden, match="you are its owner"):
        approve(assessment_submitted(thing), by=thing.owner)


def test_without_a_signature_nothing_comes_into_force():
    row = assessment_submitted(system())

    with pytest.raises(Forbidden, match="you sign"):
        approve(row, ceremony=None)


def test_a_form_with_gaps_is_not_submitted():
    thing = system()
    row = call(
        start_assessment, system_id=thing.pk, kind="fria", actor=person_as_actor(thing.owner)
    )

    with pytest.raises(Invalid) as refusal:
        submit(row)

    assert {"process", "harms", "oversight"} <= set(refusal.value.fields)


def test_a_field_that_is_too_long_is_refused():
    row = assessment_draft(system())

    with pytest.raises(Invalid) as refusal:
        call(
            save_assessment, assessment_id=row.pk, expected_version=row.version,
            answers={"harms": Answer("x" * 10_001)}, actor=person_as_actor(row.system.owner),
        )  # fmt: skip

    assert set(refusal.value.fields) == {"harms"}


@pytest.mark.parametrize("day", [dt.date(2026, 11, 20), dt.date(2020, 1, 1), dt.date(2031, 1, 1)])
def test_the_last_day_lies_ahead_and_not_too_far(day):
    with pytest.raises(Invalid, match="A day to come"):
        submit(assessment_draft(system()), expires_on=day)


def test_there_is_one_draft_of_a_kind_at_a_time():
    thing = system()
    assessment_draft(thing)

    with pytest.raises(Conflict, match="open already"):
        assessment_draft(thing)
    assert assessment_draft(thing, "system_impact").number == 1


def test_an_expired_one_is_not_in_force_though_nobody_touched_it():
    thing = system()
    row = assessed(thing)
    last = AFTER - dt.timedelta(seconds=1)

    assert (standing_of(row, last), standing_of(row, AFTER)) == ("in_force", "expired")
    assert len(current_assessments(thing.pk, last)) == 1
    assert current_assessments(thing.pk, AFTER) == []


def test_one_that_expired_in_review_does_not_come_into_force():
    row = assessment_submitted(system())

    with pytest.raises(Conflict, match="last day has passed"):
        approve(row, at=AFTER, ceremony=proof(AFTER))


def test_the_next_version_begins_with_the_last_and_replaces_it():
    thing = system()
    first = assessed(thing, process="as it was")
    second = call(
        start_assessment, system_id=thing.pk, kind="fria", actor=person_as_actor(thing.owner)
    )

    approve(submit(second))

    assert second.answers == first.answers
    assert (fresh(first).state, fresh(second).state) == ("replaced", "in_force")


def test_a_change_of_the_system_makes_it_due_again_and_it_stays_in_force():
    thing = system()
    row = assessed(thing)

    assert call(reopen_for_change, system_id=thing.pk, what="another purpose", actor=SETUP)

    assert fresh(row).due_again_because == "another purpose"
    assert len(current_assessments(thing.pk, AT)) == 1


def test_an_assessment_in_force_raises_the_tier_and_sets_its_floor():
    thing = system(risk_tier="low")

    assessed(thing, risk_floor="medium")

    assert again(thing).risk_tier == "medium"
    assert tier_floor(again(thing), AT) == "medium"
    assert tier_floor(again(thing), AFTER) == "low"


def test_the_authority_is_told_once_of_a_fria():
    row = notify(assessed(system()))

    assert (row.notified_to, row.notified_reference) == ("Market surveillance authority", "F-1")
    with pytest.raises(Conflict, match="already"):
        notify(row)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"notified_on": dt.date(2026, 11, 21)}, "notified_on"),
        ({"notified_to": " "}, "notified_to"),
    ],
)
def test_a_notification_that_cannot_be_is_refused(changes, field):
    row = assessed(system())

    with pytest.raises(Invalid) as refusal:
        notify(row, **changes)

    assert set(refusal.value.fields) == {field}


def test_a_system_impact_assessment_is_notified_to_nobody():
    with pytest.raises(Conflict, match="Only the result of a FRIA"):
        notify(assessed(system(), "system_impact"))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (LegalFacts(), "no"),
        (
            LegalFacts(tiers=HIGH, roles=frozenset({"provider"}), points=frozenset({"III.5.b"})),
            "no",
        ),
        (
            LegalFacts(tiers=HIGH, roles=frozenset({"deployer"}), points=frozenset({"III.5.b"})),
            "yes",
        ),
        (
            LegalFacts(tiers=HIGH, roles=frozenset({"deployer"}), points=frozenset({"III.5.c"})),
            "yes",
        ),
        (
            LegalFacts(tiers=HIGH, roles=frozenset({"deployer"}), points=frozenset({"III.4.a"})),
            "no",
        ),
        (
            LegalFacts(
                tiers=HIGH,
                roles=frozenset({"deployer"}),
                points=frozenset({"III.4.a"}),
                flags=frozenset({"public_services"}),
            ),
            "yes",
        ),
        (
            LegalFacts(
                tiers=HIGH,
                roles=frozenset({"deployer"}),
                points=frozenset({"III.2.a"}),
                flags=frozenset({"public_authority"}),
            ),
            "no",
        ),
        (
            LegalFacts(
                tiers=HIGH,
                roles=frozenset({"deployer"}),
                points=frozenset({"III.4.a"}),
                open=frozenset({"public_services"}),
            ),
            "open",
        ),
    ],
)
def test_a_fria_is_asked_of_whom_art_27_names(law, facts, said):
    assert fria_is_due(facts) == said


def test_a_fria_that_is_asked_for_is_missing_until_it_is_in_force_and_when_it_expires(law):
    thing = system()
    classified(thing, **CREDIT)
    thing = again(thing)

    assert [one.kind for one in missing_assessments(thing, AT)] == ["fria"]
    assessed(thing)
    assert missing_assessments(thing, AT) == []
    assert [one.kind for one in missing_assessments(thing, AFTER)] == ["fria"]


def test_without_a_classification_it_is_open_whether_one_is_asked_for(law):
    assert [one.said for one in required_assessments(system())] == ["open"]


def test_the_database_keeps_author_and_reviewer_apart():
    row = assessment_submitted(system())
    row.reviewed_by, row.reviewed_at, row.state = row.submitted_by, AT, "in_force"

    with (
        acting_as(SETUP),
        pytest.raises(IntegrityError, match="assessment_reviewed_by_another"),
        transaction.atomic(),
    ):
        row.save()
