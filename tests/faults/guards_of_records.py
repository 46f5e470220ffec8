"""What it is like without the guards of commands, records and actions (F5, F6, F14–F17, F34–F37,
F42, F44).

Each function takes one guard out of the running program. Only the runs of test_guards.py call them.
"""

import uuid
from dataclasses import replace

from django.db import connection

from incidents.models import Action, Incident, Transition
from incidents.rules.plan import stage_time
from incidents.services.actions import Received
from incidents.services.commands import execute
from tests.faults.swapping import answer, swap


def without_version_and_lock():
    """F5: whoever comes last wins, from whatever page."""

    def make(original):
        def lock_incident(incident_id):
            found = Incident.objects.select_related("system", "owner", "deputy").get(pk=incident_id)
            found.remember()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.1)")
            return found

        return lock_incident

    swap("incidents.services.commands.execution:lock_incident", make)
    answer("incidents.services.commands.execution:_stale", None)


def with_permission_in_views_alone():
    """F6: the command itself asks nobody who they are."""
    answer("incidents.selectors.attempts:not_permitted", None)
    answer("incidents.selectors.attempts:unseen", None)


def with_set_wise_writes():
    """F14: a QuerySet updates and deletes what is on record."""
    answer("ledger.governed.sets:GovernedQuerySet._audited", None)


def with_a_verifier_that_looks_away():
    """F17: the verification finds that everything holds (the triggers go by SQL)."""

    def make(original):
        def check(**kwargs):
            report = original(**kwargs)
            claims = tuple(replace(one, result="PASS", entry=None) for one in report.claims)
            return replace(report, claims=claims)

        return check

    swap("ledger.services.checking:check_ledger", make)


def with_a_second_look_at_nothing():
    """F34: whatever comes back confirms."""
    answer("incidents.rules.proofs:differs", None)


def with_an_id_an_attempt():
    """F35: each attempt has an id of its own, and each callback counts."""

    def make_headers(original):
        def headers(message, body):
            kept, message.pk = message.pk, uuid.uuid4()
            try:
                return original(message, body)
            finally:
                message.pk = kept

        return headers

    def make_receipt(original):
        def record(*, action_id, nonce, how, observed, actor, at, evidence=""):
            action = Action.objects.get(pk=action_id)
            execute(
                command="confirm_action",
                incident_id=action.incident_id,
                actor=actor,
                at=at,
                expected_version=None,
                idempotency_key=None,
                payload={"action_id": action_id, "how": how, "nonce": nonce,
                         "observed": dict(observed), "evidence": evidence},
            )  # fmt: skip
            return Received(action.receipts.order_by("-id")[0], action)

        return record

    swap("outbox.channels.webhook:_headers", make_headers)
    swap("incidents.services.actions:record_receipt", make_receipt)


def without_a_second_check_of_the_target():
    """F36: a target that was good once is good for ever."""
    answer("incidents.selectors.proofs:target_fault", None)


def with_fresh_time_after_a_return():
    """F37: each return begins the owner's time anew."""
    swap(
        "incidents.rules.plan:time_after_return",
        lambda original: (
            lambda plan, *, severity, left: stage_time(plan, severity=severity, stage="findings")
        ),
    )


def with_forgotten_ratifications():
    """F42: nobody is told that a stop was not ratified in time."""
    swap(
        "incidents.services.containment_timers:tell",
        lambda original: lambda *args, **kwargs: None,
        everywhere=False,
    )


def without_a_transaction():
    """F44: each statement of a command stands as soon as it was made."""
    swap(
        "incidents.services.commands.execution:execute",
        lambda original: original.__wrapped__.__wrapped__,
    )


def with_the_name_of_now():
    """F16: a transition says what its person is called now, and nobody who acted is protected."""
    Transition.person_name = property(
        lambda self: self.person.name if self.person_id else "", lambda self, value: None
    )
