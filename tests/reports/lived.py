"""Everything that may have been lived through beside the story: accepted, reported, stopped …"""

import datetime as dt
import uuid

from governance import models as governed
from incidents import models as handled
from ledger.context import acting_as
from registry.models import BreakGlass, ClockRule, SetupException
from tests.net import told
from tests.reports import story

DAY = dt.timedelta(days=1)
AT = story.AT - 10 * DAY


@told
def live_through(made):
    """Let a risk be accepted, a report be sent, a programme run, a stop stand, and so on."""
    with acting_as(story.ENGINE):
        accepted(made)
        reported(made)
        put_right(made)
        stopped(made)
        met(made)
        exceptional(made)
    return made


def accepted(made):
    """Accept a risk that was proposed before."""
    people, incident = made.people, made.incident
    risk = handled.RiskAcceptance.objects.create(
        number="RA-2027-00001", incident=incident, cycle=1, decision_id=made.decision.pk,
        motion_sha256=story.digest("motion"), title="The gap of 2.2", treatment="accept",
        residual_risk="Some are refused longer.", controls="A weekly look.", versions=["2.2"],
        environment="production", severity="major", risk_tier="high", owner=people.jonas,
        from_at=AT, until_at=AT + 90 * DAY, original_from=AT, original_until=AT + 90 * DAY,
        review_at=AT + 5 * DAY,
    )  # fmt: skip
    handled.AcceptanceProposal.objects.create(
        number="AP-2027-00001", incident=incident, terms={"title": "The gap"}, source="our GRC",
        proposed_by=people.jonas, proposed_at=AT, state="approved", acceptance=risk,
    )  # fmt: skip


def reported(made):
    """Send a report, and say of another duty why nothing was to be reported."""
    people, incident = made.people, made.incident
    rule = ClockRule.objects.create(
        id="a-rule", regime="ai_act", limb="serious incident", basis="Art. 73", hours=360,
        question="person_harmed", status="open", source="the law", checked="yes",
    )  # fmt: skip
    draft = handled.ReportDraft.objects.create(
        incident=incident, regime="ai_act", template="initial", kind="initial", version=1,
        values={"what": "A gap."}, record_sha256=story.digest("draft"), made_by=people.maren,
        made_at=AT, entry_number=1,
    )  # fmt: skip
    sent = handled.Submission.objects.create(
        incident=incident, report=draft, kind="initial", authority="The supervisor",
        submitted_at=AT, reference="S-7", submitted_by=people.maren, recorded_at=AT,
        entry_number=1,
    )  # fmt: skip
    for counted, more in (
        ("organisation", {"submission": sent, "state": "confirmed"}),
        ("provider", {"state": "ended", "ended_reason": "No harm.", "ended_at": AT}),
    ):
        handled.RegulatoryClock.objects.create(
            incident=incident, rule=rule, counted_as=counted, aware_at=AT, aware_person="Jonas",
            due_at=AT + 15 * DAY, armed_by="the answers", entry_number=1, **more,
        )  # fmt: skip


def put_right(made):
    """Run a programme with one batch."""
    plan = handled.RemediationProgramme.objects.create(
        action=made.incident.actions.get(), harm="Refused claims.", population_rule="all refused",
        population_source="the warehouse", population_sha256=story.digest("people"),
        population=2864, affected_from=AT, method="decide again", formula="none", estimate=100,
        approved_amount=120, currency="EUR", letter_version="L1", planned_by=made.people.maren,
        planned_at=AT, state="running",
    )  # fmt: skip
    handled.ProgrammeBatch.objects.create(
        programme=plan, number=1, sent=1000, answered=800, settled=700, unreachable=10, refused=5,
        amount=50, letter_version="L1", evidence="list 1", recorded_by=made.people.maren,
        recorded_at=AT, entry_number=1,
    )  # fmt: skip


