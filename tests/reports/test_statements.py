"""Statements of applicability: versions, two persons, a signature, what controls read (GOV-3)."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry.models import Provision
from reports.models import ApplicabilityStatement
from reports.rules.statements import LONGEST, Line, line_faults, signing_faults
from reports.selectors.applicability import applicability_of
from reports.selectors.controls import controls_of
from reports.services.statements import draft_statement, withdraw_statement
from tests.registry.factories import SETUP, role, unit, user
from tests.reports.control_house import LATER
from tests.reports.stated import ISO, Stating

HOUR = dt.timedelta(hours=1)
WHY = "We build no models; suppliers do."


@pytest.fixture
def of(law):
    return Stating()


@pytest.fixture
def key(law):
    """The first control of Annex A."""
    rows = Provision.objects.filter(framework_id=ISO, kind="control")
    return rows.order_by("place").first().pk


def state_of(of, key, *, at=LATER, past=False):
    found = controls_of(framework=ISO, scope=of.scope(at=at, past=past))
    return next(one for one in found if one.provision == key)


def test_a_line_that_leaves_a_control_out_needs_a_reason_to_be_signed():
    lines = {"A": {"applicable": False, "reason": " "}, "B": {"applicable": False, "reason": "x"}}

    faults = signing_faults(lines, ["A", "B", "C"])

    assert list(faults) == ["A"]


@pytest.mark.parametrize(
    "lines",
    [{"X": Line()}, {"A": Line(how="\x00")}, {"A": Line(reason="x" * (LONGEST + 1))}],
)
def test_a_line_that_cannot_be_kept_is_told_by_its_control(lines):
    assert list(line_faults(lines, ["A"])) == list(lines)


@pytest.mark.django_db
def test_a_draft_holds_the_38_controls_as_applicable_and_no_clause(of):
    row = of.drafted()

    controls = Provision.objects.filter(framework_id=ISO, kind="control", superseded_in="")
    assert set(controls.values_list("pk", flat=True)) == set(row.lines)
    assert len(row.lines) == 38
    assert all(line["applicable"] for line in row.lines.values())


@pytest.mark.django_db
def test_no_clause_of_the_standard_can_be_left_out(of):
    clause = Provision.objects.filter(framework_id=ISO, kind="clause").first().pk
    row = of.drafted()

    with pytest.raises(Invalid) as refused:
        of.write(row, {clause: WHY})

    assert clause in refused.value.fields


@pytest.mark.django_db
def test_a_framework_without_controls_states_all_that_it_asks_for(of):
    row = of.drafted(framework="nist-ai-rmf")

    categories = Provision.objects.filter(framework_id="nist-ai-rmf", kind="category")
    assert set(row.lines) == set(categories.values_list("pk", flat=True))


@pytest.mark.django_db
def test_a_draft_leaves_no_control_out(of, key):
    of.drafted({key: WHY})

    assert state_of(of, key).state != "not_applicable"
    assert applicability_of(framework=ISO, at=LATER) == {}


@pytest.mark.django_db
def test_a_signed_statement_leaves_a_control_out_with_reason_name_and_instant(of, key):
    of.sign(of.drafted({key: WHY}))

    found = state_of(of, key)

    assert (found.state, found.reason, found.missing) == ("not_applicable", WHY, ())
    assert (found.signed_by, found.signed_at) == (of.second.name, LATER)


@pytest.mark.django_db
def test_who_wrote_in_a_draft_cannot_sign_it_even_if_another_wrote_last(of, key):
    row = of.write(of.drafted({key: WHY}), {key: "Other words."}, who=of.second)

    with pytest.raises(Forbidden) as refused:
        of.sign(row, who=of.officer)

    assert refused.value.code == "own_statement"


@pytest.mark.django_db
def test_the_database_refuses_one_person_as_author_and_approver(of, key):
    row = of.drafted({key: WHY})
    row.approved_by = row.author

    with (
        pytest.raises(IntegrityError, match="applicability_by_two_persons"),
        transaction.atomic(),
        acting_as(SETUP),
    ):
        row.save(at=LATER)


@pytest.mark.django_db
def test_a_signed_statement_changes_for_nobody(of, key):
    row = of.sign(of.drafted({key: WHY}))

    with (
        pytest.raises(IntegrityError, match="UPDATE is refused"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE reports_applicabilitystatement SET lines = '{}' WHERE id = %s", [row.pk]
        )


@pytest.mark.django_db
def test_a_statement_that_changed_since_it_was_shown_is_not_signed(of, key):
    row = of.drafted({key: WHY})

    with pytest.raises(Conflict) as refused:
        of.sign(row, sha256="0" * 64)

    assert refused.value.code == "statement_changed"


@pytest.mark.django_db
def test_a_control_left_out_without_a_reason_keeps_it_from_being_signed(of, key):
    row = of.drafted({key: Line(applicable=False)})

    with pytest.raises(Invalid) as refused:
        of.sign(row)

    assert key in refused.value.fields


@pytest.mark.django_db
def test_the_next_version_takes_over_the_lines_and_replaces_the_one_in_force(of, key):
    first = of.sign(of.drafted({key: WHY}))

    second = of.sign(of.drafted(at=LATER + HOUR), at=LATER + HOUR)

    first.refresh_from_db()
    assert (second.version, second.lines[key]["reason"]) == (2, WHY)
    assert (first.state, first.ended_at) == ("replaced", LATER + HOUR)


@pytest.mark.django_db
def test_what_was_stated_at_an_instant_is_read_as_it_was(of, key):
    of.sign(of.drafted({key: WHY}))
    draft = of.drafted({key: Line()}, at=LATER + HOUR)
    of.sign(draft, at=LATER + HOUR)

    before = applicability_of(framework=ISO, at=LATER)
    past = state_of(of, key, past=True)
    now = state_of(of, key, at=LATER + HOUR)

    assert (before[key].applicable, before[key].version) == (False, 1)
    assert past.state == "not_applicable"
    assert now.state != "not_applicable"


@pytest.mark.django_db
def test_withdrawing_the_one_in_force_lets_every_control_apply_again(of, key):
    row = of.sign(of.drafted({key: WHY}))

    of.by(of.officer, withdraw_statement, statement_id=row.pk, reason="Wrong.", at=LATER + HOUR)

    assert applicability_of(framework=ISO, at=LATER + HOUR) == {}


@pytest.mark.django_db
def test_no_statement_speaks_of_a_law(of):
    with pytest.raises(Invalid) as refused:
        of.drafted(framework="ai-act")

    assert refused.value.code == "law_is_not_stated"


@pytest.mark.django_db
def test_one_draft_of_a_framework_at_a_time(of):
    of.drafted()

    with pytest.raises(Conflict):
        of.drafted()

    assert ApplicabilityStatement.objects.count() == 1


@pytest.mark.django_db
def test_two_who_write_at_once_are_told(of, key):
    row = of.drafted()
    of.write(row, {key: WHY}, who=of.second)

    with pytest.raises(Conflict):
        row.revision = 1
        of.write(row, {key: "Mine."})

    assert ApplicabilityStatement.objects.get().lines[key]["reason"] == WHY


@pytest.mark.django_db
def test_a_role_for_a_part_of_the_organisation_states_nothing_for_all_of_it(of):
    other = unit()
    local = user(of=other)
    role(local, "compliance", unit=other)

    with pytest.raises(Forbidden):
        of.by(local, draft_statement, framework=ISO)

    assert not ApplicabilityStatement.objects.exists()
