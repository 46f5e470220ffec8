"""Controls with their evidence as it stands, and as it will be on a day.

Everything is computed from the record when it is asked for; nothing is stored, so nothing can be
older than what it shows. One reading serves every framework: each source is read once.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import date, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from msgspec.structs import replace

from ledger.rules.refusals import Missing
from ledger.selectors.past import as_it_was
from registry.models import Framework, Provision
from registry.rules.obligations import Obligation, date_lines
from registry.selectors.law import IN_FORCE, begins_at, provision_fact, seat_day
from registry.selectors.law_pages import when
from reports.rules.controls import (
    ATTACHED,
    Applies,
    Control,
    ControlScope,
    Dated,
    Need,
    Readiness,
    counts,
    judge,
    on_day,
    work_of,
)
from reports.rules.evidence import (
    SLUG,
    Evidence,
    Found,
    Places,
    Source,
    Subject,
    evidence_of,
    names_of,
)
from reports.selectors.applicability import UPLOADED, Applicability, applicability_of, uploads_of
from reports.selectors.control_ground import Ground, ground_of, subjects_of
from reports.selectors.control_map import control_map, need_of
from reports.selectors.crosswalk import Crosswalk, crosswalk_of_all
from reports.selectors.evidence_sources import found_by_source

AI_ACT = "ai-act"
# Annex IV is the content of the documentation that Art. 11 asks for: it binds where that does.
ANNEX_IV = ("annex_iv", "AIA-11")
KINDS = ("obligation", "annex_iv", "clause", "control", "category")

__all__ = ["Control", "ControlScope", "controls_by_framework", "controls_of", "readiness"]


def control_provisions() -> QuerySet[Provision]:
    """Return every provision that is a control, in the order of its framework."""
    rows = Provision.objects.filter(IN_FORCE, kind__in=KINDS, status="")
    return rows.order_by("framework_id", "place", "pk")


def control_frameworks() -> list[Framework]:
    """Return the frameworks that have controls: laws, then standards, then guidelines, then own."""
    known = control_provisions().order_by().values("framework_id").distinct()
    rows = list(Framework.objects.filter(IN_FORCE, pk__in=known).order_by("name"))
    order = {"law": 0, "standard": 1, "guideline": 2}
    return sorted(rows, key=lambda row: (order.get(row.kind, 3), row.name))


def control_framework(key: str) -> Framework:
    """Return one of them. Raises Missing."""
    found = next((row for row in control_frameworks() if row.pk == key), None)
    if found is None:
        raise Missing("unknown_framework", f"There are no controls of a framework {key!r}.")
    return found


def controls_of(*, framework: str, scope: ControlScope) -> list[Control]:
    """Return the controls of one framework with their evidence, in its order."""
    return controls_by_framework(frameworks=[framework], scope=scope)[framework]


def controls_by_framework(
    *, frameworks: Sequence[str], scope: ControlScope
) -> dict[str, list[Control]]:
    """Return the controls of several frameworks; every source is read once for all of them.

    A constant number of queries for any number of systems and frameworks.
    """
    with as_it_was(scope.as_of) if scope.past else nullcontext():
        reading = _Reading(scope)
        return {key: reading.controls(key) for key in frameworks}


def readiness(*, frameworks: Sequence[str], scope: ControlScope, day: date) -> Readiness:
    """Return how the frameworks will stand at the end of a day if nothing is done (MS-6).

    `day` is one at the organisation's seat. What will have run out by then is stale; what must be
    done stands in the order in which it helps most.
    """
    at = begins_at(day + timedelta(days=1))
    found = controls_by_framework(frameworks=frameworks, scope=scope)
    controls = tuple(
        on_day(one, day, at=at, now=scope.as_of) for rows in found.values() for one in rows
    )
    return Readiness(
        day=day, at=at, controls=controls, counts=counts(controls), work=work_of(controls, at)
    )


class _Reading:
    """One reading of the record: what the sources found, and evidence made of it once."""

    def __init__(self, scope: ControlScope) -> None:
        self.scope = scope
        self.ground: Ground = ground_of(scope)
        self.rows = list(control_provisions())
        self.needs: dict[str, Need] = {row.pk: need_of(row) for row in self.rows}
        self.map = control_map()
        wanted = {name for need in self.needs.values() for name in need.sources}
        self.found: dict[str, Found] = found_by_source(self.ground, wanted=frozenset(wanted))
        self.uploads = {one.source: one for one in uploads_of(scope=scope)}
        self.crosswalk: Crosswalk = crosswalk_of_all(self.rows)
        self.subjects = {one.id: one for one in subjects_of(list(self.ground.systems.values()))}
        self.made: dict[tuple[str, frozenset[UUID]], Evidence] = {}
        self.places: dict[str, Places] = {}
        self.on_record: dict[frozenset[UUID], dict[str, bool]] = {}

    def controls(self, framework: str) -> list[Control]:
        """Return the controls of a framework."""
        stated = applicability_of(framework=framework, at=self.scope.as_of)
        found = [self._control(row) for row in self.rows if row.framework_id == framework]
        return [self._stated(one, stated.get(one.provision)) for one in found]

    def _control(self, row: Provision) -> Control:
        owing = self._owing(row)
        systems = frozenset(self.ground.systems) if owing is None else frozenset(owing)
        need = self.needs[row.pk]
        evidence = self._evidence(row, need, systems)
        state, missing = judge(need, evidence, self.scope.as_of)
        control = Control(
            provision=row.pk,
            framework=row.framework_id,
            reference=row.reference,
            title=row.title,
            kind=row.kind,
            applies="yes",
            state=state,
            evidence=evidence,
            through=self.crosswalk.through(row.pk, need, self._on_record(systems), self.needs),
            newest=max((one.newest for one in evidence if one.newest), default=None),
            fresh_until=min((one.fresh_until for one in evidence if one.fresh_until), default=None),
            owner=self._owner(need.owner, systems),
            missing=missing,
            need=need,
            wanted=str(row.document.get("evidence", "")),
            only_where=str(row.document.get("only_where", "")),
            parent=row.parent,
        )
        return control if owing is None else self._legal(control, row, owing)

    def _owing(self, row: Provision) -> Mapping[UUID, Obligation] | None:
        """Return who owes a provision of the Act; None where no classification decides it."""
        if row.framework_id != AI_ACT:
            return None
        kind, bound_to = ANNEX_IV
        return self.ground.owing.get(bound_to if row.kind == kind else row.pk, {})

    def _legal(self, one: Control, row: Provision, owing: Mapping[UUID, Obligation]) -> Control:
        applies, due = _applies(owing.values())
        counted: dict[str, int] = {}
        for obligation in owing.values():
            word = _of_system(obligation)
            counted[word] = counted.get(word, 0) + 1
        one = replace(one, applies=applies, due=due, owing=counted, law=self._dated(row, owing))
        if applies != "no":
            return one
        many = len(self.ground.systems)
        return replace(
            one,
            state="not_applicable",
            missing=(),
            reason=f"None of these {many} systems owes it by its confirmed classification."
            if many != 1
            else "The system does not owe it by its confirmed classification.",
        )

    def _dated(self, row: Provision, owing: Mapping[UUID, Obligation]) -> Dated:
        day = seat_day(self.scope.as_of)
        lines = {line for one in owing.values() for line in one.dates}
        if not owing:
            lines = set(date_lines(self.ground.law, provision_fact(row), None))
        ordered = sorted(
            lines, key=lambda line: (line.date is None, line.date or day, line.reading)
        )
        shown = [when(line, day) for line in ordered]
        words = tuple(dict.fromkeys(f"{one.words} ({one.status_words})" for one in shown))
        sure = next(iter(owing.values()), None)
        return Dated(status=sure.status if sure else "", words=words)

    def _evidence(
        self, row: Provision, need: Need, systems: frozenset[UUID]
    ) -> tuple[Evidence, ...]:
        found = [self._one(name, systems) for name in need.sources if name != ATTACHED]
        attached = self.uploads.get(f"{UPLOADED}:{row.pk}")
        if attached is not None:
            found.append(replace(attached, source=ATTACHED))
        elif ATTACHED in need.sources:
            found.append(self._not_attached(row, need))
        return tuple(found)

    def _one(self, name: str, systems: frozenset[UUID]) -> Evidence:
        key = (name, systems)
        if key not in self.made:
            source = self.map.sources[name]
            found = self.found.get(name, Found())
            self.made[key] = evidence_of(source, found, self._of(systems), self._places(source))
        return self.made[key]

    def _not_attached(self, row: Provision, need: Need) -> Evidence:
        source = self.map.sources[ATTACHED]
        wanted = str(row.document.get("evidence", "")).strip() or row.title
        wanted = f"{wanted[0].upper()}{wanted[1:]}"
        return Evidence(
            source=ATTACHED,
            kind=source.kind,
            label=f"Upload to {row.reference}",
            count=0,
            newest=None,
            fresh_until=None,
            covered=0,
            of=1,
            path=reverse("control", args=[row.framework_id, row.pk]),
            gap=f"{wanted}. {source.gap}",
            owner=self._owner(need.owner, frozenset(self.ground.systems)),
            level=source.level,
        )

    def _on_record(self, systems: frozenset[UUID]) -> dict[str, bool]:
        """Say of every source whether it shows anything for these systems."""
        if systems not in self.on_record:
            self.on_record[systems] = {
                name: bool(self._one(name, systems).count) for name in self.found
            }
        return self.on_record[systems]

    def _of(self, systems: frozenset[UUID]) -> list[Subject]:
        return [self.subjects[str(key)] for key in self.ground.systems if key in systems]

    def _places(self, source: Source) -> Places:
        if source.id not in self.places:
            people = "" if source.owner == "owner" else self._people(source.owner)
            self.places[source.id] = Places(path=_path(source.page), people=people)
        return self.places[source.id]

    def _owner(self, role: str, systems: frozenset[UUID]) -> str:
        if role != "owner":
            return self._people(role)
        return names_of([one.owner for one in self._of(systems)])

    def _people(self, role: str) -> str:
        names = self.ground.people.get(role, ())
        return names_of(names) or f"nobody holds the role: {role}"

    def _stated(self, one: Control, said: Applicability | None) -> Control:
        if said is None or said.applicable:
            return one
        return replace(
            one,
            state="not_applicable",
            missing=(),
            reason=said.reason,
            signed_by=said.signed_by,
            signed_at=said.signed_at,
        )


def _applies(owing: Iterable[Obligation]) -> tuple[Applies, date | None]:
    """Return whether some systems owe it on the day; open is open, never no."""
    found = list(owing)
    words = {_of_system(one) for one in found}
    if "yes" in words:
        return "yes", min((one.due for one in found if one.due), default=None)
    if "later" in words:
        return "later", min((one.due for one in found if one.due), default=None)
    return ("open", None) if words else ("no", None)


def _of_system(one: Obligation) -> Applies:
    if one.applies == "open" or one.due_now is None:
        return "open"
    return "yes" if one.due_now else "later"


def _path(page: str) -> str:
    try:
        return reverse(page, args=[SLUG]) if page.startswith("system-") else reverse(page)
    except NoReverseMatch:
        return ""
