"""The way from nothing to a first system that is watched, as the record has it at this moment.

Nothing is kept of it: a step is done when what it makes is there, and open again without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.models import Drill
from governance.selectors.pages.first_steps_seen import Seen, look_at
from governance.selectors.permissions import RULE_APPROVERS, RULE_WRITERS
from registry.models import RoleAssignment, System, Unit, User
from registry.rules.permits import PERMITS, in_words
from registry.selectors.people import in_force
from registry.selectors.systems import samples_shown
from registry.selectors.units import units_above, units_below

State = Literal["done", "next", "waits", "later"]
NEEDED_ROLES = ("compliance", "executive", "secretary")
LEAST_PEOPLE = 4
# The cookie by which a reader says that their desk offers this no more.
HIDDEN = "first_steps"
LEAST_SEATS = 3
LEAST_KPIS, MOST_KPIS = 3, 5


@dataclass(frozen=True, slots=True)
class Step:
    """One step: why, what is there, and where it is done; `who` does it or is waited for."""

    key: str
    title: str
    why: str
    state: State
    found: str
    who: str
    url: str
    act: str
    may: bool


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """The whole way of one organisation."""

    unit: Unit
    steps: Sequence[Step]
    system: System | None
    samples: Sequence[System] = ()

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(step.state == "done" for step in self.steps)

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left."""
        return self.done == len(self.steps)

    @property
    def primary(self) -> str:
        """The key of the one step that its reader takes now, '' where it is somebody else's."""
        open_now = (step.key for step in self.steps if step.may and step.state in ("waits", "next"))
        return next(open_now, "")

    @property
    def next(self) -> Step | None:
        """The step to take now, None where all are done or wait for somebody."""
        return next((step for step in self.steps if step.state == "next"), None)


def organisation_of(*, user: User, at: datetime) -> Unit | None:
    """Return the highest unit that is a person's own or that they hold a role for; None for none.

    What lies above it or beside it is not theirs to set up.
    """
    held = RoleAssignment.objects.filter(in_force(at), user=user, unit__isnull=False)
    known = list(
        dict.fromkeys([user.unit_id, *held.order_by("pk").values_list("unit_id", flat=True)])
    )
    places = [
        (len(units_above(unit_id=one)), number, one) for number, one in enumerate(known) if one
    ]
    if not places:
        return None
    found: Unit | None = Unit.objects.filter(pk=min(places)[2]).first()
    return found


def first_steps_of(*, unit: Unit, reader: User, at: datetime) -> FirstSteps:
    """Return the way of a unit with all below it, as a person may go it.

    Counts and names are of that organisation; the first system is the oldest that is no sample.
    """
    seen = look_at(unit, reader, at)
    made = [call(seen) for call in STEPS]
    steps: list[Step] = []
    for step in made:
        steps.append(_placed(step, steps))
    samples = samples_shown().filter(unit_id__in=units_below(unit_ids=[unit.pk]))
    return FirstSteps(unit, steps, seen.system, list(samples))


def _placed(step: Step, before: Sequence[Step]) -> Step:
    """Let a step that is open come after the open ones before it: one is next at a time."""
    if step.state != "next" or all(one.state in ("done", "waits") for one in before):
        return step
    return Step(**{name: getattr(step, name) for name in step.__slots__} | {"state": "later"})


def _people(seen: Seen) -> Step:
    missing = [role for role in NEEDED_ROLES if not seen.holders.get(role)]
    enough = seen.people >= LEAST_PEOPLE and not missing
    found = ngettext("%(n)d person", "%(n)d people", seen.people) % {"n": seen.people}
    if missing:
        found = _("%(people)s; still missing: %(roles)s.") % {
            "people": found,
            "roles": ", ".join(in_words([role]) for role in missing),
        }
    return Step(
        key="people",
        title=_("Invite the people and give them roles"),
        why=_(
            "Nobody decides alone here: whoever answers for a system, whoever checks it and "
            "whoever decides are different people."
        ),
        state="done" if enough else "next",
        found=found,
        who=seen.names(["administrator"]),
        url=reverse("first-steps-people"),
        act=_("Invite people"),
        may="administrator" in seen.held(),
    )


def _profile(seen: Seen) -> Step:
    policy, held = seen.policy, seen.held()
    state: State = "next"
    found, who, act = "", seen.names(RULE_WRITERS), _("Choose a profile")
    may = bool(held & set(RULE_WRITERS))
    if policy is not None:
        waits = policy.approved_by_id is None
        state = "waits" if waits else "done"
        words = (
            _("%(profile)s, version %(n)d: its values are examples until somebody else confirms.")
            if waits
            else _("%(profile)s, version %(n)d, confirmed.")
        )
        found = words % {"profile": policy.profile, "n": policy.number}
        if waits:
            who = seen.names(RULE_APPROVERS, but=policy.author_id)
            act = _("Look at it and confirm")
            may = bool(held & set(RULE_APPROVERS)) and policy.author_id != seen.reader.pk
    return Step(
        key="profile",
        title=_("Choose a profile: severity, times, who is told"),
        why=_(
            "It says how bad a breach is, how long each step may take, and who hears of it when "
            "nobody acts. You change it later, by two persons."
        ),
        state=state,
        found=found,
        who=who,
        url=reverse("first-steps-profile"),
        act=act,
        may=may,
    )


