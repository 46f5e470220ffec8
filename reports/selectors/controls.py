"""Controls with their evidence as it stands, and as it will be on a day.

Everything is computed from the record when it is asked for; nothing is stored, so nothing can be
older than what it shows. One reading serves every framework: each source is read once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from msgspec.structs import replace

from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from ledger.selectors.past import as_it_was
from registry.models import Framework, Provision
from registry.rules.obligations import Obligation
from registry.rules.recorded_roles import role_told
from registry.rules.shipped import cited, shipped
from registry.selectors.law import IN_FORCE, begins_at
from reports.rules.controls import (
    ATTACHED,
    Applies,
    Control,
    ControlScope,
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
    kept_by_choice,
    names_of,
    shortened,
)
from reports.selectors.applicability import (
    UPLOADED,
    Applicability,
    applicability_of,
    not_attached,
    uploads_of,
)
from reports.selectors.applying import applies_of, dated, nobody_owes, of_system
from reports.selectors.control_ground import Ground, ground_of, subjects_of
from reports.selectors.control_map import control_map, need_of
from reports.selectors.crosswalk import Crosswalk, crosswalk_of_all
from reports.selectors.evidence_sources import found_by_source
from reports.selectors.own_rows import (
    FILE,
    concerned_by,
    nobody_words,
    own_frameworks_then,
    rows_then,
)

AI_ACT = "ai-act"
# Annex IV is the content of the documentation that Art. 11 asks for: it binds where that does.
ANNEX_IV = ("annex_iv", "AIA-11")
KINDS = ("obligation", "annex_iv", "clause", "control", "category")

__all__ = ["Control", "ControlScope", "controls_by_framework", "controls_of", "readiness"]


def control_provisions() -> QuerySet[Provision]:
    """Return every provision that is a control, in the order of its framework."""
    rows = Provision.objects.filter(IN_FORCE, kind__in=KINDS, status="")
    return rows.order_by("framework_id", "place", "pk")


def control_frameworks(*, then: datetime | None = None) -> list[Framework]:
    """Return the frameworks that have controls: laws, then standards, then guidelines, then own.

    With an instant, own ones are those that were in force then, also if they were withdrawn since.
    """
    known = control_provisions().order_by().values("framework_id").distinct()
    rows = list(Framework.objects.filter(IN_FORCE, pk__in=known).order_by("name"))
    if then is not None:
        with as_it_was(then):
            own = own_frameworks_then()
        rows = [row for row in rows if row.file != FILE] + own
    order = {"law": 0, "standard": 1, "guideline": 2}
    return sorted(rows, key=lambda row: (order.get(row.kind, 3), row.name))


def control_framework(key: str, *, then: datetime | None = None) -> Framework:
    """Return one of them. Raises Missing."""
    found = next((row for row in control_frameworks(then=then) if row.pk == key), None)
    if found is None:
        words = worded("There are no controls of a framework {key!r}.", key=key)
        raise Missing("unknown_framework", words)
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
        rows = list(control_provisions())
        self.rows = rows_then(rows) if scope.past else rows
        self.needs: dict[str, Need] = {row.pk: need_of(row) for row in self.rows}
        self.map = control_map()
        wanted = {name for need in self.needs.values() for name in need.sources}
        self.found: dict[str, Found] = found_by_source(self.ground, wanted=frozenset(wanted))
        self.uploads = {one.source: one for one in uploads_of(scope=scope)}
        self.crosswalk: Crosswalk = crosswalk_of_all(self.rows)
        self.subjects = {one.id: one for one in subjects_of(list(self.ground.systems.values()))}
        self.made: dict[tuple[str, frozenset[UUID], int | None], Evidence] = {}
        self.places: dict[str, Places] = {}
        self.on_record: dict[frozenset[UUID], dict[str, bool]] = {}

    def controls(self, framework: str) -> list[Control]:
        """Return the controls of a framework."""
        stated = applicability_of(framework=framework, at=self.scope.as_of)
        found = [self._control(row) for row in self.rows if row.framework_id == framework]
        return [self._stated(one, stated.get(one.provision)) for one in found]

    def _control(self, row: Provision) -> Control:
        owing = self._owing(row)
        concerned = self._concerned(row, owing)
        # What nobody owes is shown with what is kept of it by choice.
        by_choice = concerned is not None and not concerned
        systems = frozenset(concerned or self.ground.systems)
        owners = frozenset() if by_choice else systems
        need = self.needs[row.pk]
        evidence = self._evidence(row, need, systems, by_choice=by_choice)
        state, missing = judge(need, evidence, self.scope.as_of)
        control = Control(
            provision=row.pk,
            framework=row.framework_id,
            reference=cited(row.reference, row.file),
            title=shipped(row.title, row.file),
            kind=row.kind,
            applies="yes",
            state=state,
            evidence=evidence,
            through=self.crosswalk.through(row.pk, need, self._on_record(owners), self.needs),
            newest=max((one.newest for one in evidence if one.newest), default=None),
            fresh_until=min((one.fresh_until for one in evidence if one.fresh_until), default=None),
            owner=self._owner(need.owner, owners),
            missing=missing,
            need=need,
            wanted=shipped(str(row.document.get("evidence", "")), row.file),
            only_where=shipped(str(row.document.get("only_where", "")), row.file),
            text=str(row.document.get("text", "")) if row.file == FILE else "",
            parent=row.parent,
        )
        if owing is not None:
            return self._legal(control, row, owing)
        return control if concerned is None else self._conditional(control, row, concerned)

    def _owing(self, row: Provision) -> Mapping[UUID, Obligation] | None:
        """Return who owes a provision of the Act; None where no classification decides it."""
        if row.framework_id != AI_ACT:
            return None
        kind, bound_to = ANNEX_IV
        return self.ground.owing.get(bound_to if row.kind == kind else row.pk, {})

    def _concerned(
        self, row: Provision, owing: Mapping[UUID, Obligation] | None
    ) -> Mapping[UUID, Applies] | None:
        """Return the systems that it concerns, by law or its own condition; None for all."""
        if owing is None:
            return concerned_by(row, self.ground.systems)
        return {key: of_system(one) for key, one in owing.items()}

    def _legal(self, one: Control, row: Provision, owing: Mapping[UUID, Obligation]) -> Control:
        applies, due = applies_of(owing.values())
        law = dated(row, self.ground.law, self.scope.as_of, owing)
        owed = Counter(of_system(it) for it in owing.values())
        one = replace(one, applies=applies, due=due, owing=dict(owed), law=law)
        return one if applies != "no" else _nobody(one, nobody_owes(len(self.ground.systems)))

    def _conditional(
        self, one: Control, row: Provision, concerned: Mapping[UUID, Applies]
    ) -> Control:
        said = Counter(concerned.values())
        one = replace(one, owing=dict(said), applies="yes" if said["yes"] else "open")
        return one if said else _nobody(replace(one, applies="no"), nobody_words(row))

    def _evidence(
        self, row: Provision, need: Need, systems: frozenset[UUID], *, by_choice: bool
    ) -> tuple[Evidence, ...]:
        names = [name for name in need.sources if name != ATTACHED]
        found = [self._one(name, systems, need.days) for name in names]
        if by_choice:
            pairs = zip(names, found, strict=True)
            found = [self._by_choice(name, one, need.days) for name, one in pairs]
        attached = self.uploads.get(f"{UPLOADED}:{row.pk}")
        if attached is not None:
            found.append(shortened(replace(attached, source=ATTACHED), need.days))
        elif ATTACHED in need.sources and not by_choice:
            everybody = self._owner(need.owner, frozenset(self.ground.systems))
            found.append(not_attached(row, everybody))
        return tuple(found)

    def _one(self, name: str, systems: frozenset[UUID], days: int | None = None) -> Evidence:
        key = (name, systems, days)
        if key not in self.made:
            source = self.map.sources[name]
            found = self.found.get(name, Found())
            places = self._places(source)
            self.made[key] = evidence_of(source, found, self._of(systems), places, days)
        return self.made[key]

    def _by_choice(self, name: str, one: Evidence, days: int | None) -> Evidence:
        """Return what is kept of a provision that nobody owes; that nothing is, is no gap."""
        key = (f"{name}, kept", frozenset(self.ground.systems), days)
        if key not in self.made:
            self.made[key] = kept_by_choice(one)
        return self.made[key]

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
        return names_of(names) or worded("nobody holds the role: {role}", role=role_told(role))

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


def _nobody(one: Control, reason: str) -> Control:
    return replace(one, state="not_applicable", missing=(), reason=reason)


def _path(page: str) -> str:
    try:
        return reverse(page, args=[SLUG]) if page.startswith("system-") else reverse(page)
    except NoReverseMatch:
        return ""
