"""The register of verbs: every word that the ledger may use, with its sentence.

A floor registers its verbs in `AppConfig.ready()`. A missing or doubled verb is an error.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verb:
    """A dotted fact in the past tense and how a person reads it ('{actor} {words} {label}')."""

    name: str
    words: str
    exception: bool = False


_verbs: dict[str, Verb] = {}


def register(name: str, words: str, *, exception: bool = False) -> None:
    """Register a verb once. `exception` marks what auditors list apart. Raises ValueError."""
    if name in _verbs and _verbs[name] != Verb(name, words, exception):
        raise ValueError(f"the verb {name!r} is registered twice with different words")
    _verbs[name] = Verb(name, words, exception)


def lookup(name: str) -> Verb:
    """Return the verb. Raises KeyError with the name of what is missing."""
    try:
        return _verbs[name]
    except KeyError:
        raise KeyError(f"the verb {name!r} is not registered (ledger.verbs.register)") from None


def registered() -> dict[str, Verb]:
    """Return all verbs by name."""
    return dict(_verbs)
