"""What holds after every step of the engine, read from the database alone (workflow section 0)."""

from collections import defaultdict

from django.db import DatabaseError, connection, transaction

from governance.models import Decision, EscalationFiring
from incidents.models import Incident, Transition, VerificationWindow
from incidents.rules.plan import from_text
from incidents.rules.segregation import violations
from incidents.rules.transitions import CANCELLED, CLOSED, EDGES, ENDED
from incidents.selectors.cast import Cast
from outbox.models import Timer

ARROWS = {(edge.code, edge.command, edge.source, edge.target) for edge in EDGES}
MAY_CLOSE = {"T01c", "T07", "T16", "T25"}
EVIDENCE = (
    "incidents_transition",
    "incidents_participation",
    "incidents_actionreceipt",
    "governance_ballot",
    "governance_recusal",
    "governance_resolution",
    "registry_signature",
    "outbox_deliveryattempt",
)


def check_all(at):
    """Check every incident that there is."""
    incidents = list(Incident.objects.order_by("opened_at", "number"))
    told = defaultdict(list)
    for row in Transition.objects.filter(incident__in=incidents).order_by("version"):
        told[row.incident_id].append(row)
    for incident in incidents:
        check_history(incident, told[incident.pk])
        check_ending(incident, told[incident.pk][-1])
        check_people(incident, at)
    check_timers(incidents)
    check_rounds()


def check_history(incident, transitions):
    """I2, I3: one version a transition; the transitions replayed are the incident."""
    state, cycle = "", 1
    for number, row in enumerate(transitions, start=1):
        arrow = (row.code, row.command, row.from_state, row.to_state)
        assert row.version == number, f"{incident}: version {row.version} is number {number}"
        assert row.from_state == state, f"{incident}: {arrow} follows {state}"
        assert arrow in ARROWS, f"{incident}: the table has no {arrow}"
        reopened = row.command == "reopen" and row.to_state != row.from_state
        state, cycle = row.to_state, cycle + reopened
        assert row.cycle == cycle, f"{incident}: {arrow} of cycle {row.cycle}, not {cycle}"
    found = (incident.state, incident.version, incident.cycle)
    assert found == (state, len(transitions), cycle), f"{incident}: {found}"


def check_ending(incident, newest):
    """I8: nothing closes but by proof or a person's word; what is unknown never does."""
    assert (incident.closed_at is not None) == (incident.state in ENDED), incident
    if incident.state == CANCELLED:
        assert newest.to_state == CANCELLED
    if incident.state != CLOSED:
        return
    closing = (
        Transition.objects.filter(incident=incident, to_state=CLOSED)
        .exclude(from_state=CLOSED)
        .latest("version")
    )
    assert closing.code in MAY_CLOSE, closing
    if closing.code == "T16":
        proofs = VerificationWindow.objects.filter(
            incident=incident, cycle=incident.cycle, superseded_at=None
        )
        outcomes = set(proofs.values_list("outcome", flat=True))
        assert outcomes == {"PASSED"}, f"{incident} closed with {outcomes}"
        assert closing.person_id is not None


def check_people(incident, at):
    """F12: nobody holds two parts that must be two persons."""
    pairs = from_text(incident.plan).segregation.extra_pairs
    found = violations(Cast(incident, at).history, pairs)
    assert found == [], f"{incident}: {found}"


def check_timers(incidents):
    """Something is armed for every open incident, nothing failed, each step fired once (I9)."""
    armed = set(Timer.objects.filter(state="armed").values_list("subject_id", flat=True))
    for incident in incidents:
        if incident.state not in ENDED:
            assert incident.pk in armed, f"{incident} at {incident.state}: nothing is armed"
    failed = Timer.objects.filter(attempts__gt=0).first()
    assert failed is None, f"{failed.key}: {failed.last_error}"
    fired = EscalationFiring.objects.values_list("incident", "cycle", "rule", "step", "repeat")
    assert len(fired) == len(set(fired))


def check_rounds():
    """What was adopted was voted for; nothing lapsed or unknown was (I8)."""
    for decision in Decision.objects.filter(state=Decision.State.ADOPTED):
        assert decision.resolution.outcome == "adopted", decision


def check_evidence(number):
    """I4: evidence is neither changed nor deleted; one table a call."""
    table = EVIDENCE[number % len(EVIDENCE)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass"
                       " AND attnum = 1")  # fmt: skip
        column = cursor.fetchone()[0]
        cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {table})")
        filled = cursor.fetchone()[0]
    refused(f"TRUNCATE {table} CASCADE")
    if filled:
        refused(f"UPDATE {table} SET {column} = {column}")
        refused(f"DELETE FROM {table}")


def refused(statement):
    """Fail if the database lets a statement pass."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError:
        return
    raise AssertionError(f"{statement} was let pass")


COUNTED = """
SELECT string_agg(format('SELECT %L AS name, count(*) FROM %I', relname, relname), ' UNION ALL ')
  FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
   AND relnamespace = 'public'::regnamespace
"""
"""A partitioned table counts whole: what a statement prepared before a partition was made sees."""


def rows_of_everything():
    """How many rows every table holds; planned once a session, for it names hundreds of tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_prepared_statements WHERE name = 'counted')"
        )
        if not cursor.fetchone()[0]:
            cursor.execute(COUNTED)
            cursor.execute(f"PREPARE counted AS {cursor.fetchone()[0]}")
        cursor.execute("EXECUTE counted")
        return dict(cursor.fetchall())
