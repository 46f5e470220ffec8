"""The table of failures is whole: every F-id of workflow.md, with tests that exist and a guard."""

import ast
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from tests.faults.failures import FAILURES
from tests.faults.guards import GUARDS

IDS = [f"F{number}" for number in range(1, 45)]


@cache
def names_in(file):
    """The names of the tests that a file defines."""
    tree = ast.parse((Path(settings.BASE_DIR) / file).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_failure_has_its_row_and_its_guard():
    assert list(FAILURES) == IDS
    assert list(GUARDS) == IDS


@pytest.mark.parametrize("failure", IDS)
def test_the_tests_that_prove_it_exist(failure):
    row = FAILURES[failure]

    missing = [
        f"{file}::{name}"
        for file, names in row.tests.items()
        for name in names
        if name not in names_in(file)
    ]

    assert row.nodes
    assert missing == []