def stopped(made):
    """Stop by a standing order that was tried, and take an interim measure."""
    people, incident = made.people, made.incident
    order = governed.StandingOrder.objects.create(
        number="SO-2026-00001", system=made.system, committee=made.decision.committee,
        rule="instant", action="stop", scope="all", reason="It may harm.", text="Stop.",
        text_sha256=story.digest("order"), put_by=people.ines, put_at=AT, valid_from=AT,
        valid_until=AT + 90 * DAY, decided_at=AT, state="adopted",
    )  # fmt: skip
    governed.OrderVote.objects.create(
        order=order, seat_number=1, person=people.ines, in_favour=True, at=AT, entry_number=1,
        signature=story.sign(people.ines, "approval", "order", order.pk, AT, "order"),
    )  # fmt: skip
    governed.OrderDrill.objects.create(
        order=order, person=people.priya, passed=True, seconds=40, evidence="log", at=AT,
        entry_number=1,
    )  # fmt: skip
    handled.Containment.objects.create(
        incident=incident, cycle=1, kind="stop", scope="all", environment="production",
        by_rule="SO-2026-00001", standing_order=order.pk, at=AT, ratify_by=AT + DAY, nonce="n",
        entry_number=1,
    )  # fmt: skip
    handled.InterimMeasure.objects.create(
        incident=incident, cycle=1, measure="by hand", reason="until decided",
        environment="production", taken_by=people.jonas, at=AT, until_at=AT + DAY, entry_number=1,
    )  # fmt: skip


def met(made):
    """Meet, record a vote, and leave a condition and draft minutes."""
    people, decision = made.people, made.decision
    meeting = governed.Meeting.objects.create(
        number="MTG-2027-00001", committee=decision.committee, title="January", starts_at=AT,
        convened_by=people.ines, notice_sent_at=AT - DAY, state="ended", opened_at=AT,
        ended_at=AT + DAY / 24,
    )  # fmt: skip
    governed.AgendaItem.objects.create(
        meeting=meeting, position=1, kind="motion", title="Roll back", decision=decision
    )
    governed.AgendaItem.objects.create(
        meeting=meeting, position=2, kind="free", title="The budget of another system"
    )
    governed.Attendance.objects.create(
        meeting=meeting, person=people.ines, standing="present", recorded_by=people.henrik, at=AT,
        entry_number=1,
    )  # fmt: skip
    governed.Minutes.objects.create(
        meeting=meeting, number=1, content="{}", sha256=story.digest("minutes"),
        drafted_by=people.henrik, drafted_at=AT,
    )  # fmt: skip
    governed.RecordedVote.objects.create(
        meeting=meeting, decision=decision, seat_number=1, person=people.ines, vote="for",
        motion_sha256=decision.motion_sha256, recorded_by=people.henrik, at=AT, entry_number=1,
    )  # fmt: skip
    governed.DecisionCondition.objects.create(
        decision=decision, number=1, text="Test 2.2 on the tariff.", owner=people.priya,
        verifier=people.maren, due_at=AT + DAY,
    )  # fmt: skip


def exceptional(made):
    """Drill, silence, break the glass, approve alone."""
    people = made.people
    rehearsed = story.incident(made, number="INC-2026-00099", dedup_key="99", drill=True)
    governed.Drill.objects.create(
        system=made.system, incident=rehearsed, purpose="Does the ladder work?", severity="major",
        started_by=people.maren, started_at=AT, state="ended", ended_at=AT + DAY,
    )  # fmt: skip
    mute = governed.Mute.objects.create(
        system=made.system, reason="A migration.", from_at=AT, until_at=AT + DAY,
        asked_by=people.jonas, asked_at=AT, approved_by=people.maren, approved_at=AT,
    )  # fmt: skip
    governed.MutedCase.objects.create(mute=mute, incident=rehearsed, joined_at=AT)
    BreakGlass.objects.create(
        person=people.priya, system=made.system, reason="The pager rang.", from_at=AT,
        until_at=AT + DAY / 12, review_due_at=AT + DAY,
    )  # fmt: skip
    SetupException.objects.create(
        kind="threshold", object_id=uuid.uuid4(), label="Gap by age v1", unit=made.unit,
        system=made.system, person=people.jonas, at=AT,
    )  # fmt: skip
