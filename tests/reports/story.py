"""A claims-approval system whose whole story stands in rows: what packs and desks are tested on."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from types import SimpleNamespace

from django.db import transaction

from governance import models as governed
from incidents import models as handled
from incidents.rules.plan import SEVERITIES, FrozenPlan, to_text
from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Forbidden
from ledger.services.entries import append_entry
from registry.models import (
    ClockRule,
    Deployment,
    RoleAssignment,
    Signature,
    System,
    SystemVersion,
    Unit,
    User,
    WorkCalendar,
)
from telemetry import models as measured
from tests.net import told

AT = dt.datetime(2027, 1, 31, 9, 0, tzinfo=dt.UTC)
SINCE = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
OPENED = dt.datetime(2026, 11, 16, 13, 4, tzinfo=dt.UTC)
ENGINE = machine("test")
WEEK = dt.timedelta(days=7)
PLAN = to_text(
    FrozenPlan(
        policy_id="p",
        policy_sha256="0" * 64,
        profile="small",
        times={severity: {} for severity in SEVERITIES},
        calendar={},
    )
)


def digest(text):
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def after(**length):
    """Return an instant after the opening of the incident."""
    return OPENED + dt.timedelta(**length)


def person_actor(user):
    """Return the actor that a signed-in person is."""
    return Actor(kind="person", id=str(user.pk), name=user.name, title=user.title, channel="web")


def entry(verb, actor, at, subject, **more):
    """Write a ledger entry as its actor."""
    with transaction.atomic(), acting_as(actor):
        return append_entry(verb=verb, actor=actor, at=at, subject=subject, **more)


@dataclass
class Story:
    """Everything that was made, by name."""

    people: SimpleNamespace
    unit: Unit
    system: System
    versions: dict
    series: measured.Series
    standing: governed.Standing
    incident: handled.Incident | None = None
    decision: governed.Decision | None = None


def people_of(unit):
    """Make the people of the story, each with a title."""
    titles = {
        "jonas": ("Jonas Weber", "Model owner"),
        "priya": ("Priya Raman", "ML engineer"),
        "maren": ("Maren Vogt", "Compliance officer"),
        "tomasz": ("Tomasz Zieliński", "Risk officer"),
        "ines": ("Dr. Ines Albrecht", "Chair of the committee"),
        "amara": ("Prof. Amara Okafor", "Committee member"),
        "sofia": ("Sofia Lindqvist", "Committee member"),
        "henrik": ("Dr. Henrik Aas", "Substitute"),
        "nils": ("Nils Bergström", "Auditor"),
        "claire": ("Claire Dubois", "Executive"),
    }
    found = {
        key: User.objects.create(
            email=f"{key}-{unit.pk}@example.org", name=name, title=title, unit=unit, demo=True
        )
        for key, (name, title) in titles.items()
    }
    return SimpleNamespace(**found)


@told
def organisation():
    """Make a unit with its calendar and people, and give the roles."""
    calendar = WorkCalendar.objects.create(name="office", zone="Europe/Berlin", hours={})
    unit = Unit.objects.create(name="Claims", calendar=calendar)
    people = people_of(unit)
    roles = {
        "maren": "compliance",
        "tomasz": "risk",
        "nils": "auditor",
        "claire": "executive",
        "priya": "engineer",
    }
    for key, role in roles.items():
        RoleAssignment.objects.create(
            user=getattr(people, key),
            role=role,
            unit=unit,
            from_at=SINCE,
            until_at=SINCE + dt.timedelta(days=366) if role == "auditor" else None,
            granted_by=people.claire,
        )
    return unit, people


@told
def claims_approval(unit, people):
    """Register the system with two versions, the newer one live in the story's middle."""
    system = System.objects.create(
        slug="claims-approval",
        name="Claims approval",
        kind=System.Kind.PREDICTIVE,
        unit=unit,
        owner=people.jonas,
        deputy=people.priya,
        purpose="Proposes approve or refuse for household and travel claims up to EUR 5,000.",
        users_affected="About 1,800 claimants a week.",
        data_sources="Table 'rossi' of the lifelines package.",
        simulated="That these are insurance claims. Time and latency are drawn.",
        risk_tier="high",
        legal_class="minimal",
        registered_at=SINCE,
    )
    versions = {
        label: SystemVersion.objects.create(
            system=system,
            label=label,
            digest=f"sha256:{digest(label)}",
            changelog=words,
            author=people.sofia,
            state="approved",
            approved_by=people.priya,
            approved_at=SINCE,
            created_at=SINCE,
        )
        for label, words in (("2.2", "Adds parole as an input."), ("2.3", "Adds full-time work."))
    }
    moves = (
        ("2.2", None, SINCE, dt.datetime(2026, 10, 22, 8, 2, tzinfo=dt.UTC)),
        ("2.3", "2.2", dt.datetime(2026, 10, 22, 8, 2, tzinfo=dt.UTC), after(days=9, hours=22)),
        ("2.2", None, after(days=9, hours=22), None),
    )
    for label, fallback, from_at, until_at in moves:
        Deployment.objects.create(
            system=system,
            version=versions[label],
            fallback=versions.get(fallback),
            from_at=from_at,
            until_at=until_at,
            ended_reason="" if until_at is None else "replaced",
        )
    return system, versions


