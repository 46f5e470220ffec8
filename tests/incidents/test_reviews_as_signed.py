"""A review counts as it was signed, or not at all (workflow section 8, T06)."""

import psycopg
import pytest

from incidents.rules.transitions import DECISION, VALIDATION
from incidents.selectors.reviews import standing_reviews
from ledger.models import Entry
from ledger.rules.refusals import Conflict
from tests.faults.processes import owner_of
from tests.incidents.factory import bring, do, fresh, house

pytestmark = pytest.mark.bypass


def change_reviews(database):
    """Make another severity of every signed review, as only the owner of the tables can."""
    with psycopg.connect(owner_of(database)) as owner:
        owner.execute("ALTER TABLE incidents_validation DISABLE TRIGGER USER")
        owner.execute("UPDATE incidents_validation SET severity = 'minor'")


def test_a_review_that_was_changed_after_its_signature_stands_no_more(own_database):
    incident = bring(house(), "DECISION")
    before = [review.severity for review in standing_reviews(incident)]

    change_reviews(own_database)

    assert before
    assert "minor" not in before
    assert standing_reviews(fresh(incident)) == []


def test_the_second_line_does_not_sign_over_a_review_that_was_changed(own_database):
    of = house(risk_tier="high")
    incident = bring(of, VALIDATION)
    do(incident, "validate", of.compliance)
    change_reviews(own_database)

    with pytest.raises(Conflict, match="review for compliance has changed") as refusal:
        do(incident, "validate", of.risk)

    assert refusal.value.code == "record_changed"
    assert refusal.value.recorded
    assert fresh(incident).state == VALIDATION


def test_once_the_first_line_has_signed_anew_the_second_one_signs(own_database):
    of = house(risk_tier="high")
    incident = bring(of, VALIDATION)
    do(incident, "validate", of.compliance)
    change_reviews(own_database)

    do(incident, "validate", of.compliance, key="anew")
    done = do(incident, "validate", of.risk)

    assert (done.incident.state, done.incident.severity) == (DECISION, incident.severity)
    assert Entry.objects.filter(verb="incident.reviewed").count() == 2
