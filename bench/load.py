"""`make load`: fill a database with volumes: systems, versions, measurements, incidents.

python -m bench.load --size small       a fresh database on the benches' embedded server
DATABASE_URL=… python -m bench.load --size full --here      the database that is named

Systems, versions and deployments are made by their services, measurements by the service that
stores them (COPY). Incidents are laid down set by set, each with the transition that opened it, so
that the database's own triggers hold; one entry of the ledger says so. Such incidents have no
entries of their own: they are for measuring lists, not for reading.
"""

import argparse
import importlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Volume:
    """How much: systems with two versions each, days of daily readings, incidents.

    `hot_readings` are those of each of `hot_series` that sends one a minute.
    """

    systems: int
    days: int
    incidents: int
    hot_readings: int
    hot_series: int = 1

    def readings(self, kpis: int) -> int:
        """Return how many readings there are with so many KPIs a system."""
        return self.systems * kpis * self.days + self.hot_readings * self.hot_series


VOLUMES = {
    "small": Volume(systems=40, days=30, incidents=10_000, hot_readings=10_000),
    "full": Volume(systems=1_000, days=90, incidents=100_000, hot_readings=130_000),
    "ten_million": Volume(
        systems=1_000, days=90, incidents=100_000, hot_readings=130_000, hot_series=72
    ),
}


def main() -> int:
    """Fill a database and say how long each part took."""
    parser = argparse.ArgumentParser(prog="bench.load", description=__doc__)
    parser.add_argument("--size", choices=tuple(VOLUMES), default="small")
    parser.add_argument("--here", action="store_true", help="the database of DATABASE_URL")
    options = parser.parse_args()
    if not options.here:
        return _elsewhere(options.size)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    importlib.import_module("django").setup()
    filling = importlib.import_module("bench.filling")
    filling.fill(VOLUMES[options.size], say=print)
    return 0


def _elsewhere(size: str) -> int:
    bench = importlib.import_module("bench.__main__")
    environment = bench.fresh_database("load")
    command = [sys.executable, "-m", "bench.load", "--here", "--size", size]
    code = subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode
    print(f"DATABASE_URL={environment['DATABASE_URL']}")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
