"""The controls of the frameworks that a pack is asked along, judged as of its instant."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from registry.models import Framework
from reports.collectors.registered import collect_organisation
from reports.collectors.stated import lines_of, own_of, uploads_to, versions_of
from reports.rules.controls import Control, ControlScope, State, Through, Work, work_of
from reports.rules.evidence import SHOWN, Evidence
from reports.rules.folders import ALONG, ISO, WHOLE, folder_of, title_of, top_of
from reports.rules.frameworks import (
    AlignedRecord,
    ControlRecord,
    EvidenceRecord,
    FolderRecord,
    FrameworkRecord,
    Frameworks,
    LackingRecord,
    LackRecord,
)
from reports.rules.things import Scope
from reports.selectors.controls import control_frameworks, controls_by_framework

LAW = "law"
OPEN_STATES = ("partial", "stale", "missing")
STATEMENT_CLAUSE = "ISO-6.1.3"
NOT_LOADED = "The provisions of {name} are not loaded: nothing could be judged along it"
NO_STATEMENT = "No statement of applicability was adopted"
NAMES = {"ai-act": "the EU AI Act", "iso-42001": "ISO/IEC 42001", "nist-ai-rmf": "the NIST AI RMF"}


def collect_frameworks(scope: Scope) -> Frameworks:
    """Return the controls of the systems in scope; nothing for a pack of named matters.

    A constant number of queries for any number of systems.
    """
    known = {row.pk: row for row in control_frameworks(then=scope.as_of)}
    wanted = _along(scope, known)
    keys = [key for key in wanted if key in known]
    found = controls_by_framework(frameworks=keys, scope=_scope(scope)) if keys else {}
    evidence = _Keys(scope.as_of)
    along = [_framework(known[key], found[key], evidence, scope.as_of) for key in keys]
    lacking = [_not_loaded(key) for key in wanted if key not in known]
    lacking += [_no_statement(row) for row in along if row.id == ISO and not row.statement]
    lacking += _lacking([one for rows in found.values() for one in rows], known, scope.as_of)
    rows = collect_organisation(scope) if along else []
    provisions = [one.provision for row in along for one in row.controls]
    return Frameworks(
        along=along,
        evidence=evidence.records,
        lacking=lacking,
        rows=rows,
        uploads=uploads_to(provisions, recipient=scope.recipient, at=scope.as_of),
    )


def _along(scope: Scope, known: Iterable[str]) -> list[str]:
    """Return the ids of the frameworks; a matter is no ground to hand over the whole of them."""
    if scope.kind != WHOLE:
        return list(ALONG.get(scope.kind, ()))
    if any(one.incidents for one in scope.systems):
        return []
    shipped = [key for keys in ALONG.values() for key in keys]
    return shipped + [key for key in known if key not in shipped]


def _scope(scope: Scope) -> ControlScope:
    return ControlScope(
        system_ids=tuple(one.id for one in scope.systems),
        since=scope.since,
        until=scope.until,
        as_of=scope.as_of,
        past=True,
    )


class _Keys:
    """Each piece of evidence once, by a key: its source, numbered where it has several scopes."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.records: list[EvidenceRecord] = []
        self._known: dict[int, str] = {}
        # Holds what is known, so that no id comes twice.
        self._kept: list[Evidence] = []
        self._taken: set[str] = set()

    def of(self, one: Evidence) -> str:
        """Return the key of a piece of evidence."""
        if id(one) not in self._known:
            key = self._free(one.source)
            self._known[id(one)] = key
            self._kept.append(one)
            self.records.append(_evidence(one, key, self.at))
        return self._known[id(one)]

    def _free(self, source: str) -> str:
        key, number = source, 2
        while key in self._taken:
            key, number = f"{source}-{number}", number + 1
        self._taken.add(key)
        return key


def _evidence(one: Evidence, key: str, at: datetime) -> EvidenceRecord:
    return EvidenceRecord(
        key=key,
        source=one.source,
        kind=one.kind,
        label=str(one.label),
        level=one.level,
        standing=one.standing(at),
        count=one.count,
        newest=one.newest,
        fresh_until=one.fresh_until,
        covered=one.covered,
        of=one.of,
        coverage=str(one.coverage),
        gap=str(one.gap),
        idle=str(one.idle),
        owner=str(one.owner),
        page=one.path,
        systems=list(one.systems),
        lacks=[
            LackRecord(system=it.slug, lack=str(it.words), owner=str(it.owner)) for it in one.lacks
        ],
    )


