"""What a person says of an import before it is applied: columns, dates, who is meant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import Import
from registry.rules.exchange.dates import DAY_FIRST, MONTH_FIRST
from registry.rules.exchange.fields import FIELDS
from registry.rules.exchange.tables import folded
from registry.services.exchange.judgement import judge_import
from registry.services.exchange.reading import lock_import, require_importer, require_open

READINGS = ("person", "unit", "system")
MOST_CHOICES = 5_000


@dataclass(frozen=True, slots=True)
class Settled:
    """What is said: `columns` maps kind to {column: field}, `choices` reading to {said: key}.

    None leaves what was said before.
    """

    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_order: str | None = None
    hidden: bool | None = None
    without_bad: bool | None = None


@transaction.atomic
def settle_import(
    *, import_id: UUID, expected_version: int, settled: Settled, actor: Actor, at: datetime
) -> Import:
    """Take what a person says of an import and judge its rows anew.

    Raises Missing, Forbidden, Conflict (stale, ended), Invalid (no such column, field or choice).
    """
    user, found = require_importer(actor, at), lock_import(import_id)
    require_open(found)
    check_seen(found, expected_version)
    found.columns = _columns(found, settled)
    found.options = _options(found, settled)
    found.version += 1
    found.failure = ""
    found.counts = judge_import(found, user=user, at=at)
    found.save(update_fields=["columns", "options", "version", "failure", "counts"])
    append_entry(
        verb="import.settled",
        actor=actor,
        at=at,
        subject=("import", str(found.pk), found.name),
        after={
            "version": found.version,
            "columns": found.columns,
            "date_order": found.options.get("date_order", ""),
            "without_bad": bool(found.options.get("without_bad")),
            "hidden": bool(found.options.get("hidden")),
            "rows": found.counts,
        },
    )
    return found


def check_seen(found: Import, expected_version: int) -> None:
    """Raise Conflict unless the person saw the import as it stands."""
    if found.version != expected_version:
        raise Conflict(
            "stale",
            "This import was settled anew since you looked: look at it again.",
            extra={"present": {"version": found.version, "state": found.state}},
        )


def _columns(found: Import, settled: Settled) -> list[list[str]]:
    known = {(kind, column): name for kind, column, name in found.columns}
    for kind, pairs in settled.columns.items():
        for column, name in pairs.items():
            if (kind, column) not in known:
                raise _unknown(
                    "columns",
                    worded(
                        "There is no column {column!r} of {kind}.",
                        column=column[:80],
                        kind=kind[:20],
                    ),
                )
            if name and name not in {one.name for one in FIELDS[kind]}:
                raise _unknown(
                    "columns",
                    worded("There is no field {name!r} of {kind}.", name=name[:40], kind=kind),
                )
            known[kind, column] = name
    _each_once(known)
    return [[kind, column, name] for (kind, column), name in known.items()]


def _each_once(known: Mapping[tuple[str, str], str]) -> None:
    taken: dict[tuple[str, str], str] = {}
    for (kind, column), name in known.items():
        first = taken.setdefault((kind, name), column) if name else column
        if first != column:
            raise _unknown(
                "columns",
                worded(
                    "{first!r} and {column!r} cannot both be {name}.",
                    first=first,
                    column=column,
                    name=name,
                ),
            )


def _options(found: Import, settled: Settled) -> dict[str, object]:
    options = dict(found.options)
    if settled.date_order is not None:
        if settled.date_order not in ("", DAY_FIRST, MONTH_FIRST):
            raise _unknown("date_order", "The order of dates is 'dmy' or 'mdy'.")
        options["date_order"] = settled.date_order
    for name in ("hidden", "without_bad"):
        value = getattr(settled, name)
        options[name] = bool(options.get(name)) if value is None else value
    options["choices"] = _choices(options.get("choices", {}), settled)
    return options


def _choices(
    before: Mapping[str, Mapping[str, str]], settled: Settled
) -> dict[str, dict[str, str]]:
    choices = {reading: dict(before.get(reading, {})) for reading in READINGS}
    for reading, pairs in settled.choices.items():
        if reading not in choices:
            raise _unknown(
                "choices",
                worded(
                    "{reading!r} is not chosen; {readings} are.",
                    reading=reading[:20],
                    readings=", ".join(READINGS),
                ),
            )
        choices[reading] |= {folded(said[:200]): key[:200] for said, key in pairs.items()}
    if sum(map(len, choices.values())) > MOST_CHOICES:
        raise _unknown(
            "choices", worded("More than {most_choices} choices.", most_choices=f"{MOST_CHOICES:,}")
        )
    return choices


def _unknown(name: str, words: str) -> Invalid:
    return Invalid("cannot_settle", words, fields={name: words})