@told
def kpi(name="demographic_parity_difference", **changes):
    """Return a KPI of the catalogue."""
    values = {
        "name": "Demographic parity difference",
        "category": "trust_compliance",
        "unit": "ratio",
        "better": "lower",
        "formula": "gap of approval rates",
        "window": "weekly",
        "timing": "lagging",
        "neutral": 0.0,
        "lowest": -1.0,
        "highest": 1.0,
        "catalogue_version": "test",
    }
    return measured.Kpi.objects.get_or_create(pk=name, defaults=values | changes)[0]


@told
def gap_series(system, people, *, weeks=20):
    """Measure the gap weekly: small, then large from the eighth week on, small again at the end."""
    series = measured.Series.objects.create(
        system=system,
        kpi=kpi(),
        segment="age_group=under_30",
        window_seconds=7 * 86400,
        cadence_seconds=7 * 86400,
        created_at=SINCE,
    )
    threshold = governed.Threshold.objects.create(
        name="Gap by age", system=system, kpi=kpi(), segment="age_group=under_30", created_at=SINCE
    )
    version = governed.ThresholdVersion.objects.create(
        threshold=threshold,
        number=1,
        direction="above",
        target=0.02,
        warning=0.08,
        critical=0.12,
        recover_warning=0.04,
        recover_critical=0.08,
        baseline=0.021,
        fires_k=2,
        fires_n=3,
        least_n=500,
        judged_by="lower_bound",
        valid_from=SINCE,
        author=people.jonas,
        approved_by=people.maren,
        approved_at=SINCE,
        example=False,
        state="active",
    )
    start = dt.datetime(2026, 9, 6, 22, 0, tzinfo=dt.UTC)
    batch = measured.Batch.objects.create(
        kind="measurements",
        source="weekly job",
        sender_id="feed",
        received_at=SINCE,
        accepted=20,
        repeated=0,
        rejected=0,
        sha256=digest("batch"),
    )
    for week in range(weeks):
        value = 0.15 + 0.003 * week if 8 <= week < 12 else 0.015 + 0.002 * (week % 5)
        end = start + week * WEEK
        measured.Measurement.objects.create(
            series=series,
            window_end=end,
            value=value,
            n=1830 - week,
            low=value - 0.025,
            high=value + 0.025,
            good=True,
            received_at=end + dt.timedelta(minutes=5),
            batch_id=batch.pk,
        )
    standing = governed.Standing.objects.create(
        series=series,
        threshold=threshold,
        threshold_version=version,
        state="OK",
        since=AT,
    )
    return series, standing


@told
def base():
    """Make the organisation, the system and its readings; nothing has gone wrong yet."""
    with acting_as(ENGINE):
        unit, people = organisation()
        system, versions = claims_approval(unit, people)
        series, standing = gap_series(system, people)
        governed.Policy.objects.create(
            unit=unit,
            number=1,
            profile="small",
            body={"name": "small"},
            sha256=digest("policy"),
            example=False,
            author=people.tomasz,
            approved_by=people.maren,
            valid_from=SINCE,
            state="active",
        )
    entry(
        "system.registered",
        machine("set-up"),
        SINCE,
        ("system", str(system.pk), system.name),
        system_id=system.pk,
    )
    return Story(people, unit, system, versions, series, standing)


@told
def another_system(story, slug="claims-triage"):
    """Register a second system of the same unit, of which nothing is measured yet."""
    with acting_as(ENGINE):
        system = System.objects.create(
            slug=slug,
            name=slug.replace("-", " ").capitalize(),
            kind=System.Kind.PREDICTIVE,
            unit=story.unit,
            owner=story.people.priya,
            deputy=story.people.jonas,
            purpose="Sorts claims by urgency.",
            risk_tier="low",
            legal_class="minimal",
            registered_at=SINCE,
        )
    subject = ("system", str(system.pk), system.name)
    entry("system.registered", machine("set-up"), SINCE, subject, system_id=system.pk)
    return system


