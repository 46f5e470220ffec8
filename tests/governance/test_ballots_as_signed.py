"""A ballot counts as it was signed, or not at all (workflow section 8, T09)."""

import psycopg
import pytest

from governance.selectors.electorates import counting_ballots
from tests.faults.processes import owner_of
from tests.governance.organisation import convened, decided, organised, vote

pytestmark = pytest.mark.bypass


def counted(decision):
    """Return what counts, by the number of the seat."""
    return counting_ballots(decision=decision, electors=list(decision.electors.all()))


def test_a_vote_that_was_changed_after_its_signature_counts_nowhere(own_database):
    of = organised()
    decision = convened(of, decided(of))
    vote(decision, of.chair, "against")
    before = counted(decision)

    with psycopg.connect(owner_of(own_database)) as owner:
        owner.execute("ALTER TABLE governance_ballot DISABLE TRIGGER USER")
        owner.execute("UPDATE governance_ballot SET vote = 'for'")

    assert before == {1: "against"}
    assert counted(decision) == {}
