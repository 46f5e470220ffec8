"""What the record is about: groups of verbs as a filter offers them, kinds of objects."""

from ledger.rules.worded import in_context, word

CONTEXT = "what verbs are about"
SUBJECTS = {
    "kpi": "KPIs",
    "policy": "Policies",
    "series": "Series",
    "ledger": "The ledger",
    "record": "Signatures",
    "request": "Requests",
    "reference": "Reference data",
    "catalogue": "The KPI catalogue",
    "measurements": "Measurements",
    "decisions": "Decision events",
    "partitions": "Partitions",
    "leave": "Leave",
    "access": "Access from the server",
    "applicability": "Statements of applicability",
    "behaviour": "Behaviour policies",
    "break_glass": "Break-glass access",
    "canary": "Canary sets",
    "controls": "Operating controls",
    "control_upload": "Uploads for controls",
    "coverage": "Coverage",
    "dependency": "Dependencies",
    "duties": "Duties",
    "histograms": "Histograms",
    "history": "History from elsewhere",
    "integrity": word("Integrity"),
    "knowledge": "Knowledge",
    "labels": "Labels",
    "law": "The law",
    "measured": "Judgements over many readings",
    "minutes": "Minutes",
    "mismatch": "Mismatches",
    "model_registry": "Model registries",
    "notices": "Notices",
    "on_call": "On call",
    "otlp_door": "Telemetry doors",
    "records": "Records",
    "regimes": "Regimes",
    "retention": "Retention",
    "rules": "Rules",
    "setup": "Set-up",
    "tallies": "Tallies",
    "watch": "Watches",
}

THING = "thing of the record"
THINGS = (
    "acceptance", "acceptance proposal", "action", "alert", "answers", "applicability statement",
    "assessment", "audit question", "authority request", "backtest", "baseline", "batch",
    "break glass", "calendar", "calendar feed", "canary set", "catalogue", "classification",
    "clock", "committee", "computation", "concern", "connector", "consequence factor",
    "control upload", "decision", "delegation", "dependency", "deployment", "desk view",
    "document", "door", "drill", "elsewhere", "engine", "erasure", "error budget",
    "evaluation plan", "evaluation run", "framework", "grant", "guardrail pair", "import",
    "incident", "interest", "kpi", "labels", "leave", "ledger", "legal hold", "list",
    "measured standing", "meeting", "message", "metric mapping", "minutes", "model registry",
    "mute", "notice storm", "organisation", "organisation export", "pack", "page", "partitions",
    "person", "policy", "probe", "product", "profile", "programme", "provision", "reference",
    "report", "retention", "scorecard", "series", "signing list", "standing", "standing order",
    "subscription", "supplier", "supplier notice", "system", "telemetry", "threshold", "ticket",
    "token", "trend rule", "unit", "upload", "user", "version", "void", "watch",
    "webhook endpoint",
)  # fmt: skip
"""Kinds of objects that entries are about; one that is not here is shown by its own name."""


def subject_of(prefix: str) -> str:
    """Return what verbs that begin with this are about; without words of its own, its plural."""
    words = prefix.replace("_", " ")
    return SUBJECTS.get(prefix, f"{words.capitalize()}s")


def thing_of(kind: str) -> str:
    """Return a kind of object as it is shown: 'legal hold'."""
    return in_context(THING, kind.replace("_", " "))
