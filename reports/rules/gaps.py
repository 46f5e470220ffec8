"""What is missing from the evidence: found by rule, named, with who mends it. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from string import ascii_uppercase
from zoneinfo import ZoneInfo

from msgspec import Struct

from ledger.rules.worded import worded
from reports.rules.content import Content, SystemContent
from reports.rules.frameworks import Frameworks
from reports.rules.gaps_lived import Found, of_conduct, of_shared
from reports.rules.matters import IncidentRecord
from reports.rules.readings import SeriesRecord
from reports.rules.wording import count

# The section of what controls of a framework wait for.
CONTROLS = "controls"


class Gap(Struct, frozen=True, kw_only=True):
    """One thing that is missing: in which section, how grave, who mends it, until when.

    `system` is the short name of the system that it is about, '' for none. `state` is a standing
    of the design: critical, warning or none (known and explained).
    """

    letter: str
    system: str
    section: str
    what: str
    state: str
    who: str
    until: datetime | None


def gaps_of(content: Content) -> list[Gap]:
    """Return the gaps system by system, in the order of the sections, lettered A, B … Z, AA …"""
    found = [("", gap) for gap in of_shared(content.shared, content.scope.as_of)]
    for item in content.systems:
        found += [(item.scope.slug, gap) for gap in found_in(item)]
    found += [("", gap) for gap in of_controls(content.frameworks, content.scope.zone)]
    return [
        Gap(
            letter=_letter(place),
            system=system,
            section=part,
            what=what,
            state=state,
            who=who,
            until=until,
        )
        for place, (system, (part, what, state, who, until)) in enumerate(found)
    ]


def found_in(content: SystemContent) -> list[Found]:
    """Return what is missing of one system, in the order of the sections."""
    found = [*_of_system(content), *_of_rules(content), *_of_series(content)]
    for incident in content.matters.incidents:
        found += _of_incident(incident, content.scope.as_of)
    return [*found, *of_conduct(content.conduct, content.scope.as_of)]


def of_controls(judged: Frameworks, zone: str) -> Iterator[Found]:
    """Yield what controls wait for; these gaps come last, in the order of `judged.lacking`."""
    for one in judged.lacking:
        begins = datetime.combine(one.due, time(), ZoneInfo(zone)) if one.due else None
        yield CONTROLS, one.lack, one.state, one.owner, begins


def letters_by_control(gaps: Sequence[Gap], judged: Frameworks) -> dict[str, list[str]]:
    """Return the letters of the gaps that each provision waits for."""
    own = [gap for gap in gaps if gap.section == CONTROLS]
    found: dict[str, list[str]] = {}
    for gap, lacking in zip(own, judged.lacking, strict=True):
        for key in lacking.provisions:
            found.setdefault(key, []).append(gap.letter)
    return found


def _letter(place: int) -> str:
    rounds, rest = divmod(place, len(ascii_uppercase))
    return (_letter(rounds - 1) if rounds else "") + ascii_uppercase[rest]


def _of_system(content: SystemContent) -> Iterator[Found]:
    system = content.things.system
    if system.legal_class == "not decided yet":
        yield "system", "The legal class is not decided", "critical", system.owner, None
    if system.simulated:
        yield "system", f"Simulated: {system.simulated}", "none", system.owner, None
    yield from _of_versions(content)


def _of_versions(content: SystemContent) -> Iterator[Found]:
    owner = content.things.system.owner
    live = [item for item in content.things.deployments if item.until_at is None]
    if not live:
        yield "versions", "No version is live at the end of the period", "none", owner, None
    approved = {item.label for item in content.things.versions if item.state == "approved"}
    for item in live:
        where = f"in {item.environment}"
        if item.version not in approved:
            words = f"Version {item.version} runs {where} without approval"
            yield "versions", words, "critical", owner, None
        if not item.fallback:
            words = f"No version to fall back on is named {where}"
            yield "versions", words, "warning", owner, None


def _of_rules(content: SystemContent) -> Iterator[Found]:
    policies = content.things.policies
    owner = content.things.system.owner
    if not policies:
        yield "rules", "No rules of escalation and severity were in force", "critical", owner, None
    for policy in policies:
        if policy.state == "active" and (policy.example or not policy.approved_by):
            words = f"The rules of {policy.unit} are an example that nobody has approved"
            yield "rules", words, "warning", policy.author, None
    for bands in content.readings.thresholds:
        if bands.state == "active" and not bands.approved_by:
            words = f"The bands of {bands.name} are in force without a second person"
            yield "bands", words, "warning", bands.author, None


def _of_series(content: SystemContent) -> Iterator[Found]:
    owner = content.things.system.owner
    for item in content.readings.series:
        named = f"{item.name}{f', {item.segment}' if item.segment else ''}"
        yield from _of_one_series(item, named, owner)
    if not any(item.count for item in content.readings.series):
        yield "readings", "No reading was delivered in the period", "critical", owner, None


def _of_one_series(item: SeriesRecord, named: str, owner: str) -> Iterator[Found]:
    if item.count and item.threshold is None:
        yield (
            "bands",
            worded("{named} is measured but has no bands", named=named),
            "warning",
            owner,
            None,
        )
    if item.missing:
        words = f"Never delivered: {count(item.missing, 'window')} of {named}"
        yield "readings", words, "warning", owner, None
    if item.bad:
        words = (
            "Counted nowhere, for want of a value or of samples: "
            f"{count(item.bad, 'reading')} of {named}"
        )
        yield "readings", words, "none", owner, None
    if item.standing in ("NO_DATA", "ERROR"):
        words = f"{named} stands at no data at the end of the period"
        yield "readings", words, "warning", owner, None


def _of_incident(incident: IncidentRecord, as_of: datetime) -> Iterator[Found]:
    if incident.open:
        late = incident.stage_due_at is not None and incident.stage_due_at < as_of
        words = (
            f"{incident.number} is open, in {incident.state.lower()}{', overdue' if late else ''}"
        )
        state = "critical" if late else "warning"
        yield "incidents", words, state, incident.owner, incident.stage_due_at
    if incident.validations and not any(
        item.same_record for item in incident.validations if item.cycle == incident.cycle
    ):
        words = f"{incident.number}: the review is of findings that changed afterwards"
        yield "incidents", words, "critical", incident.owner, None
    yield from _of_actions(incident, as_of)
    for clock in incident.clocks:
        if clock.state == "provisional":
            words = f"{incident.number}: the clock of {clock.basis} has no signed answer"
            state = "critical" if clock.due_at < as_of else "warning"
            yield "incidents", words, state, "Compliance", clock.due_at


def _of_actions(incident: IncidentRecord, as_of: datetime) -> Iterator[Found]:
    for action in incident.actions:
        if action.confirmed_at is None and action.state != "cancelled" and action.due_at < as_of:
            words = f"{incident.number}: not confirmed in time: {action.words}"
            yield "incidents", words, "critical", action.executor, action.due_at
        for window in action.windows:
            if window.outcome in ("FAILED", "INCONCLUSIVE", "ERROR"):
                words = f"{incident.number}: the effect is {window.outcome.lower()}: {action.words}"
                yield "incidents", words, "warning", incident.owner, window.ends_at
