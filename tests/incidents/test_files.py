"""A file that was read at once says what the database says, and costs the same for many cases."""

import pytest

from incidents.models import Incident
from incidents.rules.plan import from_text
from incidents.rules.transitions import (
    CLOSED,
    DECISION,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    VALIDATION,
    VERIFICATION,
)
from incidents.selectors.attempts import attempt_of, refusal_of
from incidents.selectors.cast import Cast
from incidents.selectors.casts import casts_of
from incidents.selectors.containment import holding_of
from incidents.selectors.families import children_of
from incidents.selectors.files import file_of, read_files
from incidents.selectors.reviews import (
    answers_of,
    has_evidence,
    lines_to_sign,
    newest_findings,
    proposal_of,
)
from incidents.selectors.turns import requests_of, standing_pause
from tests.incidents import factory as cases
from tests.incidents.factory import AT, acting

pytestmark = pytest.mark.django_db
COMMANDS = ("submit_findings", "validate", "dismiss", "close_small", "withdraw", "lower_severity",
            "pause_clock", "reopen", "close", "merge", "set_hold")  # fmt: skip


def facts(incident):
    """What the selectors of one incident say of it."""
    plan = from_text(incident.plan)
    return {
        "findings": newest_findings(incident),
        "lines": lines_to_sign(incident, plan),
        "proposal": proposal_of(incident),
        "answers": answers_of(incident),
        "evidence": has_evidence(incident),
        "requests": requests_of(incident),
        "pause": standing_pause(incident),
        "holding": holding_of(incident),
        "children": list(children_of(incident)),
        "executors": Cast(incident, AT).executors,
    }


def refusals(incident, people, cast=None):
    """Why each person is refused each command, in code and words."""
    found = {}
    for who in people:
        for command in COMMANDS:
            attempt = attempt_of(
                command=command, incident=incident, plan=from_text(incident.plan),
                actor=acting(who), at=AT, user=who, cast=cast,
            )  # fmt: skip
            refusal = refusal_of(attempt)
            found[who.name, command] = refusal and (refusal.code, refusal.reason, refusal.who_can)
    return found


def filed(incident):
    """The incident as it is in the database, with its file read."""
    found = cases.fresh(incident)
    read_files([found])
    return found


@pytest.mark.parametrize(
    "state", [OPEN, INVESTIGATING, VALIDATION, DECISION, EXECUTION, VERIFICATION, CLOSED]
)
def test_a_file_says_what_the_database_says_in_every_state(state):
    of = cases.house(risk_tier="high")
    incident = cases.bring(of, state)

    read = filed(incident)

    assert facts(read) == facts(cases.fresh(incident))


def test_with_a_file_everybody_is_refused_for_the_same_reasons():
    of = cases.house(risk_tier="high")
    people = (of.owner, of.deputy, of.compliance, of.risk, of.auditor, of.stranger)
    for state in (INVESTIGATING, VALIDATION):
        incident = cases.bring(of, state)

        read = filed(incident)

        asked = refusals(cases.fresh(incident), people)
        assert refusals(read, people) == asked
        assert refusals(read, people, casts_of(incidents=[read], at=AT)[read.pk]) == asked


def test_what_was_asked_for_waits_in_the_file_too():
    of = cases.house()
    incident = cases.bring(of, INVESTIGATING)
    cases.do(incident, "withdraw", of.owner)

    read = filed(incident)

    assert set(requests_of(read)) == {"withdraw"}
    assert facts(read) == facts(cases.fresh(incident))


def test_a_parent_s_file_holds_its_children_and_its_cast_their_history():
    of = cases.house()
    parent, child = cases.opened(of), cases.opened(of)
    cases.do(child, "merge", of.owner, into=parent.number)
    cases.do(child, "merge", of.compliance, into=None)

    read = [filed(parent), filed(child)]

    casts = casts_of(incidents=read, at=AT)
    assert [one.pk for one in children_of(read[0])] == [child.pk]
    for one in read:
        assert casts[one.pk].history == Cast(cases.fresh(one), AT).history


def test_only_the_object_that_was_read_has_a_file():
    incident = cases.bring(cases.house(), VALIDATION)

    filed(incident)

    assert file_of(cases.fresh(incident)) is None


def test_files_and_casts_cost_the_same_for_one_and_for_many(django_assert_num_queries):
    of = cases.house()
    cases.bring(of, VALIDATION)
    read_files(list(Incident.objects.all()))

    for _ in range(2):
        cases.bring(of, VALIDATION)
    rows = list(Incident.objects.select_related("system"))

    with django_assert_num_queries(5):
        read_files(rows)
    with django_assert_num_queries(1):
        casts_of(incidents=rows, at=AT)
