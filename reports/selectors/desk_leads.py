"""The desk as a digest begins with it: enough to decide whether to sign in."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from outbox.languages import known, speaking, spoken
from outbox.rules.leads import Lead, LeadItem
from registry.models import User
from registry.rules.instants import with_zone
from reports.rules.desk import Desk, Task
from reports.selectors.desk import desk_of

MOST_STEPS = 5


def lead_for(person_id: UUID, at: datetime) -> Lead | None:
    """Return what a person's digest begins with, None for nobody or a machine."""
    user = User.objects.filter(pk=person_id, is_active=True, kind=User.Kind.PERSON).first()
    if user is None:
        return None
    with speaking(user.language):
        found = desk_of(user=user, at=at)
        own = [task for task in found.tasks if task.mine]
        return Lead(
            sentence=str(found.headline),
            heading=_("Waits for you, the nearest deadline first:"),
            steps=[_step(task, ZoneInfo(user.zone)) for task in own[:MOST_STEPS]],
            more=_more(found, own),
            url=f"{settings.PUBLIC_URL}/",
            told=_("What you were to be told"),
            language=known(user.language),
        )


def _step(task: Task, zone: ZoneInfo) -> LeadItem:
    step = (
        _("%(step)s by %(when)s") % {"step": task.step, "when": spoken(with_zone(task.due, zone))}
        if task.due
        else task.step
    )
    about = [task.number, task.system, spoken(task.severity.capitalize())]
    return LeadItem(
        title=task.title,
        about=" · ".join(part for part in about if part),
        step=step,
        url=f"{settings.PUBLIC_URL}{task.url}",
    )


def _more(found: Desk, own: Sequence[Task]) -> str:
    """Say what else waits beyond the steps that are named."""
    parts = []
    left = len(own) - MOST_STEPS
    if left > 0:
        more = ngettext(
            "%(count)d more case waits for you.", "%(count)d more cases wait for you.", left
        )
        parts.append(more % {"count": left})
    if found.also:
        count = len(found.also)
        also = ngettext(
            "%(count)d other thing waits for you.", "%(count)d other things wait for you.", count
        )
        parts.append(also % {"count": count})
    if not own:
        parts.append(_("No case needs you now."))
    return " ".join(parts)
