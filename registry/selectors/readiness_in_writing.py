"""Checks at the gates of a life: what must be agreed in writing before a system runs.

Classification (AI Act Art. 5, 6, 50), impact assessments (Art. 27), operating controls (REG-5).
"""

from collections.abc import Sequence
from datetime import datetime

from django.urls import NoReverseMatch, reverse

from ledger.rules.worded import term, word, worded
from registry.gates import Check, Gap
from registry.models import Classification, System
from registry.rules.statements import CONTROL_FIELDS
from registry.selectors.assessments import missing_assessments
from registry.selectors.classification import current_classification
from registry.selectors.completeness import controls_missing
from registry.selectors.profile import controls_in_force


def classification_confirmed(system: System, at: datetime) -> Sequence[Gap]:
    """Before every step towards use: two persons agree on the classification as it is today."""
    link, found = _link("classification", system), current_classification(system.pk)
    if found is None:
        return [Gap("No classification is confirmed by a second person.", link)]
    if found.state == Classification.State.CONFIRMED:
        return []
    why = found.reopened_because.strip().splitlines()
    told = f": {why[-1]}" if why else "."
    return [Gap(worded("The classification is to be looked at again{told}", told=told), link)]


def assessments_in_force(system: System, at: datetime) -> Sequence[Gap]:
    """Before use: the impact assessments that the Act asks for are in force (Art. 27)."""
    link = _link("assessments", system)
    return [
        Gap(_asked(one.kind, one.basis, decided=one.said == "yes"), link)
        for one in missing_assessments(system, at)
    ]


def controls_written(system: System, at: datetime) -> Sequence[Gap]:
    """Before use: operating controls are in force and say all that they must (REG-5).

    Who is on call is looked at by a check of its own.
    """
    told = tuple(f"{CONTROL_FIELDS[name]}." for name in ("on_call", "on_call_reach"))
    return [gap for gap in controls_missing(system) if not gap.words.endswith(told)]


def on_call(system: System, at: datetime) -> Sequence[Gap]:
    """Before production: somebody is on call who still works here, and can be reached."""
    controls, link = controls_in_force(system.pk), _link("profile", system)
    if controls is None or controls.on_call is None:
        return [Gap("Nobody is named as on call.", link)]
    gaps = []
    if not controls.on_call.is_active:
        gaps.append(Gap("Who is on call has left; name somebody else.", link))
    if not controls.on_call_reach.strip():
        gaps.append(Gap("It is not said how who is on call is reached.", link))
    return gaps


def _asked(kind: str, basis: str, *, decided: bool) -> str:
    usual = word("impact assessment")
    words = term({"fria": word("fundamental rights impact assessment")}.get(kind, usual))
    if decided:
        return worded("The {words} (AI Act {basis}) is not in force.", words=words, basis=basis)
    return worded(
        "Whether a {words} (AI Act {basis}) is needed is not decided; none is in force.",
        words=words,
        basis=basis,
    )


def _link(page: str, system: System) -> str:
    """The page where it is mended; the system's own where a topic has none."""
    try:
        return reverse(f"system-{page}", args=[system.slug])
    except NoReverseMatch:
        return f"/systems/{system.slug}/"


# By the step and the name under which pages show a check.
CHECKS: dict[tuple[str, str], Check] = {
    **{
        (edge, "classification confirmed"): classification_confirmed
        for edge in ("assess", "approve", "start_pilot", "go_live")
    },
    **{
        (edge, "impact assessments in force"): assessments_in_force
        for edge in ("start_pilot", "go_live")
    },
    **{(edge, "operating controls"): controls_written for edge in ("start_pilot", "go_live")},
    **{(edge, "on call"): on_call for edge in ("start_pilot", "go_live")},
}