def _framework(
    row: Framework, controls: Sequence[Control], evidence: _Keys, at: datetime
) -> FrameworkRecord:
    titles = {one.provision: one.title for one in controls}
    folders = dict.fromkeys(folder_of(row.pk, one.provision) for one in controls)
    stated = lines_of(row.pk, at)
    return FrameworkRecord(
        id=row.pk,
        name=row.name,
        edition=row.edition,
        kind=row.kind,
        path=top_of(row.pk),
        folders=[
            FolderRecord(path=it, title=title_of(row.pk, it, titles) or row.name) for it in folders
        ],
        controls=[_stated(_control(one, evidence), bool(stated)) for one in controls],
        statement=stated,
        statements=versions_of(row.pk, at),
        own=own_of(row.pk, at),
    )


def _control(one: Control, evidence: _Keys) -> ControlRecord:
    signed = one.signed_at is not None or bool(one.signed_by)
    return ControlRecord(
        provision=one.provision,
        number=str(one.reference),
        title=str(one.title),
        kind=one.kind,
        folder=folder_of(one.framework, one.provision),
        applies=one.applies,
        due=one.due,
        dated=list(one.law.words),
        owing=one.owing,
        state=one.state,
        by_law="" if signed else str(one.reason),
        reason=str(one.reason) if signed else "",
        signed_by=one.signed_by,
        signed_at=one.signed_at,
        asked=str(one.wanted),
        only_where=str(one.only_where),
        owner=str(one.owner),
        newest=one.newest,
        fresh_until=one.fresh_until,
        missing=list(map(str, one.missing)),
        rests_on=[evidence.of(piece) for piece in one.evidence],
        aligned=[_aligned(it) for it in one.through],
        text=one.text,
    )


def _stated(one: ControlRecord, adopted: bool) -> ControlRecord:
    """Return it; without a statement of applicability the clause that asks for one is not whole."""
    if adopted or one.provision != STATEMENT_CLAUSE or one.state == "not_applicable":
        return one
    state: State = "partial" if one.state in ("satisfied", "stale") else one.state
    return replace(one, state=state, missing=[*one.missing, NO_STATEMENT])


def _aligned(one: Through) -> AlignedRecord:
    return AlignedRecord(
        provision=one.provision,
        framework=one.framework,
        number=str(one.reference),
        title=str(one.title),
        confidence=one.confidence,
        because=str(one.why),
        checked=one.checked,
        shared=list(one.shared),
        more=list(one.more),
    )


def _lacking(
    controls: Sequence[Control], frameworks: Mapping[str, Framework], at: datetime
) -> list[LackingRecord]:
    """Return what controls wait for, each thing once, then what nothing can show yet."""
    by_id = {one.provision: one for one in controls}
    work = work_of(controls, at)
    named = {key for one in work for key in one.controls}
    found = [_waiting(one, [by_id[key] for key in one.controls], frameworks) for one in work]
    for one in controls:
        if one.state in OPEN_STATES and one.provision not in named:
            words = one.missing[0] if one.missing else "No source is known for it"
            lack = f"{one.reference}, {one.title}: {words}"
            state = _grave("missing", [one], frameworks)
            found.append(_named(lack, state, one.owner, [one]))
    return found


def _waiting(
    one: Work, controls: Sequence[Control], frameworks: Mapping[str, Framework]
) -> LackingRecord:
    lack = f"{one.label}: {one.words} For {_references(controls)}."
    return _named(lack, _grave(one.standing, controls, frameworks), one.owner, controls)


def _named(lack: str, state: str, owner: str, controls: Sequence[Control]) -> LackingRecord:
    dues = [one.due for one in controls if one.due is not None]
    keys = [one.provision for one in controls]
    # What waits for a duty that binds already has no day to wait for.
    sure = any(one.applies == "yes" and one.due is not None for one in controls)
    due = None if sure else min(dues, default=None)
    return LackingRecord(lack=lack, state=state, owner=str(owner), due=due, provisions=keys)


def _grave(standing: str, controls: Iterable[Control], frameworks: Mapping[str, Framework]) -> str:
    """Return critical where a law binds now and nothing is there, else warning."""
    binds = any(one.applies == "yes" and frameworks[one.framework].kind == LAW for one in controls)
    return "critical" if binds and standing == "missing" else "warning"


def _references(controls: Sequence[Control]) -> str:
    names = list(dict.fromkeys(one.reference for one in controls))
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _not_loaded(key: str) -> LackingRecord:
    lack = NOT_LOADED.format(name=NAMES.get(key, key))
    return LackingRecord(
        lack=lack, state="critical", owner="Administrator", due=None, provisions=[]
    )


def _no_statement(row: FrameworkRecord) -> LackingRecord:
    return LackingRecord(
        lack=f"{NO_STATEMENT} for {row.name}; every control counts as applicable",
        state="warning",
        owner="Compliance",
        due=None,
        provisions=[one.provision for one in row.controls if one.provision == STATEMENT_CLAUSE],
    )
