"""Names of fields as the record has them, to be said in a reader's language.

English shows them as they are recorded. A name that is not here stays, as keys and digests do.
"""

from ledger.rules.worded import as_written, in_context, joined

CONTEXT = "field of the record"
FIELDS = frozenset((
    "abstained", "abstentions", "acceptance", "accepted", "accepted_at", "accepted_until",
    "action", "action_id", "actions", "added", "address", "affected", "affected_from",
    "affected_note", "affected_until", "against", "agreed", "agreed_baseline", "amount", "answer",
    "answered", "answers", "applicable", "approved_amount", "approved_at", "asked", "assessment",
    "at", "attempted", "auth_method", "aware_at", "bands", "baseline", "basis", "batch",
    "binding", "body", "breadth", "by_rule", "bytes", "calendar", "cast", "casting_vote", "cause",
    "chair", "changed", "channel", "charter", "charter_sha256", "checkpoint", "class", "clock",
    "clocks", "closed_at", "closes_at", "code", "command", "comment", "committee", "compensate",
    "conditions", "contained", "containment", "content", "controls", "counts_from", "critical",
    "critical_service", "currency", "cycle", "day", "days", "decided_at", "decision",
    "decision_id", "deemed", "delegate", "deputy", "detected_at", "detection_gap", "digest",
    "direction", "draft", "drill", "due", "due_at", "duration", "early", "electorate", "eligible",
    "email", "enabled", "ended", "ended_at", "entry", "environment", "estimate", "evidence",
    "example", "executor", "expires_at", "factor", "facts", "failure", "fallback", "faults",
    "feasibility", "feasible", "field", "fields", "figures", "files", "final", "findings_sha256",
    "fires", "for", "form", "formula", "from", "from_at", "function", "gap", "gaps", "harm",
    "held", "high", "hold", "holder", "hours", "how", "identity_hash", "implication",
    "implication_reason", "in_force", "incident", "judged_at", "key", "kind", "kpi", "label",
    "language", "late", "late_reason", "legal_class", "lessons", "level", "lifecycle", "limit",
    "line", "live_version", "matter", "measure", "measure_state", "meeting", "message", "method",
    "motion", "moved", "name", "note", "notice", "number", "objective", "observed", "occurred_at",
    "on_behalf_of", "opened", "options", "order", "outcome", "owner", "pack", "parameters",
    "paused", "people", "period", "person", "personal_data", "place", "plan", "policy",
    "position", "positive", "present", "products", "profile", "proof", "purpose", "quality",
    "question", "quorum", "readings", "reason", "recipients", "reference", "regime", "rejected",
    "repeat", "repeated", "request", "required", "residual_risk", "resolution", "result",
    "review_on", "rights_affected", "risk_tier", "role", "rollback_procedure", "rounds", "rows",
    "rule", "rules", "run", "said", "scope", "seat", "seated", "seats", "seconds", "segment",
    "sent", "sent_at", "series", "session", "settled", "severity", "severity_reason",
    "severity_validated", "sha256", "side", "signature", "since", "size", "slug", "source",
    "source_words", "stage", "stage_due_at", "standing", "standing_order", "starts_at", "state",
    "statement", "step", "steps", "subject", "substitute", "superseded", "supplier", "system",
    "systems", "target", "target_version", "task", "terms", "text", "threshold", "tier", "time",
    "title", "token", "told", "treatment", "type", "unit", "until", "until_at", "urgent", "url",
    "valid_from", "valid_until", "value", "verdict", "verification", "version", "version_label",
    "versions", "vice_chair", "vote", "votes", "waiting_for", "waiting_since", "waiting_until",
    "warning", "which", "who_can", "why", "window", "window_end", "window_seconds", "words",
    "zone",
))  # fmt: skip


def field_told(name: str) -> str:
    """Return a field's name as words that doors say: 'state', 'actions.1.due'."""
    return joined(".", map(_said, name.split(".")))


def _said(name: str) -> str:
    return in_context(CONTEXT, name) if name in FIELDS else as_written(name)
