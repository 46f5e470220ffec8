"""A questionnaire's own words: its titles, its questions, what helps with them, its options.

The answers are values and what people wrote; neither is a word of the questionnaire.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Say = Callable[[str], str]
CONTEXT = "questionnaire"
TEXTS = ("title", "about", "ask", "help", "article")


def said_anew(document: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Return a questionnaire, section, question or option with its words said by `say`."""
    found = dict(document)
    for name in TEXTS:
        if found.get(name):
            found[name] = say(found[name])
    for name in ("sections", "questions", "options"):
        if name in found:
            found[name] = [said_anew(one, say) for one in found[name]]
    return found


def texts_of(document: Mapping[str, Any]) -> Iterator[str]:
    """Return every text that a questionnaire says."""
    found: list[str] = []

    def keep(text: str) -> str:
        found.append(text)
        return text

    said_anew(document, keep)
    yield from found