@told
def sign(user, meaning, subject_type, subject_id, at, text):
    """Sign something."""
    return Signature.objects.create(
        signer=user,
        signer_name=user.name,
        role=user.title,
        meaning=meaning,
        subject_type=subject_type,
        subject_id=subject_id,
        payload_sha256=digest(text),
        method="password",
        authenticated_at=at,
        session="s",
        signed_at=at,
        zone="Europe/Berlin",
    )


@told
def incident(story, *, number="INC-2026-00041", state="OPEN", begins="", **changes):
    """Open an incident in a state, with its transition; `begins` where more transitions follow."""
    values = {
        "number": number,
        "kind": "fairness",
        "dedup_key": digest(number),
        "title": "Claims of under-30s approved 15 points less often",
        "summary": "The gap by age group has been critical in two of three weeks.",
        "category": "trust_compliance",
        "system": story.system,
        "unit": story.unit,
        "live_version": story.versions["2.3"],
        "owner": story.people.jonas,
        "deputy": story.people.priya,
        "risk_tier": "high",
        "proposed_severity": "major",
        "severity": "major",
        "plan": PLAN,
        "plan_sha256": digest("plan"),
        "onset_at": dt.datetime(2026, 10, 22, 8, 2, tzinfo=dt.UTC),
        "onset_method": "first reading beyond the band",
        "detected_at": OPENED,
        "opened_at": OPENED,
        "stage_entered_at": OPENED,
        "stage_due_at": after(days=3),
        "state": state,
    }
    with acting_as(ENGINE), transaction.atomic():
        made = handled.Incident.objects.create(**(values | changes))
        no = entry(
            "incident.opened",
            ENGINE,
            made.opened_at,
            ("incident", str(made.pk), made.number),
            incident_id=made.pk,
            system_id=story.system.pk,
        )
        moved(made, 1, "T01", "open", "", begins or state, None, made.opened_at, no)
        governed.BreachCause.objects.create(
            incident=made,
            standing=story.standing,
            window_end=OPENED,
            value=0.151,
            threshold_version=story.standing.threshold_version,
            joined_at=made.opened_at,
        )
    return made


@told
def moved(incident, version, code, command, from_state, to_state, person, at, no, **more):
    """Write a transition."""
    return handled.Transition.objects.create(
        incident=incident,
        version=version,
        cycle=1,
        code=code,
        command=command,
        from_state=from_state,
        to_state=to_state,
        person=person,
        person_name=person.name if person else "evaluator",
        role=person.title if person else "",
        at=at,
        entry_number=no,
        **more,
    )


@told
def closed_story():
    """Tell the whole story: found, investigated, validated, decided, rolled back, verified."""
    story = base()
    with transaction.atomic(), acting_as(ENGINE):
        tell(story)
    return story


def tell(story):
    """Let everything happen to the system of `base`."""
    people = story.people
    made = incident(
        story,
        state="CLOSED",
        begins="OPEN",
        closed_at=after(days=35),
        severity_validated=True,
        stage_due_at=None,
        resolution="rolled back and compensated",
        version=6,
        lessons="An input that stands in for age is looked for before each release.",
    )
    story.incident = made
    subject = ("incident", str(made.pk), made.number)
    scoped = {"incident_id": made.pk, "system_id": story.system.pk}

    def told(verb, who, at):
        return entry(verb, person_actor(who), at, subject, **scoped)

    _answered(story, made, told)
    findings, review = _reviewed(story, made, told)
    _decided(story, made, findings, told)
    _executed(story, made, told)
    sign(people.maren, "verification", "incident", made.pk, after(days=35), "close")
    no = told("incident.closed", people.maren, after(days=35))
    moved(made, 6, "T16", "close", "VERIFICATION", "CLOSED", people.maren, after(days=35), no)
    refused = Forbidden(
        "segregation", "You cannot validate this: you submitted its findings.", recorded=True
    )
    entry(
        "request.refused",
        person_actor(people.jonas),
        after(days=3),
        subject,
        reason=refused.reason,
        incident_id=made.pk,
        details={"code": "segregation", "attempted": "POST /incidents/validate", "who_can": []},
    )


