"""Checks of a fallback: somebody tried whether going back works, and says how (REG-2)."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import FallbackCheck, System, SystemVersion
from registry.rules.identities import HEX
from registry.services.access import require_system_permit


@transaction.atomic
def record_fallback_check(
    *,
    system_id: UUID,
    version_id: UUID,
    environment: str = "production",
    passed: bool,
    how: str,
    evidence: str = "",
    evidence_sha256: str = "",
    tested_at: datetime,
    person_id: UUID,
    actor: Actor,
    at: datetime,
) -> FallbackCheck:
    """Record that a person tried to fall back to a version, with what came of it.

    The check counts from `tested_at`, for as long as registry.rules.fallbacks says. Raises
    Missing, Forbidden (role; in another's name), Invalid (to come, how, evidence).
    """
    system = System.objects.select_related("owner", "deputy").filter(pk=system_id).first()
    if system is None:
        raise Missing("unknown_system", "There is no such system that you may see.")
    require_system_permit(act="fallback.check", system=system, actor=actor, at=at)
    if actor.person is not None and actor.person != person_id:
        raise Forbidden("not_yours", "You record the checks that you did yourself.", recorded=True)
    version = SystemVersion.objects.filter(system=system, pk=version_id).first()
    if version is None:
        raise Missing(
            "unknown_version", worded("{system_name} has no such version.", system_name=system.name)
        )
    digest = evidence_sha256.strip().lower().removeprefix("sha256:")
    _check(how, evidence, digest, tested_at, at)
    check_id, result = uuid4(), "passed" if passed else "failed"
    number = append_entry(
        verb="fallback.checked",
        actor=actor,
        at=at,
        subject=("version", str(version.pk), f"{system.name} {version.label} in {environment}"),
        after={"result": result, "tested_at": tested_at, "environment": environment},
        reason=how,
        details={"check": check_id, "by": person_id, "evidence_sha256": digest},
        system_id=system.pk,
        touched=[f"registry_fallbackcheck:{check_id}"],
    )
    return FallbackCheck.objects.create(
        id=check_id,
        system=system,
        version=version,
        environment=environment,
        result=result,
        how=how,
        evidence=evidence,
        evidence_sha256=digest,
        person_id=person_id,
        tested_at=tested_at,
        recorded_at=at,
        entry_number=number,
    )


def _check(how: str, evidence: str, digest: str, tested_at: datetime, at: datetime) -> None:
    wrong = {}
    if not how.strip():
        wrong["how"] = "Say how it was tried."
    if not evidence.strip() and not digest:
        wrong["evidence"] = "Say what was seen, or give the SHA-256 of a protocol."
    if digest and not HEX.fullmatch(digest):
        wrong["evidence_sha256"] = "A SHA-256 in hex: 64 of 0-9 and a-f."
    if tested_at > at:
        wrong["tested_at"] = "This has not come yet."
    if wrong:
        raise Invalid("check_incomplete", " ".join(wrong.values()), fields=wrong)
