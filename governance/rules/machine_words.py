"""Names of the machines that act of themselves, as the record's readers meet them."""

from ledger.rules.worded import term, word

MACHINES = {
    "acceptances": word("Acceptances"),
    "action times": word("Action times"),
    "back-test": word("Back-test"),
    "calendars": word("Calendars"),
    "concern watch": word("Concern watch"),
    "coverage": word("Coverage"),
    "delivery": word("Delivery"),
    "docket": word("Docket"),
    "emergency": word("Emergency"),
    "engine": word("Engine"),
    "evaluator": word("Evaluator"),
    "execution": word("Execution"),
    "families": word("Families"),
    "imports": word("Imports"),
    "integrity": word("Integrity"),
    "notices": word("Notices"),
    "on-call calendar": word("On-call calendar"),
    "organisation": word("Organisation"),
    "packs": word("Packs"),
    "paging": word("Paging"),
    "printouts": word("Printouts"),
    "probe": word("Probe"),
    "reconciler": word("Reconciler"),
    "rehearsal": word("Rehearsal"),
    "retention": word("Retention"),
    "returning officer": word("Returning officer"),
    "samples": word("Samples"),
    "sealer": word("Sealer"),
    "set-up": word("Set-up"),
    "standing order": word("Standing order"),
    "sweep": word("Sweep"),
    "uploads": word("Uploads"),
}


def machine_told(name: str) -> str:
    """Return a machine's name as it begins a line; one that somebody named stays as it is."""
    return term(MACHINES[name]) if name in MACHINES else name.capitalize()
