"""Where the translation of an article stands, and whether the English changed since.

`docs/de/packs.md` is the German text of `docs/packs.md`. Its first line names the English text that
was translated: `<!-- from 0123456789ab -->`, the beginning of that file's SHA-256.
"""

import re
from hashlib import sha256
from pathlib import Path

from django.conf import settings

DOCS: Path = settings.BASE_DIR / "docs"
# The language in which the articles are written.
SOURCE = "en"
# How much of the SHA-256 a translation names.
NAMED = 12
FROM = re.compile(r"^<!-- from (?P<digest>[0-9a-f]+) -->\n")


def folder_of(language: str) -> Path:
    """Return the folder that holds the articles in a language."""
    return DOCS if language == SOURCE else DOCS / language


def translation_of(file: Path, language: str) -> Path | None:
    """Return the translation of an English file, None where there is none."""
    if language == SOURCE:
        return None
    translated = folder_of(language) / file.relative_to(DOCS)
    return translated if translated.is_file() else None


def unmarked(text: str) -> str:
    """Return the text of an article without the line that names what it was translated from."""
    return FROM.sub("", text, count=1)


def outdated(translated: str, source: Path) -> bool:
    """Whether the English file is another one than the translation names."""
    named = FROM.match(translated)
    digest = sha256(source.read_bytes()).hexdigest()[:NAMED]
    return named is None or named["digest"] != digest
