"""The ways in which such systems fail (workflow.md, F1–F44), and the tests that prove ours right.

`FAILURES` maps each id to what fails, to the guard that keeps us from it, and to the tests that
fail when the guard is gone (test_guards.py tries it). `layers` says what still saves us where one
layer of a guard goes alone.
"""

from dataclasses import dataclass

FAULTS = "tests/faults"
GOVERNANCE = "tests/governance"
INCIDENTS = "tests/incidents"
OUTBOX = "tests/outbox"


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure: in a sentence, our guard in a sentence, the tests as file → names.

    Of a name without brackets every case counts.
    """

    fails: str
    guard: str
    tests: dict[str, tuple[str, ...]]
    layers: str = ""

    @property
    def nodes(self) -> list[str]:
        """The tests as pytest names them."""
        return [f"{file}::{name}" for file, names in self.tests.items() for name in names]


FAILURES = {
    "F1": Failure(
        "a timer is lost when its worker crashes",
        "timers are rows; what a firing does and that it fired are one transaction",
        {
            f"{FAULTS}/test_f_crashes.py": (
                "test_f1_killed_at_any_statement_of_a_firing_every_timer_fires_once",
            ),
            f"{FAULTS}/test_killed_sweep.py": (
                "test_every_timer_of_a_killed_sweep_fires_once",
                "test_a_sweep_beside_a_stuck_one_waits_for_nothing_and_loses_nothing",
            ),
            f"{FAULTS}/test_brokers.py": ("test_without_a_broker_the_next_sweep_does_it",),
        },
    ),
    "F2": Failure(
        "a timer is lost because it waited long",
        "no age limit, neither in the sweep nor in the watchdog",
        {
            f"{OUTBOX}/test_sweep.py": (
                "test_a_timer_armed_400_days_ahead_fires_when_its_instant_comes",
            ),
            f"{GOVERNANCE}/test_engine.py": (
                "test_f2_a_timer_overdue_for_400_days_is_found_and_fires",
            ),
        },
    ),
    "F3": Failure(
        "an escalation goes out twice",
        "timers are locked with SKIP LOCKED and looked at again; each step has a unique key",
        {
            f"{OUTBOX}/test_sweep.py": ("test_eight_sweeps_at_once_fire_each_of_100_timers_once",),
            f"{FAULTS}/test_f_crashes.py": (
                "test_f3_processes_that_are_killed_and_hinted_again_take_each_effect_once",
            ),
            f"{GOVERNANCE}/test_cases_at_once.py": (
                "test_f3_two_sweeps_at_once_fire_each_step_once",
            ),
        },
        "Without the lock, firing_once and the unique keys of messages and timers still let one "
        "firing of a step through and undo the other; what has no key of its own is done twice.",
    ),
    "F4": Failure(
        "a decision is lost between two final votes",
        "a ballot locks the decision, the count locks the incident and the decision",
        {
            f"{GOVERNANCE}/test_ballots.py": (
                "test_f4_two_final_ballots_at_once_leave_exactly_one",
                "test_f4_a_ballot_and_the_close_at_once_leave_one_resolution_that_agrees",
                "test_f4_many_closes_at_once_order_the_actions_once",
            ),
            f"{FAULTS}/test_f_crashes.py": (
                "test_f4_killed_at_any_statement_of_the_count_there_is_one_resolution",
                "test_f4_two_final_ballots_of_one_seat_leave_one_however_often",
            ),
        },
        "Without the locks, one_final_ballot_per_seat and the primary key of the resolution still "
        "leave one of each, but the loser meets an error instead of a reason.",
    ),
    "F5": Failure(
        "two people approve and return at once, or from a page that is old",
        "the incident is locked and its version compared",
        {
            f"{INCIDENTS}/test_transactions.py": (
                "test_f5_of_two_commands_at_once_one_wins_and_the_other_is_told",
                "test_the_same_request_twice_at_once_is_done_once",
            ),
            f"{INCIDENTS}/test_refusals.py": (
                "test_a_stale_version_is_a_conflict_with_the_present_state",
                "test_a_stale_page_is_told_before_the_state_is_looked_at",
            ),
            f"{FAULTS}/test_climbing_replays.py": ("test_a_step_from_a_stale_page_is_not_taken",),
        },
        "Without lock and comparison, the save itself finds that the state has changed "
        "(ConcurrentTransition), and transition_version refuses a second transition of one "
        "version: errors, not reasons.",
    ),
    "F6": Failure(
        "a permission is asked in the view alone",
        "execute asks itself, in the same order for every door",
        {
            f"{FAULTS}/test_f_permissions.py": (
                "test_f6_whoever_is_not_in_the_matrix_signs_no_review",
                "test_f6_whoever_is_not_in_the_matrix_is_refused_by_the_command_itself",
            ),
            f"{INCIDENTS}/test_refusals.py": (
                "test_an_auditor_reads_everything_and_changes_nothing",
                "test_somebody_without_any_part_sees_nothing",
                "test_nobody_gives_by_hand_what_follows_from_a_decision_or_readings",
            ),
        },
        "Segregation still refuses whoever took a part that the act is kept apart from.",
    ),
    "F7": Failure(
        "the clock of a machine jumps or is off",
        "the database's clock alone says what is due",
        {
            f"{FAULTS}/test_f_clocks.py": (
                "test_f7_a_worker_whose_clock_is_an_hour_off_fires_the_same_in_the_same_order",
            ),
            f"{GOVERNANCE}/test_engine.py": ("test_a_clock_that_is_off_is_a_fault",),
        },
    ),
    "F8": Failure(
        "a change of the clock or a holiday moves a deadline",
        "working times are walked as pairs of UTC instants in an IANA zone",
        {
            f"{OUTBOX}/test_rules_business_time.py": (
                "test_f8_a_deadline_is_where_the_minute_walker_ends",
                "test_f8_worked_time_is_what_the_minute_walker_counts",
                "test_f8_later_starts_and_longer_durations_never_end_earlier",
                "test_f8_what_is_worked_until_a_deadline_is_the_duration",
                "test_a_deadline_in_an_office_in_berlin",
            ),
        },
    ),
    "F9": Failure(
        "the zone of the machine gets into an instant",
        "instants are aware and in UTC; ruff forbids naive ones",
        {
            f"{FAULTS}/test_f_clocks.py": (
                "test_f9_the_zone_of_the_machine_moves_neither_clock_nor_deadline",
                "test_f9_the_tests_pass_wherever_the_machine_stands",
            ),
            f"{OUTBOX}/test_rules_business_time.py": ("test_a_naive_start_is_refused",),
            "tests/checks/test_floors.py": ("test_ruff_catches_what_the_style_forbids",),
        },
        "Where a naive instant gets past ruff, business time refuses it (ValueError).",
    ),
    "F10": Failure(
        "the only one who could act is away, gone or in conflict, and nobody hears of it",
        "a chain of who stands in; where it reaches nobody, UNROUTABLE and the next level at once",
        {
            f"{GOVERNANCE}/test_catching_up.py": (
                "test_f10_whom_nobody_can_reach_is_unroutable_and_the_next_level_is_asked",
                "test_f10_a_person_who_took_part_is_never_deleted",
            ),
            f"{GOVERNANCE}/test_escalations.py": (
                "test_f10_removing_everyone_one_by_one_never_leaves_a_silent_gap",
                "test_where_nobody_is_reached_the_next_level_is_called_now",
            ),
        },
    ),
    "F11": Failure(
        "an edited policy changes incidents that are open",
        "the plan is frozen at the opening, with its hash",
        {
            f"{GOVERNANCE}/test_catching_up.py": (
                "test_f11_open_incidents_keep_their_plans_byte_for_byte",
            ),
            f"{GOVERNANCE}/test_policies.py": (
                "test_the_database_refuses_to_change_a_version_that_was_in_force",
            ),
        },
    ),
    "F12": Failure(
        "an owner approves what is their own, by a second role, a delegate or a reassignment",
        "parts are kept apart by person over the whole history, delegates as both",
        {
            f"{INCIDENTS}/test_segregation_property.py": (
                "test_no_history_holds_a_pair_that_must_be_two_persons",
            ),
            f"{INCIDENTS}/test_refusals.py": (
                "test_the_owner_cannot_validate_their_own_findings",
                "test_seg_01_a_delegate_of_the_owner_is_the_owner_s_side",
                "test_seg_02_a_former_owner_since_the_onset_cannot_verify",
                "test_the_verifier_is_neither_executor_nor_submitter",
            ),
            f"{GOVERNANCE}/test_motions.py": (
                "test_seg_02_who_answers_for_the_system_by_now_is_recused",
                "test_seg_05_who_wrote_what_went_live_in_the_course_of_the_case_is_recused",
            ),
        },
    ),
    "F13": Failure(
        "a rule is edited so that a vote passes",
        "charter and quorum are frozen at convening; configuration takes two persons",
        {
            f"{GOVERNANCE}/test_rounds.py": (
                "test_f13_a_charter_edited_in_a_round_changes_nothing_in_it",
            ),
        },
    ),
    "F14": Failure(
        "a set-wise write leaves no history",
        "QuerySets of what is on record refuse it; triggers note what goes round them",
        {
            f"{INCIDENTS}/test_transactions.py": ("test_f14_set_wise_writes_are_refused",),
            "tests/ledger/test_net_bypass.py": (
                "test_a_queryset_passes_no_service",
                "test_raw_sql_is_found_and_a_case_opened",
            ),
        },
        "Without the refusal the triggers still find the change and open a case; without the "
        "triggers on a table, raw SQL on it goes unnoticed.",
    ),
    "F15": Failure(
        "a state without its transition",
        "a deferred constraint trigger compares them at the commit",
        {
            f"{INCIDENTS}/test_transactions.py": (
                "test_f15_a_state_written_past_the_command_is_refused_at_the_commit",
                "test_a_version_without_its_transition_is_refused_at_the_commit",
                "test_a_transition_without_its_state_is_refused_at_the_commit",
                "test_an_incident_without_a_transition_is_refused_at_the_commit",
            ),
        },
    ),
    "F16": Failure(
        "the history goes with the person",
        "people are deactivated, never deleted; every act keeps the name of then",
        {
            f"{FAULTS}/test_f_words.py": (
                "test_f16_who_left_and_is_called_otherwise_now_stands_in_the_record_as_then",
                "test_f16_nobody_who_acted_is_deleted_from_the_record",
            ),
        },
        "The page's record is read from the ledger, so its names stand even where rows change.",
    ),
    "F17": Failure(
        "the history is rewritten",
        "append-only by trigger and by right; the ledger's tree and what is kept of it outside",
        {
            f"{INCIDENTS}/test_transactions.py": (
                "test_what_people_wrote_is_append_only",
                "test_the_owner_of_the_tables_meets_the_trigger",
            ),
            "tests/ledger/test_tampering.py": (
                "test_an_edited_entry_is_named",
                "test_a_log_that_is_cut_at_its_end_is_shorter_than_what_is_kept_outside",
            ),
        },
        "Without the triggers the application role still lacks the rights, and the verifier names "
        "what the owner changed.",
    ),
    "F18": Failure(
        "a storm of notices, or one that is lost in it",
        "bundles, ceilings, digests, summaries; a notice goes alone or is carried, never dropped",
        {
            f"{OUTBOX}/test_notices.py": (
                "test_f18_a_thousand_breaches_in_a_minute_are_few_mails_and_none_is_lost",
            ),
            f"{GOVERNANCE}/test_storm.py": (
                "test_f18_a_thousand_breaches_in_a_minute_are_a_storm_and_none_is_lost",
            ),
        },
    ),
    "F19": Failure(
        "reminders fall silent",
        "they rest for 1, 2, 4, 8 days and then every 8 days, without end",
        {
            f"{OUTBOX}/test_rules_backoff.py": (
                "test_f19_a_year_overdue_reminders_still_come_on_powers_of_two",
            ),
            f"{GOVERNANCE}/test_escalations.py": ("test_f19_reminders_never_fall_silent",),
        },
    ),
    "F20": Failure(
        "no data is taken for good, or for zero",
        "what is no number of enough samples is bad, counts nowhere and recovers nothing",
        {
            f"{GOVERNANCE}/test_rules_bands.py": (
                "test_f20_what_is_no_number_of_enough_samples_is_bad",
            ),
            f"{GOVERNANCE}/test_rules_standings_properties.py": (
                "test_f20_a_bad_reading_never_leads_to_ok",
            ),
            f"{GOVERNANCE}/test_rules_standings.py": (
                "test_f20_silence_holds_the_last_breach_and_begins_a_recovery_anew",
            ),
            f"{GOVERNANCE}/test_any_order.py": (
                "test_f20_null_and_bad_readings_never_make_a_breach_good",
            ),
            f"{INCIDENTS}/test_proofs.py": ("test_f20_a_reading_without_substance_proves_nothing",),
            f"{GOVERNANCE}/test_proof_judges.py": (
                "test_f20_readings_without_substance_prove_no_standing",
                "test_f20_a_source_that_stays_silent_proves_nothing",
                "test_f20_without_decisions_a_version_is_not_proved",
            ),
        },
    ),
    "F21": Failure(
        "a breach that can never end",
        "a threshold whose recovery no possible value reaches is refused when it is saved",
        {
            f"{GOVERNANCE}/test_rules_bands.py": (
                "test_f21_a_threshold_that_cannot_work_is_refused_in_words",
            ),
            f"{GOVERNANCE}/test_rules_standings_properties.py": (
                "test_f21_whatever_has_happened_recovery_can_be_reached",
            ),
        },
    ),
    "F22": Failure(
        "a value at its limit makes case after case",
        "four entries and exits are flapping: one case, held until it is stable",
        {
            f"{GOVERNANCE}/test_rules_standings.py": (
                "test_f22_a_square_wave_at_the_threshold_stays_one_breach",
            ),
            f"{GOVERNANCE}/test_flapping.py": (
                "test_f22_the_number_of_notices_does_not_grow_with_the_wave",
                "test_f22_nothing_is_written_to_the_incident_while_it_flaps",
                "test_eva_16_a_square_wave_opens_one_incident_and_is_marked_as_flapping",
            ),
        },
    ),
    "F23": Failure(
        "readings that come late, doubled or out of order end otherwise",
        "the newest revision of a window counts; late ones are judged again from before them",
        {
            f"{GOVERNANCE}/test_rules_standings_properties.py": (
                "test_f23_any_order_and_doubling_ends_where_one_by_one_ends",
            ),
            f"{GOVERNANCE}/test_any_order.py": (
                "test_f23_late_doubled_corrected_and_voided_readings_end_in_one_state",
                "test_f23_a_late_reading_that_makes_a_known_warning_critical_opens_the_incident",
                "test_f23_many_more_orders_end_in_one_state",
            ),
        },
        "Readings that reach the judge out of order although nothing sorted them are refused by it "
        "(OutOfOrder): a delivery fails, no standing is wrong.",
    ),
    "F24": Failure(
        "a counter is lost with a cache",
        "what is carried from reading to reading stands in rows",
        {
            f"{GOVERNANCE}/test_any_order.py": (
                "test_f24_forgetting_every_cache_between_deliveries_changes_nothing",
            ),
        },
    ),
    "F25": Failure(
        "one cause opens several cases",
        "breaches of a cause take turns; one_open_incident_per_cause is the last word",
        {
            f"{GOVERNANCE}/test_cases_at_once.py": (
                "test_f25_forty_breaches_of_one_cause_at_once_are_one_incident",
            ),
            f"{INCIDENTS}/test_transactions.py": (
                "test_f25_many_breaches_of_one_cause_at_once_open_one_incident",
            ),
            f"{GOVERNANCE}/test_any_order.py": (
                "test_f25_deliveries_at_once_to_one_series_lose_and_double_nothing",
            ),
        },
        "Without the turns the partial unique index still leaves one case, and the others meet a "
        "conflict instead of joining it.",
    ),
    "F26": Failure(
        "a silence outlives its cause or hides it",
        "a silence has an end; evaluation goes on, and at the end full timers start",
        {
            f"{GOVERNANCE}/test_mutes.py": (
                "test_f26_a_breach_in_a_silence_is_recorded_and_opens_suppressed",
                "test_f26_a_breach_across_the_end_starts_its_timers_at_the_end_instant",
            ),
        },
    ),
    "F27": Failure(
        "an acceptance stays valid after its expiry because a job is down",
        "validity is computed from instants wherever it is asked",
        {
            f"{INCIDENTS}/test_acceptances.py": (
                "test_validity_ends_at_the_instant_although_nothing_ran",
                "test_the_state_api_and_the_gate_say_expired_without_any_worker",
            ),
            f"{INCIDENTS}/test_rules_acceptances.py": (
                "test_it_is_valid_exactly_within_its_term_and_before_the_first_event",
            ),
            f"{GOVERNANCE}/test_pages_acceptances.py": (
                "test_every_page_says_expired_although_nothing_ran",
                "test_the_gate_of_the_system_names_the_acceptance_that_is_over",
            ),
            f"{INCIDENTS}/test_api_acceptances.py": (
                "test_a_gateway_is_told_that_it_is_over_although_nothing_ran",
            ),
        },
    ),
    "F28": Failure(
        "an acceptance without an end",
        "an end is asked for, NOT NULL and checked by the database; an import only proposes",
        {
            f"{INCIDENTS}/test_acceptances.py": (
                "test_the_database_refuses_an_acceptance_without_an_end",
                "test_what_is_missing_or_wrong_is_named_by_its_field",
            ),
            f"{INCIDENTS}/test_api_acceptances.py": (
                "test_an_import_without_an_end_is_a_proposal_and_nothing_more",
            ),
        },
        "Either layer alone refuses: the fields in words, the database as an error.",
    ),
    "F29": Failure(
        "abstentions and quorum are counted wrongly at an edge",
        "integers, strictly more than the share, and enough effective votes",
        {
            f"{GOVERNANCE}/test_electorates_oracle.py": (
                "test_f29_small_electorates_are_counted_as_by_hand",
                "test_f29_every_electorate_up_to_nine_seats_is_counted_as_by_hand",
                "test_f29_kom_17_what_closes_early_ends_as_every_full_close_would",
            ),
            f"{GOVERNANCE}/test_rules_votes.py": (
                "test_f29_every_count_comes_to_what_the_oracle_says",
                "test_f29_a_round_closed_early_ends_as_it_would_have_ended",
            ),
            f"{GOVERNANCE}/test_rules_feasibility.py": (
                "test_f29_feasible_is_exactly_that_some_ballots_adopt",
            ),
        },
    ),
    "F30": Failure(
        "members who come and go change the electorate of a round",
        "seats are frozen at convening",
        {
            f"{GOVERNANCE}/test_rounds.py": (
                "test_f30_members_who_come_and_go_in_a_round_leave_the_electorate_as_it_is",
            ),
        },
    ),
    "F31": Failure(
        "a motion is edited after votes",
        "ballots sign the motion's hash; an edit voids the round and starts another",
        {
            f"{GOVERNANCE}/test_rounds.py": (
                "test_f31_a_text_changed_behind_the_back_leaves_no_valid_ballot",
                "test_f31_a_motion_edited_after_votes_starts_another_round_without_them",
            ),
        },
    ),
    "F32": Failure(
        "a signature is replayed, moved to another record, or given by a machine",
        "bound to the record's hash, by a person, in this session, proved just before",
        {
            f"{INCIDENTS}/test_reviews_as_signed.py": (
                "test_the_second_line_does_not_sign_over_a_review_that_was_changed",
            ),
            f"{FAULTS}/test_f_signatures.py": (
                "test_f32_a_signature_moved_to_another_record_counts_as_absent",
                "test_f32_a_record_changed_after_it_was_signed_is_no_longer_signed",
            ),
            "tests/registry/test_signatures.py": (
                "test_a_signature_stands_for_the_record_that_was_shown_and_no_other",
                "test_a_machine_never_signs",
                "test_a_proof_is_fresh_for_five_minutes",
                "test_a_proof_of_another_session_is_none",
            ),
            "tests/config/sign_in/test_proving.py": ("test_a_passkey_proves_a_signature_once",),
        },
    ),
    "F33": Failure(
        "too little is known, and that is taken for proved",
        "only PASSED lets a person close; inconclusive runs on once, then goes up a level",
        {
            f"{INCIDENTS}/test_proofs.py": ("test_f33_an_inconclusive_proof_lets_nobody_close",),
            f"{INCIDENTS}/test_rules_verification.py": (
                "test_f33_only_enough_good_readings_in_the_window_ever_pass",
            ),
            f"{GOVERNANCE}/test_proof_judges.py": (
                "test_f33_what_is_unknown_runs_on_once_goes_up_and_lets_nobody_close",
            ),
        },
    ),
    "F34": Failure(
        "a receiver answers 200 and does nothing",
        "2xx is received only; what was observed is compared with what was ordered",
        {
            f"{INCIDENTS}/test_receipts.py": (
                "test_f34_an_observation_that_differs_moves_nothing",
            ),
            f"{INCIDENTS}/test_probes.py": (
                "test_f34_a_probe_that_sees_the_old_version_moves_nothing_and_says_so_once",
            ),
            f"{FAULTS}/test_gateway.py": (
                "test_f34_a_gateway_that_answers_200_and_does_nothing_leaves_it_in_execution",
                "test_f34_an_independent_probe_says_that_nothing_happened",
            ),
        },
    ),
    "F35": Failure(
        "an action is carried out twice",
        "one id across all attempts; a nonce confirms one action once",
        {
            f"{INCIDENTS}/test_receipts.py": ("test_f35_a_repeated_callback_is_accepted_once",),
            f"{INCIDENTS}/test_carrying.py": (
                "test_f35_a_late_callback_of_the_first_attempt_is_accepted_once",
            ),
            f"{FAULTS}/test_gateway.py": (
                "test_f35_after_a_timeout_the_same_id_comes_again_and_nothing_is_done_twice",
            ),
            f"{FAULTS}/test_killed_sender.py": (
                "test_killed_before_it_wrote_the_answer_down_it_repeats_under_the_same_id",
            ),
        },
        "Without the look for the nonce, receipt_replay and 'this action is confirmed already' "
        "still refuse a second confirmation; a receiver that is sent new ids has no such help.",
    ),
    "F36": Failure(
        "a roll-back goes to a version that has become bad",
        "the target is looked at in the decision, before each attempt and at the confirmation",
        {
            f"{INCIDENTS}/test_carrying.py": (
                "test_f36_a_target_revoked_between_decision_and_dispatch_goes_back_by_itself",
                "test_f36_a_target_that_another_incident_is_about_by_now_is_not_dispatched",
            ),
            f"{INCIDENTS}/test_receipts.py": (
                "test_f36_a_target_that_was_revoked_since_is_not_confirmed",
            ),
            f"{INCIDENTS}/test_commands_of_engines.py": (
                "test_f36_a_target_that_is_not_approved_or_is_the_cause_is_refused",
            ),
            f"{FAULTS}/test_gateway.py": (
                "test_f36_a_target_revoked_before_the_attempt_is_never_sent",
            ),
        },
        "Each of the three looks alone keeps a bad version from being made live; the first two "
        "keep it from being sent.",
    ),
    "F37": Failure(
        "findings go to and fro, and the clock begins anew each time",
        "the owner gets what was left, with a floor; the third return goes up a level",
        {
            f"{INCIDENTS}/test_commands_of_owners.py": (
                "test_f37_returns_add_no_time_beyond_budget_and_floors",
                "test_inc_b_the_third_return_goes_up_a_level",
            ),
        },
    ),
    "F38": Failure(
        "after a downtime everything goes out at once, the board first",
        "each step once, in order, one digest a person, and time to answer for each level",
        {
            f"{GOVERNANCE}/test_catching_up.py": (
                "test_f38_every_overdue_step_fires_once_in_order",
                "test_f38_a_level_is_not_told_before_the_one_below_had_time_to_answer",
                "test_f38_a_person_gets_one_digest_of_all_that_is_late",
                "test_f38_lateness_is_on_record",
            ),
        },
    ),
    "F39": Failure(
        "'I have it' hides that nothing happens",
        "it stops reminders to that person and no deadline",
        {f"{GOVERNANCE}/test_catching_up.py": ("test_f39_having_it_hides_no_overdue_deadline",)},
    ),
    "F40": Failure(
        "the watcher is dead too",
        "a process of its own, a heartbeat elsewhere, a health endpoint, a page",
        {
            f"{GOVERNANCE}/test_engine.py": (
                "test_f40_a_stopped_sweep_turns_watchdog_and_health_red_within_twice_the_grace",
                "test_f40_a_sweep_that_stays_away_is_found_though_nothing_is_due",
                "test_f40_while_all_is_well_the_heartbeat_goes_out",
            ),
        },
    ),
    "F41": Failure(
        "two versions of the engine fire by two sets of rules",
        "the newer one takes over on record, the older one refuses",
        {
            f"{GOVERNANCE}/test_engine.py": (
                "test_f41_an_older_program_does_not_begin",
                "test_f41_an_older_sweep_that_still_runs_fires_nothing",
                "test_f41_the_command_of_an_older_sweep_ends_with_its_own_code",
            ),
        },
    ),
    "F42": Failure(
        "an emergency stop is never ratified, or silently undone",
        "the executive is told again and again, and it stays contained",
        {
            f"{INCIDENTS}/test_containment.py": (
                "test_f42_not_ratified_in_time_the_executive_is_told_and_it_stays_contained",
                "test_the_executive_is_told_again_without_end",
            ),
        },
    ),
    "F43": Failure(
        "a length of three days and five minutes reads five minutes",
        "no length is read by `.seconds`",
        {
            f"{FAULTS}/test_f_words.py": (
                "test_f43_three_days_and_five_minutes_are_three_days_everywhere",
                "test_f43_no_length_of_time_is_read_without_its_days",
            ),
        },
    ),
    "F44": Failure(
        "somebody is told of what did not happen",
        "notices are rows of the transaction that they tell of",
        {
            f"{INCIDENTS}/test_transactions.py": (
                "test_f44_what_raises_after_the_handler_leaves_nothing_behind",
            ),
            f"{OUTBOX}/test_notices.py": (
                "test_f44_what_is_raised_after_the_notice_takes_the_notice_back",
            ),
            f"{OUTBOX}/test_sweep.py": ("test_a_timer_rolls_back_with_the_change_that_armed_it",),
        },
    ),
}
