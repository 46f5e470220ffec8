"""Words of other registers for what has a fixed set of values here."""

from collections.abc import Mapping

from registry.rules.exchange.tables import folded

SYSTEM_KINDS = {
    "predictive": ("predictive model", "classification", "regression", "ranking", "forecasting",
                   "forecast", "scoring", "ml model", "machine learning", "prognose", "classifier"),
    "assistant": ("assistant", "chatbot", "chat bot", "llm", "generative", "generative ai", "genai",
                  "generative model", "generative model or assistant", "copilot", "assistent"),
    "agent": ("agent", "ai agent", "autonomous agent"),
    "multi_agent": ("multi agent", "several agents", "multi-agent", "multi-agent system", "agents"),
}  # fmt: skip
TIERS = {
    "low": ("l", "niedrig", "gering", "minimal", "1", "green", "gruen"),
    "medium": ("m", "mittel", "moderate", "2", "amber", "yellow", "gelb"),
    "high": ("h", "hoch", "3", "red", "rot", "critical"),
}
LEGAL_CLASSES = {
    "undecided": ("not decided yet", "open", "tbd", "offen", "unknown", "unklar", "?"),
    "prohibited": ("verboten", "unacceptable", "art. 5"),
    "high_risk": ("high-risk", "high risk", "hochrisiko", "annex iii", "anhang iii"),
    "transparency": ("transparency duties", "limited", "limited risk", "transparenz", "art. 50"),
    "minimal": ("not high-risk", "minimal risk", "low risk", "none", "keine", "minimales risiko"),
}
EVENTS = {
    "deployment": ("deployed", "go live", "release", "live", "rollout", "inbetriebnahme"),
    "approval": ("approved", "sign off", "sign-off", "freigabe", "freigegeben"),
    "decision": ("decided", "committee", "entscheidung", "beschluss"),
    "incident": ("outage", "vorfall", "stoerung", "issue"),
    "other": ("note", "sonstiges", "review", "something else"),
}
CHOICES: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = {
    ("systems", "kind"): SYSTEM_KINDS,
    ("systems", "risk_tier"): TIERS,
    ("systems", "legal_class"): LEGAL_CLASSES,
    ("history", "kind"): EVENTS,
}


def choice_of(kind: str, field: str, text: str) -> str | None:
    """Return the value that a text stands for, None where it stands for none."""
    said = folded(text)
    for value, words in CHOICES[kind, field].items():
        if said in {folded(value), *map(folded, words)}:
            return value
    return None


def choices_in_words(kind: str, field: str) -> str:
    """Return the values that can be written: 'low, medium or high'."""
    *first, last = CHOICES[kind, field]
    return f"{', '.join(first)} or {last}"
