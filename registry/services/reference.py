"""The law as data: loaded from files of the project, a version at a time."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.canonical import canonical
from ledger.rules.refusals import Conflict, Invalid
from ledger.services.entries import append_entry
from registry.models import ClockRule, ReferenceRelease
from registry.services.retention import load_retention

FILE = Path(__file__).resolve().parent.parent / "reference" / "clock_rules.yaml"
FIELDS = (
    "regime",
    "limb",
    "basis",
    "question",
    "hours",
    "status",
    "statutory_from",
    "applies_to",
    "source",
    "checked",
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a release changed, by id; `repeated` when it had been loaded before."""

    name: str
    version: str
    repeated: bool = False
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


def load_reference(*, actor: Actor, at: datetime) -> Loaded:
    """Load the reference data that this floor ships; returns what became of the clock rules."""
    load_retention(actor=actor, at=at)
    return load_clock_rules(document=read_document(FILE), actor=actor, at=at)


def read_document(path: Path) -> dict[str, Any]:
    """Read a reference file. Raises Invalid when it is no document with name and version."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or not {"name", "version"} <= document.keys():
        raise Invalid("bad_reference", f"{path.name} has no name and version.")
    return document


@transaction.atomic
def load_clock_rules(*, document: Mapping[str, Any], actor: Actor, at: datetime) -> Loaded:
    """Bring the clock rules to a release; the same one again changes nothing.

    A rule that the release no longer holds stays and is marked superseded, for clocks that run by
    it. Raises Invalid (a rule without its fields), Conflict (a known version, other content).
    """
    rules = [_rule_of(row) for row in document["rules"]]
    digest = hashlib.sha256(canonical({"rules": rules})).hexdigest()
    name, version = str(document["name"]), str(document["version"])
    if _known(name, version, digest):
        return Loaded(name=name, version=version, repeated=True)
    before = {rule.pk: _kept_of(rule) for rule in ClockRule.objects.select_for_update()}
    for rule in rules:
        values = {key: rule[key] for key in FIELDS} | {"superseded_in": ""}
        ClockRule.objects.update_or_create(pk=rule["id"], defaults=values)
    after = {rule["id"]: rule for rule in rules}
    gone = sorted(key for key in before if key not in after)
    ClockRule.objects.filter(pk__in=gone, superseded_in="").update(superseded_in=version)
    loaded = _compared(name, version, before, after, gone)
    ReferenceRelease.objects.create(name=name, version=version, sha256=digest, loaded_at=at)
    append_entry(
        verb="reference.loaded",
        actor=actor,
        at=at,
        subject=("reference", f"{name}@{version}", f"{name} {version}"),
        after={"sha256": digest, "rules": len(rules)},
        details=loaded.details,
    )
    return loaded


def _rule_of(row: Mapping[str, Any]) -> dict[str, Any]:
    missing = [key for key in ("id", *FIELDS) if key not in row]
    if missing:
        words = f"The rule {row.get('id', '?')!r} has no {missing[0]}."
        raise Invalid("bad_reference", words, fields={missing[0]: "missing"})
    if row["statutory_from"] is not None and not isinstance(row["statutory_from"], date):
        raise Invalid("bad_reference", f"The rule {row['id']!r} has no date in statutory_from.")
    return {key: row[key] for key in ("id", *FIELDS)}


def _known(name: str, version: str, digest: str) -> bool:
    release = ReferenceRelease.objects.filter(name=name, version=version).first()
    if release is not None and release.sha256 != digest:
        raise Conflict(
            "reference_changed",
            f"{name} {version} was loaded with other content; give the new one its own version.",
        )
    return release is not None


def _kept_of(rule: ClockRule) -> dict[str, Any]:
    return {"id": rule.pk} | {key: getattr(rule, key) for key in FIELDS}


def _compared(
    name: str,
    version: str,
    before: Mapping[str, dict[str, Any]],
    after: Mapping[str, dict[str, Any]],
    gone: Sequence[str],
) -> Loaded:
    changed = sorted(key for key in after if key in before and before[key] != after[key])
    return Loaded(
        name=name,
        version=version,
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(changed),
        superseded=tuple(gone),
        details={
            "added": sorted(after.keys() - before.keys()),
            "superseded": list(gone),
            "changed": {key: _difference(before[key], after[key]) for key in changed},
        },
    )


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {key: [old[key], new[key]] for key in FIELDS if old[key] != new[key]}
