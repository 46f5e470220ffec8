"""What of cases, bands, versions and emergencies waits for a reader, as lines of the desk."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext as _

from governance.models import ThresholdVersion
from incidents.models import Incident, Transition
from incidents.rules.transitions import INVESTIGATING, OPEN, PARTY_ROLES, VALIDATION
from registry.models import BreakGlass, SystemVersion
from registry.rules.permits import SECOND_LINE
from reports.selectors.rights import Rights
from reports.selectors.waiting_lines import line

AGREEING = PARTY_ROLES["second_person"]
REVIEWING = frozenset({"compliance"})
UNANSWERED = (OPEN, INVESTIGATING, VALIDATION)
"""Where what the engine proposed has no answer by a validation yet."""


def own_waiting(rights: Rights) -> Iterator[Any]:
    """Return the lines of broken glass to review, withdrawals, and drafts of a second person."""
    yield _glasses(rights)
    yield from _withdrawals(rights)
    second = rights.holding(SECOND_LINE, "threshold__system__")
    bands = ThresholdVersion.objects.filter(second, state="draft").exclude(author=rights.person)
    label = _said("number", f" {_('of')} ", "threshold__name")
    yield line(
        "bands_approve", bands, at="valid_from", label=label,
        key="pk", who="author__name", system="threshold__system",
    )  # fmt: skip
    may = rights.holding(SECOND_LINE) | rights.owning()
    versions = SystemVersion.objects.filter(may, state="draft").exclude(author=rights.person)
    yield line(
        "version_approve", versions, at="created_at", label="label", key="pk", who="author__name"
    )


def _glasses(rights: Rights) -> Any:
    units, systems = rights.roles.reach(REVIEWING)
    rows = BreakGlass.objects.filter(
        Q(unit_id__in=units) | Q(system__unit_id__in=units) | Q(system_id__in=systems),
        reviewed_at__isnull=True,
    ).exclude(person=rights.person)
    return line(
        "glass_review", rows, at="review_due_at", label=Coalesce("system__name", "unit__name"),
        key="pk", who="person__name", system="", due="review_due_at",
    )  # fmt: skip


def _withdrawals(rights: Rights) -> Iterator[Any]:
    """Cases of which corrected readings leave nothing: who owns them looks, a second one agrees."""
    proposed = Transition.objects.filter(
        incident=OuterRef("pk"), cycle=OuterRef("cycle"), command="withdraw", person=None
    )
    waits = Incident.objects.filter(Exists(proposed), state__in=UNANSWERED)
    rows = waits.exclude(causes__corrected_at=None)
    own = Q(owner_id__in=rights.near) | Q(deputy_id__in=rights.near)
    units, systems = rights.roles.reach(AGREEING)
    second = Q(unit_id__in=units) | Q(system_id__in=systems)
    named: dict[str, Any] = {
        "at": "opened_at", "label": _said("number", " ", "title"), "key": "number",
        "due": "stage_due_at",
    }  # fmt: skip
    yield line("withdrawal_look", rows.filter(own), **named)
    yield line("withdrawal_agree", rows.filter(second).exclude(own), **named)


def _said(first: str, between: str, second: str) -> Concat:
    words = Value(between, output_field=TextField())
    return Concat(Cast(first, TextField()), words, second, output_field=TextField())
