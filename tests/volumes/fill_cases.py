"""What fills the tables of cases, committees, notices and the ledger: 100,000 rows of each.

`FILLS` names each by what it fills. All take a House of tests.volumes.house.
"""

from psycopg import sql

from governance.models import (
    AuthorityRequest,
    Committee,
    Decision,
    DeclaredInterest,
    Drill,
    EscalationFiring,
    Meeting,
    Mute,
    OnCallShift,
)
from incidents.models import (
    Comment,
    Findings,
    Incident,
    Participation,
    PrivilegedNote,
    Questions,
    RegulatoryClock,
    RiskAcceptance,
    Submission,
)
from ledger.models import Checkpoint, Entry, VerificationRun
from outbox.models import Message, Timer
from registry.models import Concern

DELEGATE = "00000000-0000-4000-8000-00000000de1e"
MINUTE = "n * interval '1 minute'"
# Of a hundred cases five are open: as in tests/reports/test_search_volume.py.
STATES = "CASE WHEN n % 20 = 0 THEN 'DECISION' ELSE 'CLOSED' END"
DUE = f"CASE WHEN n % 20 = 0 THEN p.opened_at + {MINUTE} END"


def incidents(house):
    """Cases of the house's system, one in twenty before the committee.

    None went through the machine: what looks at that when a transaction ends is put out here.
    """
    table = sql.Identifier("incidents_incident")
    house.owned(table, sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
    house.fill(
        Incident,
        house.gallery.made.validation.pk,
        number="'INC-2025-' || lpad(n::text, 6, '0')",
        dedup_key="md5(n::text)",
        state=STATES,
        severity="CASE WHEN n % 2 = 0 THEN 'moderate' ELSE p.severity END",
        opened_at=f"p.opened_at - {MINUTE}",
        detected_at=f"p.opened_at - {MINUTE}",
        stage_due_at=DUE,
    )


def participations(house):
    """Who did what, on all those cases."""
    incidents(house)
    table = sql.Identifier("incidents_participation")
    house.owned(
        table,
        sql.SQL(
            "INSERT INTO {table} (cycle, act, at, incident_id, person_id)"
            " SELECT p.cycle, p.act, p.at, one.id, p.person_id"
            " FROM (SELECT * FROM {table} ORDER BY id LIMIT 1) p, generate_series(1, 100000) n"
            " JOIN (SELECT id, row_number() OVER (ORDER BY number) AS place"
            " FROM incidents_incident WHERE number LIKE 'INC-2025-%') AS one ON one.place = n"
        ).format(table=table),
    )
    assert Participation.objects.count() > 100_000


def comments(house):
    """Comments on one case."""
    pattern = Comment.objects.filter(incident=house.gallery.made.validation).first()
    house.fill(Comment, pattern.pk, made_at=f"p.made_at - {MINUTE}")


def notes(house):
    """Privileged notes on one case."""
    made, people = house.gallery.made, house.gallery.people
    table = sql.Identifier("incidents_privilegednote")
    statement = sql.SQL(
        "INSERT INTO {} (id, text, made_at, entry_number, author_id, incident_id)"
        " SELECT gen_random_uuid(), 'Note ' || n, '2026-11-01'::timestamptz + n * interval '1 s',"
        " 1, {}, {} FROM generate_series(1, 100000) n"
    ).format(table, sql.Literal(people["compliance"].pk), sql.Literal(made.validation.pk))
    house.owned(table, statement)
    assert PrivilegedNote.objects.count() >= 100_000


def entries(house):
    """Entries of the ledger about one case; what is written next is numbered after them."""
    case = house.gallery.made.validation
    pattern = Entry.objects.filter(incident_id=case.pk, verb="incident.acknowledged").first()
    verb = "CASE WHEN n % 50 = 0 THEN 'request.refused' ELSE p.verb END"
    house.fill(Entry, pattern.pk, verb=verb)
    named, newest = (
        "pg_get_serial_sequence('ledger_entry', 'id')",
        "SELECT max(id) FROM ledger_entry",
    )
    house.owned(sql.Identifier("ledger_entry"), sql.SQL(f"SELECT setval({named}, ({newest}))"))


def firings(house):
    """Steps of a case's escalation that told somebody, and its timers."""
    case = house.gallery.made.validation
    pattern = EscalationFiring.objects.first()
    house.fill(
        EscalationFiring, pattern.pk, incident_id=f"'{case.pk}'::uuid", repeat="n",
        fired_at=f"p.fired_at + {MINUTE}",
    )  # fmt: skip


def timers(house):
    """Timers of cases that are over."""
    pattern = Timer.objects.filter(subject_id=house.gallery.made.validation.pk).first()
    house.fill(
        Timer, pattern.pk, key="'k' || n", subject_id="gen_random_uuid()",
        state="CASE WHEN n % 3 = 0 THEN 'cancelled' ELSE 'fired' END",
        due_at=f"p.due_at - {MINUTE}",
    )  # fmt: skip


def messages(house):
    """Notices to one person about one case, half of them read, one in a hundred not delivered."""
    made, people = house.gallery.made, house.gallery.people
    pattern = Message.objects.filter(
        person_id=people["compliance"].pk, channel__in=("mail", "product"), form="single"
    ).first()
    house.fill(
        Message, pattern.pk, key="'m' || n", subject_id=f"'{made.validation.pk}'::uuid",
        created_at=f"p.created_at - {MINUTE}",
        state="CASE WHEN n % 100 = 0 THEN 'failed' ELSE 'delivered' END",
        read_at="CASE WHEN n % 2 = 0 THEN p.created_at END",
    )  # fmt: skip


def waiting_messages(house):
    """Messages of which a third failed, a third is tried again, and a third waits."""
    pattern = Message.objects.filter(
        person_id=house.gallery.people["compliance"].pk, channel="mail", form="single"
    ).first()
    house.fill(
        Message, pattern.pk, key="'w' || n", created_at=f"p.created_at - {MINUTE}",
        state="CASE WHEN n % 3 = 0 THEN 'failed' ELSE 'queued' END", attempts="n % 3 % 2",
    )  # fmt: skip


def clocks(house):
    """Regulatory clocks of one case, one in two hundred of which runs."""
    pattern = RegulatoryClock.objects.filter(submission__isnull=True).exclude(state="ended").first()
    house.fill(
        RegulatoryClock, pattern.pk, counted_as="'c' || n", due_at=f"p.due_at + {MINUTE}",
        state="CASE WHEN n % 200 = 0 THEN p.state ELSE 'ended' END",
    )  # fmt: skip


def running_clocks(house):
    """Regulatory clocks that all run, by one rule."""
    pattern = RegulatoryClock.objects.filter(submission__isnull=True).exclude(state="ended").first()
    house.fill(
        RegulatoryClock, pattern.pk, counted_as="'c' || n", due_at=f"p.due_at + {MINUTE}",
    )  # fmt: skip


def submissions(house):
    """Reports that were sent about one case."""
    made, people = house.gallery.made, house.gallery.people
    table = sql.Identifier("incidents_submission")
    statement = sql.SQL(
        "INSERT INTO {} (id, kind, authority, submitted_at, reference, receipt, receipt_sha256,"
        " late_reason, recorded_at, entry_number, incident_id, submitted_by_id)"
        " SELECT gen_random_uuid(), 'initial', 'Authority', '2026-11-01'::timestamptz"
        " + n * interval '1 s', 'r', '', '', '', now(), 1, {}, {}"
        " FROM generate_series(1, 100000) n"
    ).format(table, sql.Literal(made.reported.pk), sql.Literal(people["compliance"].pk))
    house.owned(table, statement)
    assert Submission.objects.count() >= 100_000


def decisions(house):
    """Motions, one in fifty of which is under way."""
    house.fill(
        Decision, house.gallery.made.motion.pk, number="'D' || n", about="n::text",
        state="CASE n % 100 WHEN 0 THEN 'draft' WHEN 1 THEN 'open' ELSE 'void' END",
        closes_at=f"CASE WHEN n % 100 = 1 THEN p.created_at + {MINUTE} END",
        closed_at=f"CASE WHEN n % 100 > 1 THEN p.created_at - {MINUTE} END",
    )  # fmt: skip


def drafts(house):
    """Motions before one body that no meeting has taken yet."""
    house.fill(
        Decision, house.gallery.made.motion.pk, number="'D-' || lpad(n::text, 6, '0')",
        about="n::text", state="'draft'", created_at=f"p.created_at + {MINUTE}",
    )  # fmt: skip


def delegated(house):
    """Rounds that one delegate closed in a month, and as many that the committee closed."""
    made = house.gallery.made
    committee = made.adopted.committee
    assert committee.level == Committee.Level.COMMITTEE
    own = f"'{DELEGATE}'::uuid"
    house.fill(Committee, committee.pk, 1, id=own, level="'delegate'", name="'Delegate'")
    for body, number in ((own, "'DD'"), ("p.committee_id", "'DC'")):
        house.fill(
            Decision, made.adopted.pk, number=f"{number} || n", about=f"{number} || n",
            committee_id=body, closed_at="p.closed_at - n * interval '5 seconds'",
        )  # fmt: skip


def small(house):
    """Small cases that wait for a validator, each with its findings and answers."""
    pattern = house.gallery.made.small[0]
    table = sql.Identifier("incidents_incident")
    house.owned(table, sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
    house.fill(
        Incident, pattern.pk, id="md5('small' || n)::uuid", dedup_key="md5('small' || n)",
        number="'INC-2025-' || lpad(n::text, 6, '0')", stage_due_at=f"p.stage_due_at - {MINUTE}",
    )  # fmt: skip
    for model in (Findings, Questions):
        row = model.objects.filter(incident=pattern).latest("pk")
        house.fill(model, row.pk, incident_id="md5('small' || n)::uuid")


def meetings(house):
    """Meetings of the committee, half of them to come."""
    house.fill(
        Meeting, house.gallery.made.ahead.pk, number="'M' || n",
        state="CASE WHEN n % 2 = 0 THEN 'ended' ELSE 'planned' END",
        starts_at=f"p.starts_at + CASE WHEN n % 2 = 0 THEN -{MINUTE} ELSE {MINUTE} END",
    )  # fmt: skip


def requests(house):
    """Requests of authorities, half of them answered."""
    risk = house.gallery.people["risk"].pk
    house.fill(
        AuthorityRequest, house.gallery.made.request.pk, number="'AR' || n",
        due_at=f"p.due_at + {MINUTE}", state="CASE WHEN n % 2 = 0 THEN 'open' ELSE 'sent' END",
        ready_by_id="p.registered_by_id", ready_at="p.received_at",
        sent_by_id=f"CASE WHEN n % 2 = 1 THEN '{risk}'::uuid END",
        sent_at=f"CASE WHEN n % 2 = 1 THEN p.received_at - {MINUTE} END",
    )  # fmt: skip


def acceptances(house):
    """Accepted risks that are over, of one case."""
    house.fill(
        RiskAcceptance, house.gallery.made.acceptance.pk, number="'RA' || n",
        decision_id="gen_random_uuid()",
        state="'expired'",
        until_at=f"p.until_at + {MINUTE}", ended_at="p.until_at", recorded_at="p.until_at",
        original_until=f"p.until_at + {MINUTE}",
    )  # fmt: skip


def drills(house):
    """Fire drills, each with its case."""
    incidents(house)
    table = sql.Identifier("governance_drill")
    fields = [one.column for one in Drill._meta.concrete_fields]
    fresh = {"id": "gen_random_uuid()", "incident_id": "one.id",
             "started_at": f"p.started_at - {MINUTE}"}  # fmt: skip
    values = ", ".join(fresh.get(name, f"p.{name}") for name in fields)
    house.owned(
        table,
        sql.SQL(
            f"INSERT INTO {{}} ({', '.join(fields)}) SELECT {values}"
            " FROM (SELECT * FROM governance_drill LIMIT 1) p, generate_series(1, 100000) n"
            " JOIN (SELECT id, row_number() OVER (ORDER BY number) AS place"
            " FROM incidents_incident WHERE number LIKE 'INC-2025-%') AS one ON one.place = n"
        ).format(table),
    )
    assert Drill.objects.count() > 100_000


def shifts(house):
    """Shifts that are over."""
    pattern = OnCallShift.objects.first()
    house.fill(
        OnCallShift, pattern.pk, from_at="p.from_at - n * interval '1 day'",
        until_at="p.until_at - n * interval '1 day'",
    )  # fmt: skip


def silences(house):
    """Silences over the house's system."""
    house.fill(Mute, house.gallery.made.mute.pk, asked_at=f"p.asked_at - {MINUTE}")


def interests(house):
    """Interests that one person declared."""
    table = sql.Identifier("governance_declaredinterest")
    statement = sql.SQL(
        "INSERT INTO {} (id, words, from_at, person_id) SELECT gen_random_uuid(), 'Shares ' || n,"
        " '2026-11-01'::timestamptz - n * interval '1 minute', {} FROM generate_series(1, 100000) n"
    ).format(table, sql.Literal(house.gallery.people["chair"].pk))
    house.owned(table, statement)
    assert DeclaredInterest.objects.count() >= 100_000


def concerns(house):
    """Concerns, one in a hundred of which waits."""
    house.fill(
        Concern, house.gallery.made.concern.pk, number="'CON-2025-' || lpad(n::text, 6, '0')",
        receipt_sha256="md5(n::text) || md5(n::text)", form_key="gen_random_uuid()",
        received_at=f"p.received_at - {MINUTE}",
    )  # fmt: skip


def checkpoints(house):
    """Checkpoints of the log."""
    pattern = Checkpoint.objects.order_by("-id").first()
    house.fill(
        Checkpoint, pattern.pk, size="p.size + n + 1000",
        sealed_at="p.sealed_at + n * interval '1 second'",
    )  # fmt: skip


def runs(house):
    """Verifications that found nothing."""
    pattern = VerificationRun.objects.first()
    house.fill(VerificationRun, pattern.pk, requested_at=f"p.requested_at - {MINUTE}")


FILLS = {
    name: fill for name, fill in globals().items() if callable(fill) and fill.__module__ == __name__
}