def _answered(story, made, told):
    people = story.people
    no = told("incident.acknowledged", people.jonas, after(hours=2))
    moved(made, 2, "T02", "acknowledge", "OPEN", "INVESTIGATING", people.jonas, after(hours=2), no)
    handled.Questions.objects.create(
        incident=made,
        cycle=1,
        person_harmed="no",
        rights_affected="yes",
        personal_data="no",
        critical_service="no",
        answered_by=people.jonas,
        answered_at=after(hours=2),
        entry_number=no,
    )
    rule = ClockRule.objects.get_or_create(
        pk="ai-act-73-2",
        defaults={
            "regime": "EU AI Act",
            "limb": "serious incident",
            "basis": "Art. 73(2)",
            "question": "rights_affected",
            "hours": 360,
            "status": "in force",
            "source": "Regulation (EU) 2024/1689",
            "checked": "2026-11-20",
        },
    )[0]
    handled.RegulatoryClock.objects.create(
        incident=made,
        rule=rule,
        aware_at=OPENED,
        aware_person="evaluator",
        due_at=after(days=15),
        armed_by="answer to rights_affected",
        state="ended",
        ended_reason="Not reportable under Art. 73: the system is not high-risk.",
        ended_at=after(days=6, hours=22),
        entry_number=no,
    )
    handled.FirstAssessment.objects.create(
        incident=made,
        cycle=1,
        seen="Young claimants are refused more often since 2.3.",
        since=OPENED,
        affected=2864,
        contained=True,
        next_step="Masked-input run on 2.3",
        written_by=people.jonas,
        written_at=after(hours=5),
        entry_number=told("incident.first_assessed", people.jonas, after(hours=5)),
    )


def _reviewed(story, made, told):
    people = story.people
    at = after(days=2, hours=23)
    handled.Evidence.objects.create(
        incident=made,
        cycle=1,
        title="Masked-input run",
        reference="run 9f2c",
        sha256=digest("run"),
        added_by=people.jonas,
        added_at=after(days=2),
        entry_number=told("incident.evidence_added", people.jonas, after(days=2)),
    )
    no = told("incident.findings_submitted", people.jonas, at)
    findings = handled.Findings.objects.create(
        incident=made,
        cycle=1,
        revision=1,
        cause="proxy",
        narrative="Version 2.3 added one input, full-time work before. It stands in for age.",
        version_label="2.3",
        affected=2864,
        harm="2,864 claims were refused that 2.2 approves.",
        proposed_severity="major",
        proposed_action="Roll back to 2.2 and decide again.",
        record_sha256=digest("findings"),
        submitted_by=people.jonas,
        submitted_at=at,
        signature=sign(people.jonas, "authorship", "incident", made.pk, at, "findings"),
        entry_number=no,
    )
    moved(made, 3, "T04", "submit_findings", "INVESTIGATING", "VALIDATION", people.jonas, at, no)
    review = None
    for place, (who, line) in enumerate(((people.tomasz, "risk"), (people.maren, "compliance"))):
        at = after(days=6, hours=21 + place)
        no = told("incident.validated", who, at)
        review = handled.Validation.objects.create(
            incident=made,
            cycle=1,
            line=line,
            findings=findings,
            findings_sha256=findings.record_sha256,
            severity="major",
            implication="none",
            implication_reason="the system is not high-risk.",
            harm="Refused claims.",
            validator=who,
            validated_at=at,
            signature=sign(who, "review", "incident", made.pk, at, "review"),
            entry_number=no,
        )
    moved(made, 4, "T06", "validate", "VALIDATION", "DECISION", people.maren, at, no)
    return findings, review


