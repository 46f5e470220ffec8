"""Each row of an import: what it is read as, what is wrong, what would be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ledger.rules.worded import term, word, worded
from registry.rules.exchange.dates import orders_shown
from registry.rules.exchange.fields import FIELDS
from registry.rules.exchange.history import fingerprint, told_beside
from registry.rules.exchange.readings import Problem, Value, read_cell, slug_of
from registry.rules.exchange.tables import Row, clean
from registry.rules.exchange.world import NEW, Said, World
from registry.rules.identities import HOSTED, Identity, identity_from, identity_hash, problems

# What an import may change of a system that is there; the rest is decided on its own pages.
CHANGEABLE = ("name", "purpose", "users_affected", "supplier", "data_sources")
DECIDED_THERE = ("kind", "unit", "owner", "deputy", "risk_tier", "legal_class")


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a row: what it is read as, what is wrong, what was noticed, what it is of."""

    kind: str
    number: int
    action: str
    values: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    target: str = ""


@dataclass(slots=True)
class _Seen:
    """What the rows so far have named: key → number of the row."""

    world: World
    keys: dict[tuple[str, str], int] = field(default_factory=dict)


def judge(
    kind: str,
    rows: Sequence[Row],
    columns: Mapping[str, str],
    world: World,
    said: Said,
) -> tuple[list[Judged], World]:
    """Judge the rows of one kind; return them and the world with what they would make.

    `columns` maps a column to its field, '' where it is not read.
    """
    order = said.date_order or _order_of_dates(kind, rows, columns)
    seen = _Seen(world)
    told = replace(said, date_order=order)
    return [_judge_row(kind, row, columns, seen, told) for row in rows], seen.world


def _order_of_dates(kind: str, rows: Sequence[Row], columns: Mapping[str, str]) -> str:
    """Return the one order that the dates themselves prove, '' for none or for both."""
    dates = {wanted.name for wanted in FIELDS[kind] if wanted.reading == "date"}
    named = [column for column, name in columns.items() if name in dates]
    shown = orders_shown(clean(row.cells.get(column, "")) for row in rows for column in named)
    return next(iter(shown)) if len(shown) == 1 else ""


def _judge_row(kind: str, row: Row, columns: Mapping[str, str], seen: _Seen, said: Said) -> Judged:
    passed = row.passed or (word("hidden in the sheet") if row.hidden and not said.hidden else "")
    if passed:
        return Judged(kind, row.number, "skip", notes=(*row.notes, _unread(passed)))
    read = _read(kind, row, columns, seen.world, said)
    values = {name: value.value for name, value in read.items() if value.value}
    wrong = [value.problem for value in read.values() if value.problem]
    wrong += _missing(kind, values, read)
    judged = Judged(
        kind,
        row.number,
        "blocked",
        values,
        tuple(wrong),
        (*row.notes, *(value.note for value in read.values() if value.note)),
    )
    if not wrong:
        judged = JUDGES[kind](judged, seen)
    return _without_bad(judged, said)


def _unread(why: str) -> str:
    return worded("Not read: {why}.", why=term(why))


def _without_bad(judged: Judged, said: Said) -> Judged:
    if judged.problems and said.without_bad:
        return replace(judged, action="skip")
    return replace(judged, action="blocked") if judged.problems else judged


def _read(
    kind: str, row: Row, columns: Mapping[str, str], world: World, said: Said
) -> dict[str, Value]:
    fields = {wanted.name: wanted for wanted in FIELDS[kind]}
    read = {}
    for column, name in columns.items():
        cell = clean(row.cells.get(column, ""))
        if cell and name in fields:
            read[name] = read_cell(kind, fields[name], cell, world, said)
    return read


def _missing(kind: str, values: Mapping[str, str], read: Mapping[str, Value]) -> list[Problem]:
    return [
        Problem(
            wanted.name,
            worded("{field} is missing.", field=term(wanted.words)),
            "Fill the cell, or say above which column holds it.",
        )
        for wanted in FIELDS[kind]
        if wanted.needed and wanted.name not in values and wanted.name not in read
    ]


def _fails(judged: Judged, name: str, words: str, mend: str) -> Judged:
    return replace(judged, problems=(*judged.problems, Problem(name, words, mend)))


def _once(judged: Judged, seen: _Seen, key: str, what: str) -> Judged:
    """Refuse what an earlier row of the same kind names already."""
    first = seen.keys.setdefault((judged.kind, key), judged.number)
    if first == judged.number:
        return judged
    words = worded("Row {row} has the same: {key}.", row=first, key=key)
    return _fails(judged, what, words, "Keep one of the two rows.")


def _judge_unit(judged: Judged, seen: _Seen) -> Judged:
    name = judged.values["name"]
    judged = _once(judged, seen, name.casefold(), "name")
    if any(one.name.casefold() == name.casefold() for one in seen.world.units):
        return judged if judged.problems else replace(judged, action="same", target=name)
    seen.world = seen.world.with_new("units", name)
    return replace(judged, action="create", target=name)


