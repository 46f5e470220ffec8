"""What can be read from a file: the fields of each kind, and the names that columns go by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from registry.rules.exchange.tables import folded

KINDS = ("units", "people", "systems", "versions", "history")
Reading = Literal["text", "slug", "choice", "person", "unit", "system", "date", "label", "email"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its name, its words, how it is read, and what columns that hold it are called."""

    name: str
    words: str
    reading: Reading = "text"
    needed: bool = False
    most: int = 5000
    names: tuple[str, ...] = ()


UNITS = (
    Field("name", "Name", needed=True, most=120, names=("unit", "einheit", "abteilung", "bereich")),
    Field(
        "parent", "Belongs to", "unit", names=("part of", "above", "uebergeordnet", "parent unit")
    ),
)
PEOPLE = (
    Field("email", "E-mail address", "email", True, 254, ("mail", "e-mail", "adresse", "address")),
    Field("name", "Name", needed=True, most=120, names=("person", "full name", "mitarbeiter")),
    Field("title", "Title", most=120, names=("job", "position", "function", "funktion")),
    Field("unit", "Unit", "unit", names=("department", "abteilung", "einheit", "team")),
)
SYSTEMS = (
    Field("slug", "Short name", "slug", most=80, names=("id", "key", "kennung", "kuerzel", "ref")),
    Field(
        "name",
        "Name",
        needed=True,
        most=120,
        names=(
            "system",
            "system name",
            "ai system",
            "model",
            "model name",
            "ki system",
            "use case",
        ),
    ),
    Field("kind", "Kind", "choice", True, names=("type", "art", "system type", "model type")),
    Field(
        "unit", "Unit", "unit", True, names=("department", "abteilung", "bereich", "team", "area")
    ),
    Field(
        "owner",
        "Owner",
        "person",
        True,
        names=("system owner", "model owner", "verantwortlich", "business owner", "responsible"),
    ),
    Field("deputy", "Deputy", "person", True, names=("stellvertretung", "vertretung", "backup")),
    Field("purpose", "Purpose", needed=True, names=("zweck", "description", "beschreibung", "use")),
    Field("risk_tier", "Risk tier", "choice", True, names=("risk", "tier", "risiko", "risk level")),
    Field("legal_class", "Legal class", "choice", names=("ai act class", "ai act", "klasse")),
    Field("users_affected", "Users affected", names=("users", "affected", "betroffene", "who")),
    Field(
        "supplier", "Supplier", most=120, names=("vendor", "anbieter", "lieferant", "hersteller")
    ),
    Field("data_sources", "Data sources", names=("data", "daten", "datenquellen", "sources")),
    Field("live_since", "Live since, elsewhere", "date", names=("go live", "live", "go live date")),
    Field(
        "approved_on", "Approved on, elsewhere", "date", names=("approved", "freigabe", "approval")
    ),
    Field("approved_by", "Approved by, elsewhere", most=200, names=("approver", "freigegeben von")),
)
VERSIONS = (
    Field("system", "System", "system", True, names=("model", "model name", "ai system")),
    Field("label", "Version", "label", True, 60, ("version", "release", "tag", "name")),
    Field("digest", "Digest", most=80, names=("hash", "sha256", "checksum", "image")),
    Field("provider", "Provider of a hosted model", most=80, names=("vendor", "anbieter")),
    Field("hosted_model", "Hosted model", most=120, names=("model id", "base model", "deployment")),
    Field("snapshot", "Snapshot", most=120, names=("model snapshot", "model version")),
    Field("fingerprint", "Fingerprint", most=120, names=("system fingerprint",)),
    Field("prompt_sha256", "SHA-256 of the prompt", most=80, names=("prompt hash", "prompt")),
    Field("tools_sha256", "SHA-256 of the tools", most=80, names=("tools hash", "tools")),
    Field("index_sha256", "SHA-256 of the index", most=80, names=("index hash", "index")),
    Field("guardrails_sha256", "SHA-256 of the guardrails", most=80, names=("guardrails hash",)),
    Field("changelog", "What changed", names=("changes", "notes", "description", "aenderungen")),
)
HISTORY = (
    Field("system", "System", "system", True, names=("model", "model name", "ai system")),
    Field("kind", "What it was", "choice", True, names=("type", "event", "ereignis", "art")),
    Field(
        "began_at", "When", "date", True, names=("date", "datum", "from", "on", "since", "start")
    ),
    Field("ended_at", "Until", "date", names=("to", "end", "bis", "ende")),
    Field("label", "Version", most=60, names=("release", "tag")),
    Field("environment", "Environment", most=30, names=("env", "umgebung", "stage")),
    Field("said_by", "Who", most=200, names=("by", "approver", "person", "wer", "decided by")),
    Field("text", "What was written", names=("decision", "note", "notes", "comment", "bemerkung")),
    Field("source", "Where it is recorded", most=200, names=("record", "reference", "quelle")),
)
FIELDS: Mapping[str, tuple[Field, ...]] = {
    "units": UNITS,
    "people": PEOPLE,
    "systems": SYSTEMS,
    "versions": VERSIONS,
    "history": HISTORY,
}


def field_of(kind: str, name: str) -> Field:
    """Return a field. Raises KeyError."""
    return next(field for field in FIELDS[kind] if field.name == name)  # pragma: no branch


def known_words() -> frozenset[str]:
    """Return every word that a column with a meaning to us may be called."""
    return frozenset(word for kind in KINDS for field in FIELDS[kind] for word in _words(field))


def guess_kind(columns: Iterable[str]) -> str:
    """Return which kind of rows has these columns: most needed fields found, most fields found."""
    names = list(columns)

    def fit(kind: str) -> tuple[float, int]:
        found = set(guess_columns(kind, names).values()) - {""}
        needed = {field.name for field in FIELDS[kind] if field.needed}
        return len(found & needed) / len(needed), len(found)

    return max(KINDS, key=fit)


def guess_columns(kind: str, columns: Iterable[str]) -> dict[str, str]:
    """Return {column: field}, '' for a column that is not read; each field once, best name first.

    A column's own name of the field counts before another word for it.
    """
    names = list(columns)
    taken: dict[str, str] = {}
    for exact in (True, False):
        for name in names:
            field = _match(kind, name, exact)
            if name not in taken and field and field not in taken.values():
                taken[name] = field
    return {name: taken.get(name, "") for name in names}


def _match(kind: str, column: str, exact: bool) -> str:
    said = folded(column)
    for field in FIELDS[kind]:
        own = {folded(field.name), folded(field.words)}
        if said in (own if exact else _words(field)):
            return field.name
    return ""


def _words(field: Field) -> frozenset[str]:
    return frozenset(map(folded, (field.name, field.words, *field.names)))
