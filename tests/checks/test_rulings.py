"""Every ruling has a test that names its id: 'clk_01', 'seg_12', 'inc_a' in a test's name."""

import re
from functools import cache
from pathlib import Path

from django.conf import settings

NUMBERED = {"clk": 22, "seg": 15, "eva": 24, "kom": 26, "pak": 9, "law": 7}
LETTERED = "abcdefghij"
RULINGS = frozenset(
    {f"{family}_{number:02}" for family, last in NUMBERED.items() for number in range(1, last + 1)}
    | {f"inc_{letter}" for letter in LETTERED}
)
A_TEST = re.compile(r"^ *(?:async )?def (test_\w+)", re.MULTILINE)
AN_ID = re.compile(r"(?<![a-z])(?:clk|seg|eva|kom|pak|law)_\d\d(?!\d)|(?<![a-z])inc_[a-j](?![a-z])")


@cache
def named():
    """The ids that the names of tests hold."""
    files = sorted((Path(settings.BASE_DIR) / "tests").rglob("test_*.py"))
    names = (name for path in files for name in A_TEST.findall(path.read_text()))
    return frozenset(found for name in names for found in AN_ID.findall(name))


def test_every_ruling_has_a_test_that_names_it():
    assert sorted(RULINGS - named()) == []


def test_no_test_names_a_ruling_that_there_is_not():
    assert sorted(named() - RULINGS) == []
