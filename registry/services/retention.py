"""Retention rules: loaded as data, changed by the organisation, never below the legal floor."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.canonical import canonical
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import ReferenceRelease, RetentionRule
from registry.services.access import require_anywhere

FILE = Path(__file__).resolve().parent.parent / "reference" / "retention.yaml"
LONGEST_DAYS = 36_600
TEXTS = (
    "name",
    "holds",
    "counted_from",
    "longer",
    "bases",
    "drops",
    "fixed",
    "personal",
    "floor_days",
)


@transaction.atomic
def load_retention(*, actor: Actor, at: datetime, path: Path = FILE) -> int:
    """Bring the retention rules to the release of a file, and return how many changed.

    What the organisation has set stays, unless the new floor lies above it. A rule that the file no
    longer holds stays. Raises Conflict (a known version, other content), Invalid.
    """
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    name, version = str(document["name"]), str(document["version"])
    rules = [_checked(row, place) for place, row in enumerate(document["rules"])]
    digest = hashlib.sha256(canonical({"rules": rules})).hexdigest()
    if _known(name, version, digest):
        return 0
    release = ReferenceRelease(name=name, version=version, sha256=digest, loaded_at=at)
    release.save(force_insert=True)
    changed = [row["kind"] for row in rules if _put(row, version, at)]
    append_entry(
        verb="reference.loaded",
        actor=actor,
        at=at,
        subject=("reference", f"{name}@{version}", f"{name} {version}"),
        after={"sha256": digest, "rules": len(rules)},
        details={"changed": changed},
        touched=[
            f"registry_referencerelease:{release.pk}",
            *(f"registry_retentionrule:{kind}" for kind in changed),
        ],
    )
    return len(changed)


@transaction.atomic
def set_retention(
    *, kind: str, keep_days: int, reason: str, actor: Actor, at: datetime
) -> RetentionRule:
    """Say how long a kind of record is kept, with the reason; by compliance.

    Raises Missing, Forbidden, Invalid for a time below the legal floor or without a reason.
    """
    rule = RetentionRule.objects.select_for_update(no_key=True).filter(pk=kind).first()
    if rule is None:
        raise Missing("unknown_rule", worded("There is no retention rule {kind!r}.", kind=kind))
    subject = ("retention", rule.pk, rule.name)
    require_anywhere(act="retention.set", actor=actor, at=at, subject=subject)
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    check_floor(rule, keep_days)
    before, rule.keep_days, rule.reason = rule.keep_days, keep_days, reason.strip()
    rule.save(at=at)
    append_entry(
        verb="retention.rule_set",
        actor=actor,
        at=at,
        subject=subject,
        before={"keep_days": before},
        after={"keep_days": keep_days},
        reason=reason.strip(),
        details={"floor_days": rule.floor_days},
        touched=[f"registry_retentionrule:{rule.pk}"],
    )
    return rule


def check_floor(rule: RetentionRule, keep_days: int) -> None:
    """Refuse a time below the legal floor, naming its bases, or of a fixed one. Raises Invalid."""
    if rule.fixed:
        words = worded(
            "{rule_name} go after {keep_days} days by design.",
            rule_name=rule.name,
            keep_days=rule.keep_days,
        )
        raise Invalid("fixed_rule", words, fields={"keep_days": words})
    if keep_days < rule.floor_days:
        bases = "; ".join(basis["source"] for basis in rule.bases)
        words = worded(
            "{rule_name} are kept for at least {floor_days} days ({bases}).",
            rule_name=rule.name,
            floor_days=rule.floor_days,
            bases=bases,
        )
        raise Invalid("below_floor", words, fields={"keep_days": words})
    if not 1 <= keep_days <= LONGEST_DAYS:
        words = worded("Between one day and {longest_days} days.", longest_days=LONGEST_DAYS)
        raise Invalid("no_such_time", words, fields={"keep_days": words})


def _put(row: Mapping[str, Any], version: str, at: datetime) -> bool:
    """Save a rule of the file where it differs; the organisation's own time stays if it may."""
    rule = RetentionRule.objects.select_for_update().filter(pk=row["kind"]).first()
    own = rule is not None and rule.keep_days != rule.shipped_days
    keep = max(rule.keep_days, row["floor_days"]) if rule and own else row["keep_days"]
    values = {key: row[key] for key in TEXTS} | {
        "keep_days": keep,
        "shipped_days": row["keep_days"],
        "place": row["place"],
    }
    if rule is not None and all(getattr(rule, key) == value for key, value in values.items()):
        return False
    made = rule or RetentionRule(kind=row["kind"])
    for key, value in values.items():
        setattr(made, key, value)
    made.release = version
    made.save(force_insert=rule is None, at=at)
    return True


def _checked(row: Mapping[str, Any], place: int) -> dict[str, Any]:
    missing = [key for key in ("kind", "keep_days", *TEXTS) if key not in row]
    if missing:
        words = worded(
            "The rule {get!r} has no {missing}.", get=row.get("kind", "?"), missing=missing[0]
        )
        raise Invalid("bad_reference", words, fields={missing[0]: "missing"})
    if row["keep_days"] < row["floor_days"]:
        raise Invalid(
            "below_floor", worded("The rule {kind!r} keeps less than its floor.", kind=row["kind"])
        )
    return {key: row[key] for key in ("kind", "keep_days", *TEXTS)} | {"place": place}


def _known(name: str, version: str, digest: str) -> bool:
    release = ReferenceRelease.objects.filter(name=name, version=version).first()
    if release is not None and release.sha256 != digest:
        raise Conflict(
            "reference_changed",
            worded(
                "{name} {version} was loaded with other content; give the new one its own version.",
                name=name,
                version=version,
            ),
        )
    return release is not None
