"""One reading of the record for all controls: every source is asked once, in one statement."""

from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from msgspec.structs import replace

from incidents.selectors.instances import asked_columns, instances_of, most_columns
from ledger.rules.worded import worded
from ledger.selectors.at_once import at_once
from registry.models import Framework, Provision
from registry.rules.obligations import Obligation
from registry.rules.recorded_roles import role_told
from registry.rules.shipped import cited, shipped
from registry.selectors.law import IN_FORCE
from reports.rules.controls import (
    ATTACHED,
    Applies,
    Control,
    ControlScope,
    Need,
    judge,
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
    not_attached,
    stated_asked,
    stated_told,
    uploads_asked,
    uploads_told,
)
from reports.selectors.applying import applies_of, dated, nobody_owes, of_system
from reports.selectors.control_ground import (
    PROVISION,
    Ground,
    footing_of,
    ground_asked,
    ground_told,
    subjects_of,
)
from reports.selectors.control_map import control_map, need_of
from reports.selectors.crosswalk import Crosswalk, crosswalk_asked, crosswalk_of_all
from reports.selectors.evidence_sources import known_sources, sources_asked, sources_told
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
FRAMEWORK = {"": most_columns(Framework)}
KINDS = ("obligation", "annex_iv", "clause", "control", "category")


def control_provisions() -> QuerySet[Provision]:
    """Return every provision that is a control, in the order of its framework."""
    rows = Provision.objects.filter(IN_FORCE, kind__in=KINDS, status="")
    return rows.order_by("framework_id", "place", "pk")


class Reading:
    """One reading of the record: what the sources found, and evidence made of it once."""

    def __init__(self, scope: ControlScope) -> None:
        self.scope = scope
        footing = footing_of(scope)
        every = frozenset(known_sources())
        answers = at_once(
            {
                **ground_asked(footing),
                **sources_asked(footing, wanted=every),
                "provisions": asked_columns(control_provisions(), PROVISION),
                "frameworks": asked_columns(Framework.objects.filter(IN_FORCE), FRAMEWORK),
                "crosswalk": crosswalk_asked(),
                "uploads": uploads_asked(scope),
                "stated": stated_asked(scope.as_of),
            }
        )
        self.ground: Ground = ground_told(footing, answers)
        shipped_rows = instances_of(Provision, PROVISION, answers["provisions"])
        self.known = instances_of(Framework, FRAMEWORK, answers["frameworks"])
        self.own = own_frameworks_then() if scope.past else []
        self.rows = rows_then(shipped_rows) if scope.past else shipped_rows
        self.needs: dict[str, Need] = {row.pk: need_of(row) for row in self.rows}
        self.map = control_map()
        wanted = frozenset(name for need in self.needs.values() for name in need.sources)
        self.found: dict[str, Found] = sources_told(self.ground, answers, wanted=wanted)
        self.uploads = {one.source: one for one in uploads_told(answers["uploads"])}
        self.crosswalk: Crosswalk = crosswalk_of_all(self.rows, answers["crosswalk"])
        self.stated = stated_told(answers["stated"])
        self.subjects = {one.id: one for one in subjects_of(list(self.ground.systems.values()))}
        self.made: dict[tuple[str, frozenset[UUID], int | None], Evidence] = {}
        self.places: dict[str, Places] = {}
        self.on_record: dict[frozenset[UUID], dict[str, bool]] = {}

    def frameworks(self) -> list[Framework]:
        """Return the frameworks that have controls."""
        having = {row.framework_id for row in self.rows}
        rows = [row for row in self.known if row.pk in having]
        if self.scope.past:
            rows = [row for row in rows if row.file != FILE] + self.own
        return in_order(rows)

    def controls(self, framework: str) -> list[Control]:
        """Return the controls of a framework."""
        stated = self.stated.get(framework, {})
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
        names = self.ground.roles.people.get(role, "")
        return names or worded("nobody holds the role: {role}", role=role_told(role))

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


def in_order(rows: Iterable[Framework]) -> list[Framework]:
    """Return frameworks as pages show them: laws, standards, guidelines, own ones."""
    order = {"law": 0, "standard": 1, "guideline": 2}
    return sorted(rows, key=lambda row: (order.get(row.kind, 3), row.name))


def _nobody(one: Control, reason: str) -> Control:
    return replace(one, state="not_applicable", missing=(), reason=reason)


def _path(page: str) -> str:
    try:
        return reverse(page, args=[SLUG]) if page.startswith("system-") else reverse(page)
    except NoReverseMatch:
        return ""
