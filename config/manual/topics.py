"""Which article a role reads first, and which one tells about a page."""

from collections.abc import Iterable

# A role's own guide.
GUIDE_OF = {
    "owner": "owners",
    "member": "committee",
    "compliance": "compliance",
    "risk": "compliance",
    "secretary": "committee",
    "executive": "executives",
    "board": "executives",
    "auditor": "auditors",
    "engineer": "engineers",
    "emergency": "emergency",
    "administrator": "administrators",
}
FIRST = "owners"

# The article about a page, by the beginning of the page's name; the longest that fits counts.
ABOUT = {
    "acceptance": "acceptances",
    "account": "sign-in",
    "answer": "answers",
    "audit-room": "auditors",
    "authority-request": "authority-requests",
    "ballot": "committee",
    "break-glass": "access",
    "calendar": "administrators",
    "canary": "silences",
    "clock": "clocks",
    "concern": "concerns",
    "connector": "connectors",
    "control": "controls",
    "coverage": "baselines",
    "desk": "first_steps",
    "dockets": "committee",
    "document": "documents",
    "drill": "escalation",
    "engine": "escalation",
    "erasure": "privacy",
    "figures": "figures",
    "first-steps": "first_steps",
    "fleet": "scorecards",
    "framework": "frameworks",
    "governance_check": "administrators",
    "import": "import-export",
    "incident": "incident_page",
    "kpi": "kpis",
    "law": "law",
    "ledger": "ledger",
    "meeting": "meetings",
    "messages": "notices",
    "mfa": "sign-in",
    "motion": "committee",
    "mute": "silences",
    "my-notices": "notices",
    "notification": "notifications",
    "on-call": "escalation",
    "oversight": "oversight",
    "own-framework": "frameworks",
    "pack": "packs",
    "people": "access",
    "person": "access",
    "policies": "administrators",
    "report": "board-reports",
    "retention": "privacy",
    "scorecard": "scorecards",
    "search": "search",
    "statement": "controls",
    "supplier": "suppliers",
    "system": "systems",
    "system-assessment": "classification",
    "system-canary": "silences",
    "system-classification": "classification",
    "system-controls": "controls",
    "system-documents": "documents",
    "system-drift": "baselines",
    "system-life": "versions",
    "system-measured": "events",
    "system-objectives": "objectives",
    "system-obligations": "law",
    "system-orders": "emergency",
    "system-oversight": "oversight",
    "system-probe": "execution",
    "system-scorecard": "scorecards",
    "system-stop": "emergency",
    "system-telemetry": "opentelemetry",
    "system-thresholds": "thresholds",
    "system-versions": "versions",
    "threshold": "thresholds",
    "token": "tokens",
    "unit": "access",
    "upload": "uploads",
    "version": "versions",
    "void": "voids",
    "workflow": "workflow",
}


def article_about(page: str) -> str | None:
    """Return the slug of the article about a page by the page's name, None where none is known."""
    fitting = [begins for begins in ABOUT if page.startswith(begins)]
    return ABOUT[max(fitting, key=len)] if fitting else None


def guides_for(roles: Iterable[str]) -> list[str]:
    """Return the slugs of the guides for roles, each once; the owner's for who has none."""
    found = dict.fromkeys(GUIDE_OF[role] for role in sorted(roles) if role in GUIDE_OF)
    return list(found) or [FIRST]
