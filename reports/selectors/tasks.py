"""Incidents and watches as tasks of one reader."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from governance.models import Watch
from governance.selectors.cases import state_of_cause
from incidents.models import Incident, Validation
from incidents.rules.summaries import summary_told
from ledger.rules.worded import in_context, word
from outbox.languages import spoken
from reports.rules import figures
from reports.rules.desk import Root, Task
from reports.rules.steps import BUTTONS, LINES, Case, Reader, has_it, step_for
from reports.selectors.cases import OpenCase, RolesBySystem, case_of

GRAVITY = ("CRITICAL", "WARNING", "RECOVERING", "PENDING", "NO_DATA", "ERROR", "OK")
UNKNOWN = ("NO_DATA", "ERROR")
MOST_NAMED = 3
ACTING = frozenset(LINES)
OF_ROUND = ("vote", "cast", "certify", "convene")
"""The steps that are taken on the motion's page."""


def task_of_incident(
    opened: OpenCase, reader: Reader, roles: RolesBySystem, *, root: Root | None = None
) -> Task:
    """Return an incident as the reader's task, or as somebody's; `root` is what it comes from."""
    incident, case = opened.incident, case_of(opened)
    here = Reader(
        person=reader.person,
        principals=reader.principals,
        roles=roles.of(system_id=incident.system_id, unit_id=incident.unit_id),
    )
    step = step_for(case, here)
    who = holder(opened, case)
    return Task(
        key=f"incident:{incident.pk}",
        title=incident.title,
        url=incident_url(incident),
        text=summary_told(incident.kind, incident.summary),
        trail=" · ".join(_trail(opened, who, mine=step is not None)),
        mine=step is not None,
        breaches=max(1, len(opened.causes)) + opened.kin_breaches,
        severity=incident.severity,
        standing=worst_standing(opened),
        due=incident.stage_due_at,
        step=_(BUTTONS[step]) if step else "",
        step_url=step_url(opened, step),
        system=incident.system.name,
        system_url=f"/systems/{incident.system.slug}/",
        system_slug=incident.system.slug,
        cause=_cause(incident),
        who=who,
        waits_for=_awaited(case),
        number=incident.number,
        command=step or "",
        mark=incident.number if _may_act(here, case) else "",
        root=root,
    )


def task_of_watch(watch: Watch, reader: Reader) -> Task:
    """Return a watch: the owner's one line, or nothing to do."""
    system = watch.system
    mine = watch.state == Watch.State.OPEN and bool(
        reader.people & {system.owner_id, system.deputy_id}
    )
    awaited = "" if mine else _("one line from %(name)s") % {"name": system.owner.name}
    trail = (system.name, awaited, _("closes by itself on recovery"))
    return Task(
        key=f"watch:{watch.pk}",
        title=watch.title,
        url=f"/watches/{watch.pk}/",
        text=watch.line or watched_value(watch),
        trail=" · ".join(part for part in trail if part),
        mine=mine,
        breaches=1,
        standing="watch",
        due=watch.due_at if watch.state == Watch.State.OPEN else None,
        step=_(BUTTONS["answer_watch"]) if mine else "",
        step_url=f"/watches/{watch.pk}/",
        system=system.name,
        system_url=f"/systems/{system.slug}/",
        system_slug=system.slug,
        who=system.owner.name,
        waits_for=_("one line"),
        command="answer_watch" if mine else "",
        mark=f"watch:{watch.pk}" if mine else "",
    )


def _may_act(reader: Reader, case: Case) -> bool:
    """Whether the reader is of those who take several cases at once; each still has its guard."""
    if "auditor" in reader.roles:
        return False
    return bool(reader.people & case.owners or reader.roles & ACTING)


def incident_url(incident: Incident) -> str:
    """Return the address of an incident's page."""
    return f"/incidents/{incident.number}/"


