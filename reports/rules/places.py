"""Where files of a pack lie, below its data folder. Pure; the same for one system and for many."""

from reports.rules.files import slug


def of_system(system: str, name: str) -> str:
    """Return the path of a file about a system, by its short name."""
    return f"systems/{system}/{name}"


def of_series(system: str, *parts: str) -> str:
    """Return the path of a series' readings; `parts` are KPI, segment, environment and id."""
    return f"kpi/{system}/{slug(*parts[:-1])}-{parts[-1]}.csv"


def of_incident(number: str) -> str:
    """Return the path of an incident's whole file."""
    return f"incidents/{slug(number)}.json"


def of_decision(number: str) -> str:
    """Return the path of a motion's whole file."""
    return f"decisions/{slug(number)}.json"


def of_policy(unit: str, number: int) -> str:
    """Return the path of a version of a unit's rules."""
    return f"policies/{slug(unit, str(number))}.json"


def of_numbered(folder: str, number: str) -> str:
    """Return the path of what has a number: acceptances, meetings, programmes, requests …"""
    return f"{folder}/{slug(number)}.json"


def of_draft(incident: str, regime: str, version: int) -> str:
    """Return the path of a version of a report to an authority."""
    return f"clocks/{slug(incident, regime, str(version))}.json"


def of_shared(name: str) -> str:
    """Return the path of a list of the register that is of no one system."""
    return f"organisation/{name}.json"


def of_evidence(key: str) -> str:
    """Return the path of what a source of evidence shows."""
    return f"evidence/{slug(key)}.json"


def of_upload(sha256: str, name: str) -> str:
    """Return the path of an uploaded file: by its hash, with the ending of its name."""
    ending = slug(name.rpartition(".")[2]).lower()[:8] if "." in name else ""
    return f"uploads/{sha256}.{ending}" if ending else f"uploads/{sha256}"


def of_bill(system: str = "") -> str:
    """Return the path of a bill of materials: of a system by its short name, '' for all."""
    return f"bom/{system}/mlbom.cdx.json" if system else "bom/mlbom.cdx.json"