def _committee(seen: Seen) -> Step:
    seats = seen.bodies.get("committee", 0)
    done = seats >= LEAST_SEATS and "executive" in seen.bodies
    found = ngettext("%(n)d seat", "%(n)d seats", seats) % {"n": seats} if seats else ""
    return Step(
        key="committee",
        title=_("Found the committee, with its quorum"),
        why=_(
            "What a breach means for the people affected is decided by several, on record. "
            "Above it stand the executives, where it cannot decide."
        ),
        state="done" if done else "next",
        found=found,
        who=seen.names(RULE_WRITERS),
        url=reverse("first-steps-committee"),
        act=_("Found the committee"),
        may=bool(seen.held() & set(RULE_WRITERS)),
    )


def _system(seen: Seen) -> Step:
    roles = PERMITS["register"].roles
    return Step(
        key="system",
        title=_("Register the first system"),
        why=_("Somebody answers for it, somebody stands in, and it says what it is for."),
        state="done" if seen.system else "next",
        found=seen.system.name if seen.system else "",
        who=seen.names(roles),
        url=reverse("first-steps-system"),
        act=_("Use a template"),
        may=bool(seen.held() & roles),
    )


def _kpis(seen: Seen) -> Step:
    roles = PERMITS["threshold.draft"].roles
    found = ngettext("%(n)d KPI", "%(n)d KPIs", seen.kpis) % {"n": seen.kpis} if seen.kpis else ""
    return Step(
        key="kpis",
        title=_("Choose three to five KPIs, with bands"),
        why=_(
            "One for each way in which it can go wrong: quality, risk, speed, cost, use. More "
            "than five nobody reads."
        ),
        state="done" if seen.kpis >= LEAST_KPIS else "next",
        found=found,
        who=seen.names(roles),
        url=_of_system(seen, "first-steps-kpis"),
        act=_("Choose from what is proposed"),
        may=seen.system is not None and bool(seen.held() & roles),
    )


def _thresholds(seen: Seen) -> Step:
    roles = PERMITS["threshold.approve"].roles
    authors = {one.author_id for one in seen.drafts}
    done = seen.active >= LEAST_KPIS and not seen.drafts
    # Of several authors each may approve what the other drafted.
    own = next(iter(authors)) if len(authors) == 1 else None
    found = [
        ngettext("%(n)d in force", "%(n)d in force", seen.active) % {"n": seen.active},
    ]
    if seen.drafts:
        waits = ngettext("%(n)d waits for approval", "%(n)d wait for approval", len(seen.drafts))
        found.append(waits % {"n": len(seen.drafts)})
    return Step(
        key="thresholds",
        title=_("Have the thresholds approved by a second person"),
        why=_("Whoever draws a line does not also agree to it. From then on readings are judged."),
        state="done" if done else "waits" if seen.drafts else "next",
        found=", ".join(found) if seen.active or seen.drafts else "",
        who=seen.names(roles, but=own),
        url=_of_system(seen, "system-thresholds"),
        act=_("Read and approve"),
        may=bool(seen.drafts) and bool(seen.held() & roles) and own != seen.reader.pk,
    )


def _rehearsal(seen: Seen) -> Step:
    roles = PERMITS["drill.run"].roles
    runs = seen.drills.get(Drill.State.RUNNING)
    url = reverse("drill", args=[runs]) if runs else _drill_url(seen)
    found = _("one runs now") if runs else ""
    return Step(
        key="rehearsal",
        title=_("Rehearse a breach, from the call to the close"),
        why=_(
            "The real ladder and the real people, marked DRILL wherever it shows. No figure counts "
            "it, nothing that is decided changes the system, and its report says what was missing."
        ),
        state="done" if Drill.State.ENDED in seen.drills else "next",
        found=_("one was held") if Drill.State.ENDED in seen.drills else found,
        who=seen.names(roles),
        url=url,
        act=_("Open the rehearsal") if runs else _("Start the rehearsal"),
        may=seen.system is not None and bool(seen.held() & roles),
    )


def _of_system(seen: Seen, name: str) -> str:
    return reverse(name, args=[seen.system.slug]) if seen.system else ""


def _drill_url(seen: Seen) -> str:
    if seen.system is None:
        return ""
    given = {
        "system": seen.system.slug,
        "severity": "moderate",
        "factor": "1440",
        "purpose": _(
            "Our first rehearsal: a reading leaves its band, and everybody does their step."
        ),
    }
    return f"{reverse('drills')}?{urlencode(given)}"


STEPS = (_people, _profile, _committee, _system, _kpis, _thresholds, _rehearsal)
