"""A worker of its own process: builds a pack, or stops at a step until it is killed."""

import sys
from datetime import datetime

import django

django.setup()

from reports.services import building, collecting, steps  # noqa: E402


def halt(shop):
    """Say that the step was reached, then wait for the end."""
    print("reached", flush=True)
    sys.stdin.read()


def main(pack_id, at, stop=""):
    """Build the pack as of an instant, halting at the step named `stop`."""
    made = []
    for kind, make in steps.MAKERS:
        if make.__name__ == stop:
            halt.__name__ = stop
            make = halt
        made.append((kind, make))
    building.MAKERS = tuple(made)
    if hasattr(collecting, stop):
        halt.__name__ = stop
        steps.conduct_of = halt
    building.build_pack(pack_id=pack_id, at=datetime.fromisoformat(at))


if __name__ == "__main__":
    main(*sys.argv[1:])
