"""`manage.py rebuild_rollups`: sum up the days of all series anew, or say where they differ."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outbox import clock
from telemetry.models import Series
from telemetry.selectors.rollups import differing_days
from telemetry.services.rollups import rebuild

AT_ONCE = 200


class Command(BaseCommand):
    """Sum up every day that is over from the readings that are stored; or only compare.

    Exit 0 when the sums are right, 1 when `--check` found days that differ.
    Example: `manage.py rebuild_rollups --check`
    """

    help = "Sum up the days of all series anew; --check says where they differ (exit 1)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which series, and whether to compare only."""
        parser.add_argument("--check", action="store_true", help="change nothing, compare")
        parser.add_argument("--series", type=int, nargs="+", help="only these")
        parser.add_argument("--json", action="store_true", help="one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild, or compare."""
        at, series, found = clock.now(), 0, 0
        for ids in _some(options["series"]):
            series += len(ids)
            if options["check"]:
                found += differing_days(series_ids=ids)
            else:
                found += rebuild(series_ids=ids, at=at)
        name = "differing_days" if options["check"] else "days"
        words = f"{series} series, {found} {name.replace('_', ' ')}"
        self.stdout.write(json.dumps({"series": series, name: found}) if options["json"] else words)
        if options["check"] and found:
            raise CommandError("Some days are not as their readings say.", returncode=1)


def _some(asked: list[int] | None) -> Iterator[list[int]]:
    """Yield ids of series in portions."""
    rows = Series.objects.order_by("pk").values_list("pk", flat=True)
    ids = list(rows.filter(pk__in=asked) if asked else rows)
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
