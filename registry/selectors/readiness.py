"""The registry's own checks at the gates of a system's life."""

from collections.abc import Sequence
from datetime import datetime

from registry.gates import Gap
from registry.models import System, SystemVersion
from registry.selectors.systems import live_deployment


def classified(system: System, at: datetime) -> Sequence[Gap]:
    """Before it is assessed: its legal class and its purpose are written down."""
    gaps = []
    if system.legal_class == System.LegalClass.UNDECIDED:
        gaps.append(Gap("The legal class is not decided yet.", _page(system)))
    if not system.purpose.strip():
        gaps.append(Gap("The purpose is not written down.", _page(system)))
    return gaps


def permitted(system: System, at: datetime) -> Sequence[Gap]:
    """Before it is approved or runs: it is no prohibited practice (AI Act Art. 5)."""
    if system.legal_class != System.LegalClass.PROHIBITED:
        return []
    return [Gap("It is a prohibited practice (AI Act Art. 5): it may not run.", _page(system))]


def has_approved_version(system: System, at: datetime) -> Sequence[Gap]:
    """Before a pilot: one version is approved."""
    if _approved(system):
        return []
    return [Gap("No version is approved.", _page(system))]


def runs_with_fallback(system: System, at: datetime) -> Sequence[Gap]:
    """Before production: an approved version is live there, and the fallback is named (REG-2)."""
    live = live_deployment(system_id=system.pk)
    if live is None:
        return [Gap("No version is live in production.", _page(system))]
    if live.version.state != SystemVersion.State.APPROVED:
        return [Gap(f"Version {live.version.label} is no longer approved.", _page(system))]
    if live.fallback_id is None and _approved(system) > 1:
        return [Gap("No version to fall back to is named.", _page(system))]
    return []


def _approved(system: System) -> int:
    rows = SystemVersion.objects.filter(system=system, state=SystemVersion.State.APPROVED)
    return rows.count()


def _page(system: System) -> str:
    return f"/systems/{system.slug}/"
