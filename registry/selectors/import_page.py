"""What the page of an import shows: its rows by pages, the questions, the columns."""

from datetime import datetime
from typing import Any

from registry.models import Import, ImportRow, User
from registry.rules.exchange.fields import FIELDS
from registry.rules.exchange.names import Known, match_person, match_thing
from registry.rules.exchange.tables import clean, folded
from registry.selectors.exchange import ROWS_A_PAGE, rows_of_import, world_for

ASKED = ("person", "unit", "system")
MOST_QUESTIONS = 60
MATCHERS = {"person": match_person, "unit": match_thing, "system": match_thing}


def page_of_rows(
    found: Import, *, action: str = "", after: int = 0
) -> tuple[list[ImportRow], int | None]:
    """Return a page of rows behind a key, and the key of the next page; None at the end."""
    rows = rows_of_import(import_id=found.pk, action=action).order_by("pk").filter(pk__gt=after)
    page = list(rows[: ROWS_A_PAGE + 1])
    more = page[ROWS_A_PAGE - 1].pk if len(page) > ROWS_A_PAGE else None
    return page[:ROWS_A_PAGE], more


def questions_of(found: Import, *, user: User, at: datetime) -> list[dict[str, Any]]:
    """Return who or what a person should say is meant, each name once, with the likely first."""
    world = world_for(user=user, source=found.name, at=at)
    known = {"person": world.people, "unit": world.units, "system": world.systems}
    columns = _asked_columns(found)
    asked: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows_of_import(import_id=found.pk).filter(action__in=["blocked", "skip"]):
        for field in {one["field"] for one in row.problems}:
            reading, column = columns.get((row.kind, field), ("", ""))
            said = clean(row.raw["cells"].get(column, ""))
            if said:
                question = _question(asked, reading, said, known[reading])
                question["rows"].append(row.number)
    return list(asked.values())[:MOST_QUESTIONS]


def _asked_columns(found: Import) -> dict[tuple[str, str], tuple[str, str]]:
    readings = {(kind, one.name): one.reading for kind in FIELDS for one in FIELDS[kind]}
    return {
        (kind, field): (readings[kind, field], column)
        for kind, column, field in found.columns
        if readings.get((kind, field)) in ASKED
    }


def _question(
    asked: dict[tuple[str, str], dict[str, Any]], reading: str, said: str, known: tuple[Known, ...]
) -> dict[str, Any]:
    fresh = {"reading": reading, "said": said, "rows": [], "likely": [], "all": []}
    question = asked.setdefault((reading, folded(said)), fresh)
    if not question["all"]:
        match = MATCHERS[reading](said, known)
        question["likely"] = [(one.key, one.name, one.address) for one in match.likely]
        others = [(one.key, one.name, one.address) for one in known if one not in match.likely]
        question["all"] = question["likely"] + others
    return question
