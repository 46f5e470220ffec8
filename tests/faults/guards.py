"""What takes the guard of each failure out: a patch of the running program, SQL on the database.

`make test-full` runs the tests of each F-id with its guard gone and expects them to fail
(test_guards.py). Where a guard has a layer in Python and one in the database, both go.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults import guards_of_cases as cases
from tests.faults import guards_of_decisions as decisions
from tests.faults import guards_of_records as records
from tests.faults import guards_of_time as times


@dataclass(frozen=True, slots=True)
class Guard:
    """How a guard goes: `patch` changes the program, `sql` runs as owner on each test database."""

    patch: Callable[[], None] | None = None
    sql: tuple[str, ...] = ()


def _without_constraint(table: str, *names: str) -> tuple[str, ...]:
    return tuple(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE" for name in names)


def _without_triggers(table: str, *names: str) -> tuple[str, ...]:
    return tuple(f"DROP TRIGGER {name} ON {table}" for name in names)


def _writable(*tables: str) -> tuple[str, ...]:
    """SQL that lets the application role and the owner rewrite what is append-only."""
    triggers = [
        statement
        for table in tables
        for statement in _without_triggers(table, f"{table}_append_only", f"{table}_no_truncate")
    ]
    rights = [f"GRANT UPDATE, DELETE, TRUNCATE ON {table} TO countersign_app" for table in tables]
    return (*triggers, *rights)


GUARDS = {
    "F1": Guard(times.without_one_transaction),
    "F2": Guard(times.with_an_age_limit),
    "F3": Guard(
        times.without_locks_on_timers,
        (
            *_without_constraint("governance_escalationfiring", "firing_once"),
            *_without_constraint("outbox_message", "message_key"),
            *_without_constraint("outbox_timer", "timer_key"),
        ),
    ),
    "F4": Guard(
        decisions.without_locks_on_rounds,
        (
            "DROP INDEX one_final_ballot_per_seat",
            *_without_constraint("governance_resolution", "governance_resolution_pkey"),
            *_without_constraint("incidents_transition", "transition_version"),
        ),
    ),
    "F5": Guard(
        records.without_version_and_lock,
        (
            *_without_constraint("incidents_transition", "transition_version"),
            *_without_constraint("incidents_transition", "transition_replay"),
        ),
    ),
    "F6": Guard(records.with_permission_in_views_alone),
    "F7": Guard(times.with_the_machine_s_clock),
    "F8": Guard(times.with_local_hours),
    "F9": Guard(times.with_the_machine_s_zone),
    "F10": Guard(decisions.without_fallback),
    "F11": Guard(decisions.with_policies_that_reach_back),
    "F12": Guard(decisions.without_segregation),
    "F13": Guard(decisions.with_the_charter_of_today),
    "F14": Guard(
        records.with_set_wise_writes,
        _without_triggers(
            "incidents_incident", "incidents_incident_net", "incidents_incident_net_update"
        ),
    ),
    "F15": Guard(
        sql=(
            *_without_triggers("incidents_incident", "incidents_state_equals_transition"),
            *_without_triggers("incidents_transition", "incidents_transition_equals_state"),
        )
    ),
    "F16": Guard(records.with_the_name_of_now),
    "F17": Guard(
        records.with_a_verifier_that_looks_away,
        _writable(
            "incidents_transition",
            "incidents_participation",
            "incidents_findings",
            "incidents_validation",
            "incidents_evidence",
        ),
    ),
    "F18": Guard(cases.without_sorting),
    "F19": Guard(times.with_five_reminders),
    "F20": Guard(cases.with_no_data_as_good),
    "F21": Guard(cases.with_any_threshold),
    "F22": Guard(cases.without_flapping),
    "F23": Guard(cases.with_late_readings_dropped),
    "F24": Guard(cases.with_counters_in_a_cache),
    "F25": Guard(cases.without_turns, ("DROP INDEX one_open_incident_per_cause",)),
    "F26": Guard(cases.with_silences_that_hide),
    "F27": Guard(decisions.with_expiry_as_recorded),
    "F28": Guard(
        decisions.with_endless_acceptances,
        (
            *_without_constraint("incidents_riskacceptance", "acceptance_has_an_end"),
            *_without_triggers("incidents_riskacceptance", "acceptance_as_decided"),
            "ALTER TABLE incidents_riskacceptance ALTER until_at DROP NOT NULL",
        ),
    ),
    "F29": Guard(decisions.with_half_as_a_quorum),
    "F30": Guard(decisions.with_the_members_of_today),
    "F31": Guard(decisions.without_the_motion_s_hash),
    "F32": Guard(decisions.with_signatures_for_anything),
    "F33": Guard(decisions.with_inconclusive_as_passed),
    "F34": Guard(records.with_a_second_look_at_nothing),
    "F35": Guard(records.with_an_id_an_attempt, ("DROP INDEX receipt_replay",)),
    "F36": Guard(records.without_a_second_check_of_the_target),
    "F37": Guard(records.with_fresh_time_after_a_return),
    "F38": Guard(times.without_time_to_answer),
    "F39": Guard(times.with_answers_that_stop_deadlines),
    "F40": Guard(times.with_a_blind_watchdog),
    "F41": Guard(times.without_the_engine_s_version),
    "F42": Guard(records.with_forgotten_ratifications),
    "F43": Guard(times.without_days),
    "F44": Guard(records.without_a_transaction),
}