def step_url(opened: OpenCase, step: str | None) -> str:
    """Return where the step is taken: the ballot's page, else the panel of the incident's page."""
    if step in OF_ROUND and opened.decision is not None:
        return f"/committee/{opened.decision.number}/"
    return f"{incident_url(opened.incident)}#act"


def worst_standing(opened: OpenCase) -> str:
    """Return the worst standing of the incident's series; unknown is never good."""
    states = [state_of_cause(cause, opened.incident.kind) for cause in opened.causes]
    if not states:
        return ""
    worst = min(states, key=GRAVITY.index)
    return "none" if worst in UNKNOWN else worst.lower()


def watched_value(watch: Watch) -> str:
    """Say which KPI is watched and where its bands begin."""
    series = watch.standing.series
    bands = watch.standing.threshold_version
    parts = [
        f"{name} {figures.say(value, unit=series.kpi.unit, neutral=series.kpi.neutral)}"
        for name, value in (
            (_("baseline"), bands.baseline),
            (spoken(in_context("limit of a band", "warning")), bands.warning),
        )
        if value is not None
    ]
    segment = f", {series.segment}" if series.segment else ""
    return f"{series.kpi.called}{segment}{': ' if parts else ''}{', '.join(parts)}."


PARTIES = {
    "compliance": word("Compliance"),
    "risk": word("Risk"),
    "compliance or risk": word("Compliance or risk"),
    "compliance and risk": word("Compliance and risk"),
    "readings": word("Readings"),
    "chair": word("Chair"),
    "committee": word("Committee"),
}
"""Parties as a task names them."""


def holder(opened: OpenCase, case: Case) -> str:
    """Name who has the incident now: a person where it is one, else the party."""
    incident, party = opened.incident, has_it(case)
    if party == "owner":
        return str(incident.owner.name)
    if party == "executor":
        names = dict.fromkeys(row.executor.name for row in opened.actions)
        return _listed(list(names)) or str(incident.owner.name)
    if party in ("committee", "chair") and opened.decision is not None:
        return str(opened.decision.committee.name)
    return spoken(PARTIES.get(party, party.capitalize()))


def _awaited(case: Case) -> str:
    # Not that the votes are tied: that is for those alone who may see them.
    if case.certifiable:
        return _("certified result")
    words = {
        "OPEN": _("acknowledgement"),
        "INVESTIGATING": _("findings"),
        "VALIDATION": _("validation"),
        "DECISION": _("decision"),
        "EXECUTION": _("action"),
        "VERIFICATION": _("proof of effect"),
        "RISK_ACCEPTED": _("end of the acceptance"),
    }
    return words.get(case.state, "")


def _trail(opened: OpenCase, who: str, *, mine: bool) -> Iterable[str]:
    incident = opened.incident
    yield incident.number
    yield from _signed(opened)
    if opened.decision is not None:
        yield _("Motion %(number)s") % {"number": opened.decision.number}
    if not mine:
        yield _("%(name)s has it") % {"name": who}
    if opened.kin:
        yield _family(opened.kin)
    if incident.contained:
        yield _("Contained")


def _family(kin: Sequence[str]) -> str:
    """Say which cases go with one: its row stands for them all, and each closes by its proof."""
    named = _listed(kin[:MOST_NAMED])
    more = len(kin) - MOST_NAMED
    if more > 0:
        return _("takes along %(numbers)s and %(more)d more") % {"numbers": named, "more": more}
    return _("takes along %(numbers)s") % {"numbers": named}


def _signed(opened: OpenCase) -> Iterable[str]:
    if opened.findings is None:
        return
    yield _("Findings signed by %(name)s") % {"name": opened.findings[1]}
    for line, name in opened.signed:
        yield _("%(line)s review signed by %(name)s") % {
            "line": spoken(Validation.Line(line).label),
            "name": name,
        }


def _cause(incident: Incident) -> str:
    if incident.live_version is None:
        return ""
    return _("version %(label)s") % {"label": incident.live_version.label}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
