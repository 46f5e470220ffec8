"""Texts of the law's data and of the map of controls, which pages show in the reader's language."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from config.catalogue import Entry
from registry.rules.shipped import CONTEXT, texts_in
from registry.views import law

FRAMEWORK = {"name", "edition", "about"}
PROVISION = {"title", "evidence", "only_where", "who_notes", "note", "basis", "effect", "text"} | {
    "any_of", "consequence", "documents", "duty", "elements", "gate", "limit", "needs", "override",
    "own_evidence", "precedence", "registration", "rule", "status", "wrong_reading",
}  # fmt: skip
TEXTS_OF: dict[str, dict[str, set[str]]] = {
    "registry/reference/ai_act.yaml": {
        "frameworks": FRAMEWORK,
        "milestones": {"what", "note", "legal_basis"},
        "provisions": PROVISION,
    },
    "registry/reference/iso_42001.yaml": {"frameworks": FRAMEWORK, "provisions": PROVISION},
    "registry/reference/nist_ai_rmf.yaml": {"frameworks": FRAMEWORK, "provisions": PROVISION},
    "registry/reference/clock_rules.yaml": {
        "rules": {"regime", "limb", "period", "counts_from", "source"},
    },
    "registry/reference/retention.yaml": {
        "rules": {"name", "holds", "counted_from", "longer", "text"},
    },
    "registry/reference/sources.yaml": {"sources": {"title", "kind"}},
    "registry/reference/regimes.yaml": {
        "questionnaires": {"title", "about", "regime", "ask", "help"},
    },
    "registry/reference/crosswalk.yaml": {"pairs": {"why", "confidence", "checked"}},
    "reports/reference/controls.yaml": {
        "sources": {"label", "gap", "idle"}, "provisions": {"note"},
    },
}  # fmt: skip
"""The files, with the keys below each of their parts under which a text stands that is shown."""
BESIDE: dict[str, list[str]] = {
    # From when a clock counts whose rule says nothing else.
    "registry/services/reference/tables.py": ["awareness"],
    "registry/views/law.py": [law.label_of(key) for key in law.DETAILS],
}
"""What pages say beside these texts, in the same context."""


def of_law(root: Path) -> Iterator[tuple[str, Entry]]:
    """Return the messages of these files, each with the file in which it stands."""
    for place, parts in TEXTS_OF.items():
        document = yaml.safe_load((root / place).read_text(encoding="utf-8"))
        for part, keys in parts.items():
            rows = document[part]
            for text in texts_in(list(rows.values()) if isinstance(rows, dict) else rows, keys):
                yield place, Entry(text, context=CONTEXT)
    for place, texts in BESIDE.items():
        yield from ((place, Entry(text, context=CONTEXT)) for text in texts)
