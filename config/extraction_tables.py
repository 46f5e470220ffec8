"""Tables of words that pages show: which modules hold them, and how their words are read."""

import ast
import re
from collections.abc import Iterator

from config.catalogue import Entry

WORDS_OF: dict[str, tuple[str, ...]] = {
    "config/problems.py": ("CONSTRAINTS",),
    "governance/rules/act_words.py": ("ACTS", "VALIDATOR"),
    "governance/rules/conditions.py": ("OVERDUE",),
    "governance/rules/deadline_words.py": ("UNITS",),
    "governance/rules/drills.py": ("FACTORS",),
    "governance/rules/ledger_filter.py": ("CHANNELS",),
    "governance/rules/levels.py": ("LEVEL_WORDS",),
    "governance/rules/motion_kinds.py": ("_KINDS",),
    "governance/rules/outcomes.py": ("MAJORITY_WORDS",),
    "governance/rules/recorded_reasons.py": ("REASONS",),
    "governance/rules/turn_words.py": (
        "SIDE_OR_OFFICER", "OFFICER", "OWNERS_SIDE", "TURN_WORDS", "AGREE_WORDS",
    ),
    "governance/selectors/deadlines.py": ("KINDS",),
    "governance/selectors/pages/acceptances.py": ("VIEWS", "TOLD"),
    "governance/selectors/pages/ballot.py": ("PROOFS",),
    "governance/selectors/pages/gates.py": ("PROOFS_FIRST",),
    "governance/selectors/pages/incident_list.py": ("VIEWS",),
    "governance/selectors/pages/ledger_entry.py": ("WHERE",),
    "governance/selectors/pages/mutes.py": ("MARKS",),
    "governance/selectors/pages/proofs.py": (
        "MARKS", "ACTION_STATES", "HOWS", "BY_STANDING", "CLOCK_STATES",
    ),
    "governance/selectors/pages/roles.py": ("OWN", "READS", "IN_CASES", "WORDS"),
    "governance/selectors/pages/sections.py": ("ANSWERS", "ROUND_STATES", "IMPLICATIONS"),
    "governance/selectors/pages/stages.py": ("WITH",),
    "governance/selectors/pages/systems.py": ("WORDS", "LABELS", "ORDER_LABELS"),
    "governance/selectors/pages/thresholds.py": ("MODES",),
    "governance/selectors/pages/watch.py": ("STATES",),
    "governance/selectors/pages/workflow.py": ("OPENED_BY",),
    "governance/selectors/similar_cases.py": ("HELPED",),
    "governance/views/concerns.py": ("DONE",),
    "governance/views/incidents.py": ("DONE",),
    "incidents/rules/acceptances.py": ("GROUNDS", "ENDINGS", "FIELDS"),
    "incidents/rules/command_fields.py": (
        "LAPSES", "RESOLUTIONS", "HOWS", "FIELDS", "_DECISION", "_FINDINGS",
    ),
    "incidents/rules/commands.py": ("_MAIN",),
    "incidents/rules/containment.py": ("KIND_WORDS",),
    "incidents/rules/parties.py": ("PARTY_WORDS",),
    "incidents/rules/programmes.py": ("PROGRAMME_FIELDS",),
    "incidents/rules/proofs.py": ("SEEN",),
    "incidents/rules/report_templates.py": ("",),
    "incidents/rules/segregation.py": ("WORDS", "PART_WORDS"),
    "incidents/rules/tables/acceptance.py": ("COMMANDS",),
    "incidents/rules/tables/asking.py": ("COMMANDS",),
    "incidents/rules/tables/carrying.py": ("COMMANDS",),
    "incidents/rules/tables/clockwork.py": ("COMMANDS",),
    "incidents/rules/tables/containment.py": ("COMMANDS",),
    "incidents/rules/tables/families.py": ("COMMANDS",),
    "incidents/rules/tables/rehearsing.py": ("COMMANDS",),
    "incidents/rules/tables/turns.py": ("COMMANDS",),
    "incidents/rules/words.py": ("UNITS",),
    "registry/rules/permits.py": ("PERMITS", "WORDS_OF_ROLE"),
    "registry/rules/scopes.py": ("SCOPES",),
    "registry/selectors/assessments_page.py": ("ASKED", "STANDARD"),
    "registry/selectors/profile_page.py": ("TITLES", "LEADS", "NONE_YET"),
    "registry/selectors/readiness.py": ("CHECKS",),
    "registry/selectors/readiness_in_writing.py": ("CHECKS",),
    "registry/views/documents.py": ("WORDS", "ACTS"),
    "registry/views/law.py": ("_LABELS",),
    "reports/collectors/evidence/incidents.py": ("WORDS",),
    "reports/collectors/evidence/organisation.py": ("ALWAYS", "CAME_IN"),
    "reports/rules/asked.py": ("KINDS", "BREADTHS", "RECIPIENTS"),
    "reports/rules/exceptions.py": ("TRANSITIONS", "KINDS"),
    "reports/rules/waiting.py": ("KINDS",),
    "reports/selectors/control_pages.py": ("STANDINGS",),
    "reports/selectors/oversight_could.py": ("ROLE_WORDS",),
    "reports/selectors/populations.py": ("POPULATIONS",),
    "reports/selectors/room_pages.py": ("PLACES",),
}  # fmt: skip
"""Modules whose tables hold words that pages show, with the names of the tables ('' for all)."""


def in_tables(place: str, tree: ast.Module) -> Iterator[Entry]:
    """Return the words that stand in the tables of a module that WORDS_OF names."""
    wanted = WORDS_OF.get(place, ())
    for row in tree.body:
        target: ast.expr | None = row.target if isinstance(row, ast.AnnAssign) else None
        target = row.targets[0] if isinstance(row, ast.Assign) else target
        if target is not None and ("" in wanted or getattr(target, "id", "?") in wanted):
            yield from (Entry(text) for text in _words(row))


def _words(row: ast.AST) -> Iterator[str]:
    """The values of a table: keys are for machines."""
    keys = {id(key) for node in ast.walk(row) if isinstance(node, ast.Dict) for key in node.keys}
    for node in ast.walk(row):
        if isinstance(node, ast.Constant) and id(node) not in keys and _is_word(node.value):
            yield str(node.value)


def _is_word(value: object) -> bool:
    return isinstance(value, str) and not re.fullmatch(r"[a-z0-9_.:/{}#?=%-]*", value)
