"""What each command asks for, in the order in which a form asks it."""

from collections.abc import Mapping
from dataclasses import replace

from incidents.rules.fields import Field

ANSWERS = (("yes", "Yes"), ("no", "No"), ("unknown", "Not known yet"))
SEVERITY_CHOICES = (
    ("minor", "Minor"),
    ("moderate", "Moderate"),
    ("major", "Major"),
    ("severe", "Severe"),
)
CAUSES = (
    ("data_drift", "Input data changed"),
    ("model_change", "Model change"),
    ("proxy", "Model change: a proxy for a protected attribute"),
    ("data_fault", "Data fault"),
    ("knowledge", "Stale or missing knowledge"),
    ("prompt", "Prompt or policy change"),
    ("bypass", "A limit was bypassed"),
    ("supplier", "Supplier change"),
    ("use", "Used outside its purpose"),
    ("other", "Other"),
)
IMPLICATIONS = (
    ("regime", "Confirm the clock"),
    ("none", "Not reportable, because"),
    ("informed", "Supervisor informed without a statutory clock"),
)
DISMISSALS = (
    ("no_effect", "It had no effect on anybody"),
    ("expected", "Expected and already accounted for"),
    ("too_sensitive", "The threshold is too sensitive"),
    ("other", "Other"),
)
LAPSES = (
    ("lapsed", "Deadline passed"),
    ("tie", "Tie"),
    ("inquorate", "No quorum"),
    ("inconclusive", "Too few effective votes"),
    ("not_carried", "Not carried"),
)
RESOLUTIONS = (
    ("repaired", "Repaired"),
    ("rolled_back", "Rolled back"),
    ("stopped", "Stopped"),
    ("remediated", "Remediated"),
    ("kept", "Kept running with conditions"),
    ("no_change", "No change needed"),
    ("other", "Other"),
)
HOWS = (("callback", "Callback"), ("probe", "Probe"), ("person", "A second person"))

QUESTION_WORDS = {
    "person_harmed": "Could a person be harmed?",
    "rights_affected": "Were rights or equal treatment affected?",
    "personal_data": "Were personal data lost, disclosed, altered or unavailable?",
    "critical_service": "Is a critical service or an ICT outage involved?",
}
QUESTIONS = tuple(
    Field(name, words, "choice", choices=ANSWERS) for name, words in QUESTION_WORDS.items()
)
_DECISION = (
    Field("decision_id", "Decision", "uuid"),
    Field("motion_sha256", "Hash of the motion", longest=64),
    Field("title", "Title", longest=200),
)
_FINDINGS = (
    Field("cause", "Cause", "choice", choices=CAUSES),
    Field("narrative", "What happened and why"),
    Field("version_label", "Version concerned", required=False, longest=60),
    Field("affected", "How many are affected", "integer", required=False),
    Field("affected_note", "Who they are, and how they were counted"),
    Field("affected_from", "Affected from", "instant"),
    Field("affected_until", "Affected until", "instant", required=False, hint="Empty: still."),
    Field("harm", "Harm"),
    Field("proposed_severity", "Proposed severity", "choice", choices=SEVERITY_CHOICES),
    Field("proposed_action", "Proposed action"),
    Field("containment", "What contains it now"),
)
_SHORT = {"cause", "narrative", "proposed_action"}

SHORT_FINDINGS = tuple(
    field if field.name in _SHORT else replace(field, required=False) for field in _FINDINGS
)

FIELDS: Mapping[str, tuple[Field, ...]] = {
    "acknowledge": QUESTIONS,
    "first_assessment": (
        Field("seen", "What we see"),
        Field("since", "Since when", "instant", required=False, hint="Empty: not known."),
        Field("affected", "How many are affected", "integer", required=False),
        Field("affected_note", "Who they are", required=False),
        Field("contained", "Is it contained?", "boolean"),
        Field("next_step", "Next step"),
        Field("next_step_at", "By when", "instant"),
    ),
    "submit_findings": _FINDINGS,
    "return_to_owner": (
        Field("deficiencies", "What is missing"),
        Field("reason", "Reason"),
    ),
    "validate": (
        Field("severity", "Severity", "choice", choices=SEVERITY_CHOICES),
        Field("severity_reason", "Reason, if another than in force", required=False),
        Field("implication", "Must an authority be told?", "choice", choices=IMPLICATIONS),
        Field("implication_reason", "Because", required=False),
        Field("harm", "Harm, in your words"),
        Field("clocks", "Answers clock by clock", "list", required=False),
    ),
    "dismiss": (
        Field("reason_code", "Ground", "choice", choices=DISMISSALS),
        Field("reason", "Reason"),
        Field("evidence", "Evidence: where it stands"),
    ),
    "close_small": (Field("lessons", "Lesson", required=False),),
    "adopt": (*_DECISION, Field("actions", "Actions", "list")),
    "keep_running": (
        *_DECISION,
        Field(
            "kind",
            "Kind",
            "choice",
            choices=(("continue", ""), ("no_action", ""), ("exception", "")),
        ),
        Field("reason", "Reason"),
        Field("conditions", "Conditions", "list", required=False),
        Field("verification", "What is observed", "list"),
    ),
    "lapse": (
        Field("decision_id", "Decision", "uuid"),
        Field("kind", "How it ended", "choice", choices=LAPSES),
        Field("words", "In words"),
        Field("raises_level", "Goes up a level", "boolean", required=False),
    ),
    "confirm_action": (
        Field("action_id", "Action", "uuid"),
        Field("how", "How it is known", "choice", choices=HOWS),
        Field("nonce", "Nonce", required=False, longest=64),
        Field("observed", "What was observed", "map"),
        Field("evidence", "Evidence: where it stands", required=False),
    ),
    "confirm_proof": (
        Field("window_id", "Proof", "uuid"),
        Field("evidence", "Evidence: where it stands"),
    ),
    "begin_verification": (Field("reason", "Reason"),),
    "attempt_failed": (
        Field("action_id", "Action", "uuid"),
        Field("response", "Response"),
        Field("final", "No further attempt follows", "boolean", required=False),
    ),
    "close": (
        Field("resolution", "How it ended", "choice", choices=RESOLUTIONS),
        Field("lessons", "Lessons"),
        Field("detection_gap", "Why did no threshold see it earlier?"),
    ),
    "verification_failed": (
        Field("reason", "Reason"),
        Field("window_id", "Proof", "uuid", required=False),
        Field("proofs_go_on", "Proofs that run go on (engines)", "boolean", required=False),
    ),
    "inconclusive": (
        Field("window_id", "Proof", "uuid"),
        Field("reason", "Reason"),
    ),
    "add_evidence": (
        Field("title", "What it is", longest=200),
        Field("reference", "Where it stands"),
        Field("sha256", "SHA-256", required=False, longest=64),
    ),
    "raise_severity": (
        Field("severity", "Severity", "choice", choices=SEVERITY_CHOICES),
        Field("reason", "Reason"),
    ),
    "join_breach": (
        Field("words", "What joined"),
        Field("severity", "Severity", "choice", required=False, choices=SEVERITY_CHOICES),
        Field("facts", "Facts", "map", required=False),
    ),
    "end_silence": (
        Field("words", "Why it counts from now on"),
        Field("since", "From when", "instant"),
    ),
    "answer_silenced": (Field("line", "What it was, in one line", longest=500),),
    "note_recovery": (
        Field("since", "Recovered since", "instant", required=False, hint="Empty: no longer."),
    ),
}
