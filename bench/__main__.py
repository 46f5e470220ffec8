"""`make bench`: every gate as a ratio against an interleaved base; one JSON line each.

python -m bench --size small            all, in about two minutes
python -m bench --size full --only ingest
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = (
    "ingest",
    "transition",
    "writers",
    "sealing",
    "verification",
    "pages",
    "registry_list",
    "trends",
    "fleet",
    "escalation",
    "packs",
    "pdf",
    "memory",
)


def main() -> int:
    """Run the parts asked for, each in a process and a database of its own."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--size", choices=("small", "full"), default="small")
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--inside", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return _inside(options.inside, options.size)
    codes = [_part(name, options.size) for name in options.only or PARTS]
    return max(codes)


def _part(name: str, size: str) -> int:
    environment = fresh_database(f"bench_{name}")
    command = [sys.executable, "-m", "bench", "--inside", name, "--size", size]
    return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode


def fresh_database(name: str) -> dict[str, str]:
    """Make a migrated database on the benches' embedded server; return the environment for it."""
    environment = {**os.environ, "COUNTERSIGN_TESTING": "1"}
    start = [sys.executable, "manage.py", "database", "start", "--server", "pg-bench", "--quiet"]
    url = _line([*start, "--name", name, "--fresh"], environment)
    owner = _line([*start, "--name", name, "--owner"], environment)
    environment |= {"DATABASE_URL": url, "DATABASE_OWNER_URL": owner}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        env=environment,
        cwd=ROOT,
        check=True,
    )
    return environment


def _line(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip().splitlines()[-1]


def _inside(name: str, size: str) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    importlib.import_module("django").setup()
    part = importlib.import_module(f"bench.{name}")
    for result in part.run(size):
        print(json.dumps(result), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
