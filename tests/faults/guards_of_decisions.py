"""What it is like without the guards of people and decisions (F4, F10–F13, F27–F33).

Each function takes one guard out of the running program. Only the runs of test_guards.py call them.
"""

from dataclasses import replace

from django.db import connection

from governance.models import Decision
from governance.rules.charters import rules_from
from governance.rules.votes import Seat
from governance.selectors.committees import seats_in_force
from governance.services.plans import freeze_plan
from incidents.models import Incident
from incidents.rules.acceptances import EXPIRED
from incidents.rules.plan import digest, to_text
from incidents.rules.verification import Result
from tests.faults.swapping import answer, swap


def _wait():
    """Hold open a moment in which another may act, as a slow machine would."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.1)")


def without_locks_on_rounds():
    """F4: rounds and incidents are read without a lock, and every write takes a moment."""

    def make_round(original):
        def lock_round(decision_id, expected_version=None):
            rows = Decision.objects.select_related("incident__system", "committee__unit")
            return rows.get(pk=decision_id)

        return lock_round

    def make_incident(original):
        def lock_incident(incident_id):
            found = Incident.objects.select_related("system", "owner", "deputy").get(pk=incident_id)
            found.remember()
            return found

        return lock_incident

    def slowly(original):
        def write(*args, **kwargs):
            _wait()
            return original(*args, **kwargs)

        return write

    swap("governance.services.motion_records:lock_round", make_round)
    swap("incidents.services.commands.execution:lock_incident", make_incident)
    swap("governance.services.ballots:_write", slowly)
    swap("governance.services.closings:_count", slowly)


def without_fallback():
    """F10: only who is named is told, and where nobody is, nothing follows."""
    answer("governance.services.escalations:_go_up", None)

    def make(original):
        def tiers(expression, incident, at):
            yield next(original(expression, incident, at))

        return tiers

    swap("governance.selectors.recipients:_tiers", make)


def with_policies_that_reach_back():
    """F11: an approved policy changes the plans of open incidents too."""

    def make(original):
        def approve(**kwargs):
            found = original(**kwargs)
            for incident in Incident.objects.all():
                system, severity = incident.system, incident.severity
                plan = freeze_plan(
                    unit=incident.unit, system=system, severity=severity, at=kwargs["at"]
                )
                with connection.cursor() as cursor:
                    cursor.execute(
                        "UPDATE incidents_incident SET plan = %s, plan_sha256 = %s WHERE id = %s",
                        [to_text(plan), digest(plan), incident.pk],
                    )
            return found

        return approve

    swap("governance.services.policies:approve_policy", make)


def without_segregation():
    """F12: nobody is kept apart from anything."""
    answer("incidents.rules.segregation:clash", None)


def with_the_charter_of_today():
    """F13: a round is counted by what the committee's charter says now."""
    swap(
        "governance.selectors.electorates:rules_of",
        lambda original: lambda decision: rules_from(decision.committee.charter),
    )


def with_expiry_as_recorded():
    """F27: an acceptance has expired once a job wrote that down."""

    def make(original):
        def validity(*, from_at, until_at, events, at):
            known = [one for one in events if one.ground != EXPIRED]
            return original(
                from_at=from_at, until_at=until_at.replace(year=until_at.year + 90),
                events=known, at=at,
            )  # fmt: skip

        return validity

    swap("incidents.rules.acceptances:validity", make)


def with_endless_acceptances():
    """F28: nobody asks for an end, and the database takes none."""
    answer("incidents.rules.acceptances:acceptance_faults", {})


def with_half_as_a_quorum():
    """F29: half is taken for more than half, and abstaining decides."""

    def make(original):
        def needed(charter, electorate):
            half = -(-electorate * charter.quorum_num // charter.quorum_den)
            return max(half, charter.minimum)

        return needed

    swap("governance.rules.votes:quorum_needed", make)


def with_the_members_of_today():
    """F30: whoever has a seat now is of the electorate."""

    def make(original):
        def round_of(*, decision, at):
            found = original(decision=decision, at=at)
            rows = seats_in_force(committee=decision.committee, at=at)
            seats = tuple(Seat(row.number, row.function, str(row.person_id)) for row in rows)
            return replace(found, seats=seats)

        return round_of

    swap("governance.selectors.electorates:round_of", make)


def without_the_motion_s_hash():
    """F31: what a motion says is taken for what was voted on."""
    answer("governance.selectors.electorates:is_intact", True)


def with_signatures_for_anything():
    """F32: a signature stands for whatever it hangs on, by whomever, proved whenever."""
    answer("registry.services.signatures:is_valid", True)
    answer("registry.services.signatures:_check_ceremony", None)
    answer("registry.services.signatures:_check_person", None)


def with_inconclusive_as_passed():
    """F33: a window that is over without a failure has passed."""

    def make(original):
        def judge(*args, **kwargs):
            found = original(*args, **kwargs)
            over = found.result is Result.INCONCLUSIVE
            return replace(found, result=Result.PASSED) if over else found

        return judge

    swap("incidents.rules.verification:judge_window", make)