def _judge_person(judged: Judged, seen: _Seen) -> Judged:
    address = judged.values["email"]
    judged = _once(judged, seen, address, "email")
    if any(one.address.casefold() == address for one in seen.world.people):
        return judged if judged.problems else replace(judged, action="same", target=address)
    seen.world = seen.world.with_new("people", judged.values["name"], key=f"{NEW}{address}")
    return replace(judged, action="create", target=address)


def _judge_system(judged: Judged, seen: _Seen) -> Judged:
    values = dict(judged.values)
    if "slug" not in values:
        values["slug"] = slug_of(values["name"])
        note = worded("The short name {name} is made from the name.", name=repr(values["slug"]))
        judged = replace(judged, notes=(*judged.notes, note))
    slug = values["slug"]
    judged = _once(replace(judged, values=values, target=slug), seen, slug, "slug")
    judged = _checked(judged)
    if judged.problems:
        return judged
    if slug in seen.world.present:
        return _changed(judged, seen.world)
    if slug in seen.world.taken:
        words = worded("The short name {name} is in use for another system.", name=repr(slug))
        return _fails(judged, "slug", words, "Give the row a short name of its own.")
    seen.world = seen.world.with_new("systems", values["name"], key=slug)
    return replace(judged, action="create", notes=(*judged.notes, *_unclassified(values)))


def _unclassified(values: Mapping[str, str]) -> tuple[str, ...]:
    """A class takes the questionnaire and two persons (AI Act Art. 6): no file gives one."""
    said = values.get("legal_class", "undecided")
    if said == "undecided":
        return ()
    words = worded(
        "The file says {said}; the system comes in unclassified.", said=said.replace("_", " ")
    )
    return (
        worded("{words} The questionnaire decides, and a second person confirms it.", words=words),
    )


def _checked(judged: Judged) -> Judged:
    values = judged.values
    if not values["slug"]:
        judged = _fails(judged, "slug", "No short name can be made.", "Write one: claims-approval.")
    if values["owner"] == values["deputy"]:
        judged = _fails(
            judged,
            "deputy",
            "Owner and deputy are the same person.",
            "Name somebody else as the deputy.",
        )
    return judged


def _changed(judged: Judged, world: World) -> Judged:
    """Compare with what is there; what is decided on other pages is told, not changed."""
    slug, now = judged.values["slug"], world.present[judged.values["slug"]]
    differs = [name for name in CHANGEABLE if judged.values.get(name, now[name]) != now[name]]
    others = [name for name in DECIDED_THERE if judged.values.get(name, now[name]) != now[name]]
    notes = judged.notes
    if others:
        words = ", ".join(name.replace("_", " ") for name in others)
        note = worded("Differs here and is not changed by an import: {fields}.", fields=words)
        notes = (*notes, note)
    past = [
        one for one in told_beside(judged.values) if (slug, fingerprint(one)) not in world.recorded
    ]
    if differs:
        words = ", ".join(name.replace("_", " ") for name in differs)
        notes = (*notes, worded("Changes: {fields}.", fields=words))
    action = "update" if differs or past else "same"
    return replace(judged, action=action, notes=notes)


def _judge_version(judged: Judged, seen: _Seen) -> Judged:
    slug, label = judged.values["system"], judged.values["label"]
    judged = _once(replace(judged, target=f"{slug} {label}"), seen, f"{slug} {label}", "label")
    what = identity_of(judged.values)
    for name, words in problems(what).items():
        judged = _fails(judged, name, words, "Correct the cell, or fill it.")
    known = seen.world.versions.get((slug, label))
    if judged.problems or known is None:
        return judged if judged.problems else replace(judged, action="create")
    if known == identity_hash(what):
        return replace(judged, action="same")
    return _fails(
        judged,
        "digest",
        worded("Version {version} is registered with another identity.", version=label),
        "A version keeps its identity: give this one a label of its own.",
    )


def _judge_history(judged: Judged, seen: _Seen) -> Judged:
    values = dict(judged.values)
    if values.get("ended_at", values["began_at"]) < values["began_at"]:
        return _fails(judged, "ended_at", "It ends before it begins.", "Correct one of the dates.")
    values.setdefault("source", seen.world.source)
    slug, mark = values["system"], fingerprint(values)
    judged = replace(judged, values=values, target=slug)
    first = seen.keys.setdefault(("history", f"{slug} {mark}"), judged.number)
    if first != judged.number:
        note = worded("Says the same as row {row}: taken in once.", row=first)
        return replace(judged, action="skip", notes=(*judged.notes, note))
    known = (slug, mark) in seen.world.recorded
    return replace(judged, action="same" if known else "create")


def identity_of(values: Mapping[str, str]) -> Identity:
    """Return the identity that the row of a version names."""
    return identity_from(**{name: values.get(name, "") for name in ("digest", *HOSTED)})


JUDGES = {
    "units": _judge_unit,
    "people": _judge_person,
    "systems": _judge_system,
    "versions": _judge_version,
    "history": _judge_history,
}
