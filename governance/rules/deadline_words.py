"""Why an instant is what it is, in sentences: from the inputs that its timer keeps. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ledger.rules.worded import as_moment, of_machine, term, word, worded
from outbox.rules.durations import Duration

UNITS = {
    "s": ("{amount} second", "{amount} seconds"),
    "min": ("{amount} minute", "{amount} minutes"),
    "h": ("{amount} hour", "{amount} hours"),
    "d": ("{amount} day", "{amount} days"),
    "bmin": ("{amount} minute of working time", "{amount} minutes of working time"),
    "bh": ("{amount} working hour", "{amount} working hours"),
    "bd": ("{amount} working day", "{amount} working days"),
}
STAGES = {
    "acknowledge": "Acknowledge",
    "first_assessment": "First assessment",
    "findings": "Owner's findings",
    "validation": "Compliance validation",
    "decision": "Decision",
    "execution": "Carrying out",
    "verification": "Verification",
}


def stage_words(stage: str) -> str:
    """Return the name of a stage as pages say it."""
    return STAGES.get(stage, stage.replace("_", " ").capitalize())


def duration_words(text: str) -> str:
    """Return a duration as a person says it: '3 working days', '4 hours'."""
    duration = Duration.parse(text)
    one, many = UNITS[duration.unit]
    amount = duration.amount
    number = str(amount.numerator) if amount.denominator == 1 else f"{float(amount):g}"
    return worded(one if amount == 1 else many, amount=number)


def offset_words(offset: str) -> str:
    """Return when in its stage a step fires."""
    if offset.startswith("+"):
        return worded(
            "{duration_words} after the deadline",
            duration_words=duration_words(offset.removeprefix("+")),
        )
    known = {"0%": word("at the beginning of the stage"), "100%": word("at the deadline")}
    if offset in known:
        return term(known[offset])
    return worded("when {share} of the stage's time is used", share=offset)


def reasons(inputs: Mapping[str, Any], *, policy: str, zone: str) -> list[str]:
    """Return the sentences that explain an instant to a reader in a zone."""
    found = []
    if "duration" in inputs and "from" in inputs:
        found.append(
            worded(
                "{duration_words}, counted from {instant}.",
                duration_words=duration_words(str(inputs["duration"])),
                instant=_instant(str(inputs["from"]), zone),
            )
        )
    elif "after" in inputs and "from" in inputs:
        found.append(
            worded(
                "{duration_words} after {instant}.",
                duration_words=duration_words(str(inputs["after"])),
                instant=_instant(str(inputs["from"]), zone),
            )
        )
    found += _calendar(inputs)
    for begin, end in inputs.get("pauses", []):
        found.append(
            worded(
                "It stood still from {begin} until {end} at most.",
                begin=_instant(begin, zone),
                end=_instant(end, zone),
            )
        )
    if policy and "policy_sha256" in inputs:
        found.append(worded("{policy} says so.", policy=policy))
    if "waits_until" in inputs:
        because = inputs.get("waits_because", word("the level below is given time to answer"))
        until = _instant(str(inputs["waits_until"]), zone)
        found.append(
            worded("It waits until {instant}: {get}.", instant=until, get=of_machine(because))
        )
    return found


def _calendar(inputs: Mapping[str, Any]) -> list[str]:
    if "duration" not in inputs:
        return []
    if inputs.get("calendar"):
        return [
            worded(
                "Working time of the calendar {calendar} in {get}.",
                calendar=inputs["calendar"],
                get=inputs.get("zone", ""),
            )
        ]
    return ["Elapsed time: nights, weekends and holidays count."]


def _instant(text: str, zone: str) -> str:
    local = datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
    said = f"{local:%a} {local.day} {local:%b %Y %H:%M} {local.tzname()}"
    return as_moment(said, at=local, form="INSTANT_DATED_ZONED")
