"""Data migrations of ours leave a record: a bare RunPython changes rows that nobody answers for.

All of ours draw their models as seldom as they can: a fresh installation takes seconds.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(ROOT.glob("*/migrations/[0-9]*.py"))


def bare(source):
    """Return the lines of a migration that run Python without a record."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) == "RunPython"
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}/{file.name}")
def test_a_migration_that_runs_python_is_recorded(file):
    assert bare(file.read_text()) == [], "use ledger.services.migrations.recorded_migration"


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}/{file.name}")
def test_a_migration_draws_its_models_as_seldom_as_it_can(file):
    assert "class Migration(Grouped):" in file.read_text(), "use ledger.append_only.Grouped"


@pytest.mark.parametrize(
    "planted",
    ["migrations.RunPython(forwards)", "RunPython(code=f)", "m.operations.RunPython(f, g)"],
)
def test_a_bare_one_is_caught(planted):
    assert bare(f"operations = [{planted}]") == [1]


def test_a_recorded_one_passes():
    assert bare("operations = [recorded_migration('x', 'because', f)]") == []
