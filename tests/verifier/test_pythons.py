"""One file that an auditor runs on whatever Python 3.8 or later there is, nothing installed."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.verifier.test_golden import FILES, GOLDEN, options

VERIFIER = Path(__file__).resolve().parents[2] / "countersign_verify.py"
SOURCE = VERIFIER.read_text(encoding="utf-8")
# What came after Python 3.8 and is easily written by habit.
NEWER = [
    r"\.removeprefix\(",
    r"\.removesuffix\(",
    r"zip\([^)]*strict=",
    r"math\.(lcm|nextafter|sumprod|cbrt)",
    r"functools\.cache\b",
    r"import cache\b",
    r"^\s*match \w+:$",
    r"datetime\.UTC",
    r"import .*\bUTC\b",
    r"\.is_relative_to\(",
    r"\.readlink\(",
    r"file_digest",
    r"\.bit_count\(",
    r"\.to_bytes\(\)",
    r"usedforsecurity",
    r"pairwise",
    r"itertools\.batched",
    r"bisect\.\w+\([^)]*key=",
    r"randbytes",
    r"\bzoneinfo\b",
    r"\btomllib\b",
    r"\bgraphlib\b",
    r"exit_on_error",
    r"BooleanOptionalAction",
    r"except\*",
    r"add_note\(",
    r"ExceptionGroup",
    r"slots=True",
    r"kw_only=True",
    r"TypeAlias",
    r"ParamSpec",
    r"\bSelf\b",
    r"typing_extensions",
    r"^type \w+ =",
    r"stdlib_module_names",
    r"contextlib\.(chdir|aclosing)",
    r"\w \|= \{",
    r"TaskGroup",
    r"to_thread",
    r"importlib\.(resources|metadata)",
    r"ast\.unparse",
    r"%:z",
]
HERE = ["-I", "-S"]


def verified(python):
    """Run the verifier by a Python without site-packages over every golden file."""
    codes = {}
    for name, facts in FILES.items():
        words = [python, *HERE, VERIFIER, GOLDEN / f"{name}.zip", "--key", facts["key"]]
        done = subprocess.run(
            [*words, *options(facts)], capture_output=True, text=True, check=False
        )
        codes[name] = done.returncode
        assert done.stderr == "", done.stderr
    return codes


def test_it_is_python_3_8_syntax():
    assert ast.parse(SOURCE, feature_version=(3, 8))


@pytest.mark.parametrize("pattern", NEWER)
def test_it_uses_nothing_newer_than_python_3_8(pattern):
    assert not re.search(pattern, SOURCE, re.MULTILINE)


def test_annotations_are_not_evaluated():
    assert "from __future__ import annotations" in SOURCE


def test_newer_forms_stand_in_annotations_only():
    # `list[int]` and `X | None` are fine where nothing evaluates them, and nowhere else.
    tree = ast.parse(SOURCE)
    builtin = {"list", "dict", "tuple", "set", "frozenset", "type", "Callable", "Iterator"}
    annotations = set()
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            part = getattr(node, name, None)
            if part is not None:
                annotations |= {id(item) for item in ast.walk(part)}

    evaluated = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id in builtin
        and id(node) not in annotations
    ]

    assert evaluated == []


def test_it_imports_the_standard_library_only():
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else name.name).partition(".")[0]
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }

    assert imported <= sys.stdlib_module_names


def test_it_runs_isolated_and_without_site_packages():
    assert set(verified(sys.executable).values()) == {0}


def test_it_ends_without_a_traceback_in_a_plain_locale(tmp_path):
    environment = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PATH": os.environ["PATH"]}
    (tmp_path / "gä\u202erbage.zip").write_bytes(b"PK\x05\x06")

    done = subprocess.run(
        [sys.executable, "-S", VERIFIER, tmp_path / "gä\u202erbage.zip"],
        env=environment,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 1
    assert b"Traceback" not in done.stderr + done.stdout


def test_a_reader_that_leaves_early_sees_no_traceback():
    facts = FILES["partial"]
    words = [sys.executable, *HERE, VERIFIER, GOLDEN / "partial.zip", "--key", facts["key"]]

    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        errors = process.stderr.read()

    assert b"Traceback" not in errors


def other_pythons():
    """The other interpreters on this machine: on the path, or beside this one in pyenv."""
    found = {}
    roots = [Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"]
    roots += [path for path in Path(sys.executable).resolve().parents if path.name == "versions"]
    for minor in range(8, 16):
        name = f"python3.{minor}"
        inside = [path for root in roots for path in sorted(root.glob(f"3.{minor}.*/bin/{name}"))]
        paths = [str(path) for path in inside] or [shutil.which(name)]
        for path in filter(None, paths):
            done = subprocess.run([path, "-V"], capture_output=True, check=False)
            if done.returncode == 0:
                found[name] = path
    return found


@pytest.mark.full
def test_it_runs_on_every_python_of_this_machine():
    pythons = other_pythons()

    results = {name: verified(path) for name, path in pythons.items()}

    assert f"python3.{sys.version_info.minor}" in results
    for name, codes in results.items():
        assert set(codes.values()) == {0}, (name, codes)
