"""A review counts as it was signed, or not at all (workflow section 8, T06)."""

import psycopg
import pytest

from incidents.selectors.reviews import standing_reviews
from tests.faults.processes import owner_of
from tests.incidents.factory import bring, fresh, house

pytestmark = pytest.mark.bypass


def test_a_review_that_was_changed_after_its_signature_stands_no_more(own_database):
    incident = bring(house(), "DECISION")
    before = [review.severity for review in standing_reviews(incident)]

    with psycopg.connect(owner_of(own_database)) as owner:
        owner.execute("ALTER TABLE incidents_validation DISABLE TRIGGER USER")
        owner.execute("UPDATE incidents_validation SET severity = 'minor'")

    assert before
    assert "minor" not in before
    assert standing_reviews(fresh(incident)) == []
