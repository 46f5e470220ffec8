"""A question of an auditor before it is asked: what it is about, and whether it can be."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from governance.services.requests import text_of
from ledger.rules.refusals import Invalid, Missing
from ledger.rules.worded import day_told, worded
from registry.models import System, Unit, User
from registry.selectors import systems_visible_to
from registry.selectors.units import units_in_scope
from reports.models import AuditQuestion

LONGEST = 20_000
KEYED = frozenset(AuditQuestion.About.values) - {""}


@dataclass(frozen=True, slots=True)
class Asking:
    """What an auditor asks: of a system or of a unit, about what, until when."""

    text: str
    due_at: datetime
    system_id: UUID | None = None
    unit_id: UUID | None = None
    about: str = ""
    about_key: str = ""


def checked_question(asking: Asking, end: datetime | None, at: datetime) -> str:
    """Return the text of a question that can be asked. Raises Invalid."""
    text = text_of(asking.text, "text", "Write the question.", longest=LONGEST)
    faults = _fault_of_due(asking.due_at, end, at) | _fault_of_about(asking)
    if faults:
        raise Invalid("question_not_right", next(iter(faults.values())), fields=faults)
    return text


def _fault_of_due(due_at: datetime, end: datetime | None, at: datetime) -> dict[str, str]:
    if due_at <= at:
        return {"due_at": "An answer is due after now."}
    if end is not None and due_at > end:
        return {
            "due_at": worded(
                "Your audit ends on {end}: ask for an answer until then.",
                end=day_told(end),
            )
        }
    return {}


def _fault_of_about(asking: Asking) -> dict[str, str]:
    if asking.about not in AuditQuestion.About.values:
        return {
            "about": worded("This is one of: {kinds}; or empty.", kinds=", ".join(sorted(KEYED)))
        }
    if asking.about and not asking.about_key.strip():
        return {"about_key": "Say which one it is."}
    if len(asking.about_key) > 120 or "\x00" in asking.about_key:
        return {"about_key": "This has at most 120 characters."}
    return {}


def scope_asked(asking: Asking, person: User, at: datetime) -> tuple[System | None, Unit | None]:
    """Return the system or the unit that is asked about. Raises Invalid, Missing."""
    if (asking.system_id is None) == (asking.unit_id is None):
        words = "Ask about one system, or about one unit."
        raise Invalid("one_scope", words, fields={"scope": words})
    if asking.system_id is not None:
        seen = systems_visible_to(user=person, at=at)
        system = seen.select_related("unit").filter(pk=asking.system_id).first()
        if system is None:
            raise Missing("unknown_system", "There is no such system that you may see.")
        return system, None
    reach = units_in_scope(user_ids=[person.pk], at=at)
    unit = Unit.objects.filter(pk__in=[one for one in reach if one == asking.unit_id]).first()
    if unit is None:
        raise Missing("unknown_unit", "There is no such unit that you may look into.")
    return None, unit
