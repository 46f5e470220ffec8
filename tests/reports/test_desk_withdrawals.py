"""A withdrawal that the engine proposes stands on the desks of who looks and who agrees (INC-2)."""

import pytest

from reports.selectors.desk import desk_of
from tests.governance.test_withdrawals import corrected, role
from tests.registry.factories import AT
from tests.telemetry.factory import DAY, measured, row, take

pytestmark = pytest.mark.django_db


def shown(who):
    """What a person's desk says of withdrawals."""
    found = desk_of(user=who, at=AT + DAY).also
    return [one.step for one in found if one.title.startswith("Proposed to be withdrawn")]


def test_the_owner_looks_and_an_executive_may_agree_and_an_engineer_sees_nothing_of_it():
    system = measured()
    take([row(system, 0.95), row(system, 0.7, day=1), row(system, 0.7, day=2)])
    executive, engineer = role(system, "executive"), role(system, "engineer")
    before = shown(executive)

    corrected(system, 1, 2)

    assert before == []
    assert shown(system.owner) == ["Look at what is left"]
    assert shown(executive) == ["Agree, or validate it"]
    assert shown(engineer) == []
