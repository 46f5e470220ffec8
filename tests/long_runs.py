"""Files that wait for the long runs, though each of their tests is short.

What they go through (pages, doors, the same rule by another way) rests on services and rules that
the quick run tests. `make test-full` runs all of them.
"""

DOORS = (
    "config/sign_in/test_passkeys.py",
    "governance/test_authority_requests.py",
    "governance/test_clock_pages.py",
    "governance/test_connector_pages.py",
    "governance/test_emergency_pages.py",
    "governance/test_hostile_input.py",
    "governance/test_meeting_doors.py",
    "governance/test_motion_api.py",
    "governance/test_mutes_pages.py",
    "governance/test_on_call_pages.py",
    "governance/test_pages_carrying.py",
    "governance/test_pages_kpi.py",
    "governance/test_pages_turns.py",
    "governance/test_round_doors.py",
    "governance/test_threshold_pages.py",
    "registry/test_law_pages.py",
    "reports/test_desk_registry.py",
)
BY_ANOTHER_WAY = (
    "faults/test_engine.py",
    "faults/test_found_by_engine.py",
    "faults/test_killed_sweep.py",
    "governance/test_action_times.py",
    "governance/test_backtests.py",
    "governance/test_budgets.py",
    "governance/test_canaries.py",
    "governance/test_decision_conditions.py",
    "governance/test_drills.py",
    "governance/test_flapping.py",
    "governance/test_labels.py",
    "governance/test_minutes.py",
    "governance/test_motion_kinds.py",
    "governance/test_profiles_people.py",
    "registry/test_gates_whole.py",
    "reports/test_building.py",
    "reports/test_organisation.py",
    "reports/test_processes.py",
    "reports/test_real_chain.py",
    "reports/test_tampering.py",
    "telemetry/test_rollups.py",
)
LONG_RUNS = frozenset((*DOORS, *BY_ANOTHER_WAY))
