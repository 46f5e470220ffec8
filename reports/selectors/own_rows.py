"""Own frameworks as provisions: the rows that the registry holds of them, those of an instant."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from ledger.rules.worded import word, worded
from registry.models import CrosswalkPair, Framework, Provision, System
from reports.models import OwnFramework
from reports.rules.controls import Applies
from reports.rules.own_documents import OwnControl, OwnFrameworkDocument, condition_words

# The file that rows of own frameworks are of, beside those of the reference data.
FILE = "own"
UNDECIDED = System.LegalClass.UNDECIDED
NOBODY = word("By its own condition it concerns none of these systems: only {words}.")


def document_of(row: OwnFramework) -> OwnFrameworkDocument:
    """Return what was understood of a version."""
    return msgspec.convert(row.document, OwnFrameworkDocument)


def framework_row(found: OwnFrameworkDocument) -> Framework:
    """Return the framework as the registry keeps it, not saved."""
    return Framework(
        id=found.id,
        name=found.name,
        edition=found.edition,
        kind=found.kind,
        about=found.about,
        file=FILE,
        checked="no",
    )


def provision_rows(found: OwnFrameworkDocument) -> list[Provision]:
    """Return the controls as the registry keeps them, not saved; ids begin with the framework's."""
    return [_provision(found, one, place) for place, one in enumerate(found.controls)]


def provision_id(framework: str, control: str) -> str:
    """Return the id of a control's provision."""
    return f"{framework}.{control}"


def rows_then(rows: Sequence[Provision]) -> list[Provision]:
    """Return provisions with those of own frameworks as their versions in force say.

    Within `as_it_was` those of then; one query.
    """
    kept = [one for one in rows if one.file != FILE]
    for row in OwnFramework.objects.filter(state=OwnFramework.State.IN_FORCE).order_by("key"):
        kept += provision_rows(document_of(row))
    return kept


def own_frameworks_then() -> list[Framework]:
    """Return own frameworks as their versions in force say; within `as_it_was` those of then."""
    rows = OwnFramework.objects.filter(state=OwnFramework.State.IN_FORCE).order_by("key")
    return [framework_row(document_of(row)) for row in rows]


def concerned_by(row: Provision, systems: Mapping[UUID, System]) -> dict[UUID, Applies] | None:
    """Return the systems that an own control concerns; None where it concerns all of them.

    What nobody has decided of a system yet is open, never no.
    """
    asked = row.document.get("applies_to") if row.file == FILE else None
    if not asked:
        return None
    found = {key: _concerns(asked, one) for key, one in systems.items()}
    return {key: said for key, said in found.items() if said != "no"}


def nobody_words(row: Provision) -> str:
    """Say why none of the systems is concerned."""
    return worded(NOBODY, words=condition_words(row.document["applies_to"]))


def own_pairs(rows: Sequence[Provision]) -> list[tuple[str, str, CrosswalkPair]]:
    """Return what own controls are aligned with: (control, provision, pair that says so)."""
    return [
        (
            row.pk,
            one["to"],
            CrosswalkPair(
                id=f"{row.pk[:8]}-{place}",
                confidence=one["confidence"],
                why=one["why"],
                checked="own",
                file=FILE,
            ),
        )
        for row in rows
        for place, one in enumerate(row.document.get("aligned", ()) if row.file == FILE else ())
    ]


def _provision(found: OwnFrameworkDocument, one: OwnControl, place: int) -> Provision:
    return Provision(
        id=provision_id(found.id, one.id),
        framework_id=found.id,
        parent=provision_id(found.id, one.parent) if one.parent else "",
        kind=one.kind,
        reference=one.number,
        title=one.title,
        document=_document(one),
        file=FILE,
        place=place,
        checked="no",
    )


def _document(one: OwnControl) -> dict[str, Any]:
    said: dict[str, Any] = {
        "text": one.text,
        "evidence": one.shown_by,
        "wants": list(one.wants),
        "owner": one.owner,
        "fresh_days": one.fresh_days,
        "only_where": condition_words(one.applies_to),
        "applies_to": one.applies_to,
        "aligned": msgspec.to_builtins(one.crosswalk),
    }
    return {name: value for name, value in said.items() if value}


def _concerns(asked: Mapping[str, Sequence[str]], one: System) -> Applies:
    is_open = "law" in asked and one.legal_class == UNDECIDED
    has = {"kinds": one.kind, "risk": one.risk_tier, "law": one.legal_class, "stage": one.lifecycle}
    said = [is_open and name == "law" or has[name] in words for name, words in asked.items()]
    if not all(said):
        return "no"
    return "open" if is_open else "yes"