def _decided(story, made, findings, told):
    people = story.people
    committee = governed.Committee.objects.create(
        unit=story.unit, name="AI governance committee", charter={"quorum": 2}
    )
    seats = (
        (1, "Chair", people.ines, None),
        (2, "Ethics", people.amara, None),
        (3, "Technology", people.sofia, people.henrik),
    )
    for number, function, who, substitute in seats:
        governed.Seat.objects.create(
            committee=committee,
            number=number,
            function=function,
            person=who,
            substitute=substitute,
            chair=number == 1,
            from_at=SINCE,
        )
    at = after(days=9, hours=21)
    decision = governed.Decision.objects.create(
        number="DEC-2026-00019",
        incident=made,
        cycle=1,
        committee=committee,
        title="Roll back to 2.2, and decide 2,864 refused claims again",
        motion='{"title":"Roll back"}',
        motion_sha256=digest("motion"),
        charter="{}",
        findings_sha256=findings.record_sha256,
        state="adopted",
        feasible=True,
        proposed_by=people.jonas,
        convened_by=people.ines,
        convened_at=after(days=7),
        opens_at=after(days=7),
        closes_at=at,
        closed_at=at,
        created_at=after(days=7),
    )
    story.decision = decision
    governed.MotionAction.objects.create(
        decision=decision,
        position=1,
        type="rollback",
        words="Roll back to 2.2",
        target_version=story.versions["2.2"],
        executor=people.priya,
        due="8bh",
        proof="measured",
    )
    for number, function, who, substitute in seats:
        away = who == people.sofia
        governed.ElectorSeat.objects.create(
            decision=decision,
            number=number,
            function=function,
            required=True,
            chair=number == 1,
            vice_chair=False,
            holder=who,
            substitute=substitute,
            seated=substitute if away else who,
            state="substituted" if away else "seated",
        )
    governed.Recusal.objects.create(
        decision=decision,
        person=people.sofia,
        by_rule=True,
        reason="author of 2.3",
        at=after(days=7),
    )
    votes = (
        (1, people.ines, "for", ""),
        (
            2,
            people.amara,
            "against",
            "I would roll back and suspend. 2.2 was never tested on the tariff of October.",
        ),
        (3, people.henrik, "for", ""),
    )
    for seat, who, vote, reason in votes:
        governed.Ballot.objects.create(
            decision=decision,
            seat_number=seat,
            person=who,
            vote=vote,
            reason=reason,
            final=True,
            motion_sha256=decision.motion_sha256,
            at=after(days=8, hours=seat),
            signature=sign(
                who,
                "approval",
                "decision",
                decision.pk,
                after(days=8, hours=seat),
                f"ballot {seat}",
            ),
            entry_number=told("ballot.cast", who, after(days=8, hours=seat)),
        )
    no = told("motion.adopted", people.ines, at)
    governed.Resolution.objects.create(
        decision=decision,
        outcome="adopted",
        eligible=3,
        present=3,
        votes_for=2,
        votes_against=1,
        abstentions=0,
        words="Carried by the absolute majority that high tier asks for.",
        certified_by=people.ines,
        at=at,
        entry_number=no,
        signature=sign(people.ines, "certification", "decision", decision.pk, at, "resolution"),
    )
    moved(made, 5, "T09", "adopt", "DECISION", "EXECUTION", people.ines, at, no)


def _executed(story, made, told):
    people = story.people
    done = after(days=9, hours=22)
    action = handled.Action.objects.create(
        incident=made,
        cycle=1,
        decision_id=story.decision.pk,
        position=1,
        type="rollback",
        words="Roll back to 2.2",
        target_version=story.versions["2.2"],
        executor=people.priya,
        due_at=after(days=10),
        proof="measured",
        stopping=True,
        nonce="n",
        state="confirmed",
        ordered_at=after(days=9, hours=21),
        confirmed_at=done,
        confirmed_by=people.priya,
        confirmed_how="probe",
    )
    handled.ActionReceipt.objects.create(
        action=action,
        how="probe",
        nonce="n",
        observed={"version": "2.2"},
        matches=True,
        at=done,
        entry_number=told("incident.action_confirmed", people.priya, done),
    )
    handled.VerificationWindow.objects.create(
        incident=made,
        action=action,
        cycle=1,
        proof="measured",
        rule={"needed": 3},
        series_id=story.series.pk,
        starts_at=done,
        ends_at=after(days=35),
        outcome="PASSED",
        judged_at=after(days=34),
        figures={"good": 3, "needed": 3},
    )


@told
def open_round(story, incident, *, number="DEC-2026-00099"):
    """Convene a committee of Ines (chair) and Henrik on an incident that waits for its decision."""
    people = story.people
    with acting_as(ENGINE):
        committee = governed.Committee.objects.create(
            unit=story.unit, name=f"Committee of {number}", charter={"quorum": 2}
        )
        decision = governed.Decision.objects.create(
            number=number,
            incident=incident,
            cycle=1,
            committee=committee,
            title="Roll back",
            motion_sha256=digest("motion"),
            findings_sha256=digest("findings"),
            state="open",
            proposed_by=people.jonas,
            convened_by=people.ines,
            convened_at=OPENED,
            opens_at=OPENED,
            closes_at=after(days=2),
            created_at=OPENED,
        )
    for seat, who in ((1, people.ines), (2, people.henrik)):
        governed.ElectorSeat.objects.create(
            decision=decision,
            number=seat,
            function="Member",
            required=True,
            chair=seat == 1,
            vice_chair=False,
            holder=who,
            seated=who,
        )
    return decision
