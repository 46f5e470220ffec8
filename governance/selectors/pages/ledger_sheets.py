"""Exactly the filtered list as a file: CSV for people, JSON Lines with the sealed bytes."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import replace

from django.db import transaction

from governance.rules.exceptions import in_words
from governance.rules.ledger_file import HEAD, MOST_LINES, in_json, unsealed_line, utc
from governance.rules.sheets import cell
from governance.selectors.pages.ledger_rows import exception_of
from governance.selectors.pages.record import sentence
from ledger.rules.refusals import TooLarge
from ledger.rules.worded import worded
from ledger.selectors.lines import Line, newest_number
from ledger.selectors.reach import Reach
from ledger.selectors.search import Wanted, found_count, found_exact, found_lines


class Echo:
    """A file that gives back each line that a CSV writer writes, for streaming."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def for_file(wanted: Wanted, reach: Reach, *, most: int = MOST_LINES) -> tuple[Wanted, int]:
    """Return what a file holds, cut off at the newest entry of now, and how many lines that is.

    Raises TooLarge.
    """
    cut = replace(wanted.settled(), newest=newest_number())
    rows = found_count(wanted=cut, reach=reach, most=most)
    if rows > most:
        raise TooLarge(
            "too_many_entries",
            worded(
                "These are more than {most:,} entries, the most that one file "
                "holds: choose a shorter period, a person or a verb.",
                most=most,
            ),
            extra={"most": most},
        )
    return cut, rows


def sheet(*, wanted: Wanted, reach: Reach) -> Iterator[str]:
    """Yield a CSV file line by line, every cell safe for spreadsheet programs."""
    writer = csv.writer(Echo())
    yield str(writer.writerow(HEAD))
    with transaction.atomic():
        for line in found_lines(wanted=wanted, reach=reach):
            yield str(writer.writerow([cell(value) for value in cells_of(line)]))


def json_lines(*, wanted: Wanted, reach: Reach) -> Iterator[bytes]:
    """Yield JSON Lines: the exact sealed line, or what an entry holds that is not sealed yet."""
    with transaction.atomic():
        for number, body, exact in found_exact(wanted=wanted, reach=reach):
            yield (exact or unsealed_line(number=number, body=body)) + b"\n"


def cells_of(line: Line) -> tuple[object, ...]:
    """Return the cells of one entry, in the order of HEAD."""
    body = line.body
    group = exception_of(line)
    return (
        line.number,
        line.seq,
        utc(line.sealed_at),
        utc(line.at),
        line.actor,
        line.actor_kind,
        body["who"].get("role", ""),
        line.verb,
        sentence(line),
        body["object"]["type"],
        line.label,
        body["object"]["id"],
        body.get("incident", ""),
        body.get("system", ""),
        (body.get("from") or {}).get("channel", ""),
        line.reason,
        in_words(group) if group else "",
        in_json(body.get("before")),
        in_json(body.get("after")),
        in_json(body.get("details")),
        hashlib.sha256(line.bytes).hexdigest(),
    )
