"""The register of verbs: every word that the ledger may use, with its sentence.

A floor registers its verbs in `AppConfig.ready()`. A missing or doubled verb is an error.
"""

import re
from dataclasses import dataclass

from ledger.rules.worded import in_context

CONTEXT = "verb of the record"  # what its words are translated under
OTHER = "other"  # the group of exceptions whose verb names none


@dataclass(frozen=True, slots=True)
class Verb:
    """A dotted fact in the past tense and how a person reads it ('{actor} {words} {label}').

    `exception` marks what auditors list apart, under the name `group`. With a `pattern` only those
    entries are exceptions whose canonical body matches it: a regular expression that Python and
    PostgreSQL read alike.
    """

    name: str
    words: str
    exception: bool = False
    group: str = ""
    pattern: str = ""

    @property
    def told(self) -> str:
        """Its words, to be said in a reader's language."""
        return in_context(CONTEXT, self.words)

    def marks(self, body: bytes) -> bool:
        """Tell whether an entry of this verb with this canonical body is an exception."""
        if not self.exception:
            return False
        return not self.pattern or re.search(self.pattern, body.decode()) is not None


_verbs: dict[str, Verb] = {}


def register(
    name: str, words: str, *, exception: bool = False, group: str = "", pattern: str = ""
) -> None:
    """Register a verb once. `exception` marks what auditors list apart. Raises ValueError."""
    verb = Verb(name, words, exception, group or (OTHER if exception else ""), pattern)
    if _verbs.setdefault(name, verb) != verb:
        raise ValueError(f"the verb {name!r} is registered twice with different words")


def lookup(name: str) -> Verb:
    """Return the verb. Raises KeyError with the name of what is missing."""
    try:
        return _verbs[name]
    except KeyError:
        raise KeyError(f"the verb {name!r} is not registered (ledger.verbs.register)") from None


def for_reading(name: str) -> Verb:
    """Return the verb; one that this version no longer knows is read by its own name."""
    known = _verbs.get(name)
    return known if known is not None else Verb(name, name.replace(".", " ").replace("_", " "))


def registered() -> dict[str, Verb]:
    """Return all verbs by name."""
    return dict(_verbs)


def exceptions() -> list[Verb]:
    """Return the verbs whose entries are, all or some of them, exceptions; by name."""
    return [verb for _, verb in sorted(_verbs.items()) if verb.exception]
