"""What the gallery shows of one system's papers: law, assessments, profile, evaluations, files."""

import datetime as dt
from decimal import Decimal

from config.story.readiness import agree_on_plan, run_evaluation
from registry.rules.agent_scope import ApprovalLimit, Data, Scope, Tool
from registry.rules.evaluations import Limit, Measured, Scenario, Slice
from registry.rules.statements import Behaviour
from registry.services.evaluation_runs import Report, record_run
from registry.services.evaluations import draft_plan
from registry.services.statements import (
    approve_statement,
    draft_behaviour,
    draft_controls,
    draft_scope,
)
from registry.services.surroundings import Source, add_data_source
from tests.incidents.factory import grant
from tests.registry import factories as registry
from tests.registry import test_documents as documents
from tests.registry import two_persons
from tests.registry.answers import CREDIT

DAY = dt.timedelta(days=1)
NEXT_YEAR = dt.date(2027, 11, 20)
SAID = {
    "process": "The desk for small loans: every application is scored, a clerk decides.",
    "period": "Every working day, until the end of 2028.",
}
SCOPE = Scope(
    tools=(
        Tool("Credit register", "api", frozenset({"read"})),
        Tool("Payments", "api", frozenset({"read", "pay"})),
    ),
    data=(Data("crm", frozenset({"contact", "financial"})),),
    spending_limit=Decimal("500.00"),
    currency="EUR",
    period="day",
    approvals=(ApprovalLimit(Decimal("100.00"), "owner", "pay"),),
)
WORDED = {
    "tone": "Plain, polite, without promises.",
    "must_not": ("promise a loan", "give advice on taxes"),
    "by_policy": (("Why was I refused?", "Name the reasons, and who can be asked."),),
}


def written(found, at):
    """A system that scores credit, with one of every paper in each state that has a page."""
    house, made = found.house, found.made
    made.lender = registry.system(
        of=house.unit, owner=house.owner, deputy=house.deputy, kind="agent",
        legal_class="undecided", name="Credit scoring for small loans",
        purpose="Says who is offered a loan, and how much.",
    )  # fmt: skip
    for role in ("compliance", "risk", "engineer"):
        grant(found.people[role], role, system=made.lender)
    two_persons.classified(made.lender, **CREDIT)
    two_persons.draft(made.lender, **CREDIT, workplace="yes")
    _assessed(found)
    _stated(found)
    _evaluated(found)
    _filed(found, at)


def _assessed(found):
    """One in force with a draft after it, one in review."""
    lender, made = found.made.lender, found.made
    made.assessed = two_persons.assessed(lender, **SAID)
    made.assessment_draft = two_persons.assessment_draft(lender, **SAID)
    made.in_review = two_persons.assessment_submitted(lender, "system_impact", expires_on=NEXT_YEAR)


def _stated(found):
    """Controls, scope and behaviour: the first wording in force, the next one a draft."""
    lender = found.made.lender
    registry.in_force(lender)
    _drafted(lender, draft_controls, registry.controls(kill_switch="The switch."), newest=1)
    _drafted(lender, draft_scope, SCOPE)
    _approved(lender, "scope")
    _drafted(lender, draft_scope, Scope(tools=SCOPE.tools, data=SCOPE.data), newest=1)
    _drafted(lender, draft_behaviour, Behaviour(**WORDED))
    _approved(lender, "behaviour")
    _drafted(lender, draft_behaviour, Behaviour(tone="Plain and short."), newest=1)
    holder = Source("Credit register", "input", holder="Register of Loans GmbH",
                    personal_data="yes", legal_basis="GDPR Art. 6(1)(b)",
                    refresh="every night")  # fmt: skip
    found.made.source = registry.call(add_data_source, system_id=lender.pk, given=holder)


def _drafted(lender, service, given, *, newest=0):
    registry.call(
        service, system_id=lender.pk, given=given, newest=newest, reason="As agreed on Monday.",
        actor=registry.person_as_actor(lender.owner),
    )  # fmt: skip


def _approved(lender, kind):
    registry.call(
        approve_statement, kind=kind, system_id=lender.pk, version=1, reason="Read.",
        actor=registry.person_as_actor(lender.deputy),
    )  # fmt: skip


def _evaluated(found):
    """A plan in force with a run that two signed and one that waits, the next plan in draft."""
    lender, made = found.made.lender, found.made
    versions = [registry.version(lender, label=label) for label in ("1.4", "1.5")]
    room = registry.room_for(lender, versions=versions)
    plan = agree_on_plan(room, registry.READY["plan"])
    run_evaluation(room, plan, versions[0], [0.97, 0.95, 0.93])
    made.signed_run = lender.evaluation_runs.get()
    tester = registry.person_as_actor(room.signers.tester)
    results = [
        Measured("all", "accuracy", 0.96, 400),
        Measured("rare", "accuracy", 0.84, 120),
        Measured("crafted", "accuracy", None, 0),
    ]
    report = Report(plan.dataset_sha256, registry.AT, registry.AT, results, tool="bench 2.1",
                    note="The crafted applications could not be read.")  # fmt: skip
    made.open_run = registry.call(
        record_run, system_id=lender.pk, version_id=versions[1].pk, report=report,
        sender_id=room.signers.tester.pk, actor=tester,
    )  # fmt: skip
    registry.call(
        draft_plan, system_id=lender.pk, dataset_name="Held-out applications, edition 2026-11",
        dataset_sha256="ab" * 32, slices=[Slice(**one) for one in plan.slices],
        limits=[Limit(**one) for one in plan.metrics],
        scenarios=[Scenario(one.what, one.kpi, one.response) for one in plan.scenarios.all()],
        author_id=room.signers.tester.pk, actor=tester,
    )  # fmt: skip


def _filed(found, at):
    """A document that was reviewed and replaced by a version that waits; one that expires soon."""
    lender, made = found.made.lender, found.made
    made.document = documents.added(lender, title="Instructions for the desk for small loans")
    documents.reviewed(made.document)
    documents.next_version(
        made.document, expires_on=(at + 300 * DAY).date(), note="Chapter 4 is new."
    )
    made.contract = documents.added(
        lender, title="Contract with the register", kind="contract",
        terms=documents.Terms(expires_on=(at + 9 * DAY).date()),
    )  # fmt: skip
    documents.reviewed(made.contract)
