"""The tokens of the style sheet as it is served: colours in each mode, and how they contrast."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

SHEET = Path(settings.BASE_DIR) / "static" / "countersign.css"
COMMENT = re.compile(r"/\*.*?\*/", re.S)
BLOCK = re.compile(r"([^{}]+)\{([^{}]*)\}")
TOKEN = re.compile(r"--([\w-]+):\s*([^;]+)")
HEX = re.compile(r"#[0-9a-f]{3}(?:[0-9a-f]{3})?")
MORE = "@media screen and (prefers-contrast: more)"
DARK = "(prefers-color-scheme: dark)"

# Each way in which the page is seen: the lists that make it up, (media, selector), the last wins.
PLAIN = (("", ":root"),)
CHOSEN = (*PLAIN, ("", ':root[data-theme="dark"]'))
MODES: dict[str, tuple[tuple[str, str], ...]] = {
    "light": PLAIN,
    "dark": CHOSEN,
    "light, more contrast": (*PLAIN, (MORE, ":root:root:root")),
    "dark, more contrast": (
        *CHOSEN,
        (MORE, ":root:root:root"),
        (MORE, ':root:root:root[data-theme="dark"]'),
    ),
    "paper": (*PLAIN, ("@media print", ":root:root:root")),
}
# What the system asks for has the same list as what the reader chose.
TWINS = (
    (("", ':root[data-theme="dark"]'), (f"@media {DARK}", ':root:not([data-theme="light"])')),
    (
        (MORE, ':root:root:root[data-theme="dark"]'),
        (f"{MORE} and {DARK}", ':root:root:root:not([data-theme="light"])'),
    ),
)
TEXTS = ("ink", "ink-2", "ink-3", "pen", "pen-hover", "ok", "warn", "crit", "none")
SURFACES = ("paper", "sunk", "press", "pen-wash", "ok-wash", "warn-wash", "crit-wash", "none-wash")


@dataclass(frozen=True, slots=True)
class Pair:
    """One colour upon another, and their contrast, from 1 to 21."""

    upper: str
    lower: str
    ratio: float


def tokens(mode: str) -> dict[str, str]:
    """Return the tokens of a mode: name to value."""
    found: dict[str, str] = {}
    for key in MODES[mode]:
        found |= _lists()[key]
    return found


def twins() -> list[tuple[Mapping[str, str], Mapping[str, str]]]:
    """Return the lists that must say the same: of what is chosen, of what the system asks for."""
    return [(_lists()[chosen], _lists()[asked]) for chosen, asked in TWINS]


def text_pairs(mode: str) -> list[Pair]:
    """Return each colour of text upon each surface on which it may stand, the weakest first."""
    found = [pair_of(mode, text, surface) for text in TEXTS for surface in SURFACES]
    found += [pair_of(mode, "on-pen", "pen"), pair_of(mode, "on-pen", "pen-hover")]
    return sorted(found, key=lambda pair: pair.ratio)


def pair_of(mode: str, upper: str, lower: str) -> Pair:
    """Return two colours of a mode, by their names, with their contrast."""
    known = tokens(mode)
    return Pair(upper, lower, contrast(known[upper], known[lower]))


def weakest(mode: str, name: str) -> float:
    """Return the least contrast of a colour of text upon any surface."""
    return min(pair.ratio for pair in text_pairs(mode) if pair.upper == name)


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""
    lower, upper = sorted((_luminance(first), _luminance(second)))
    return (upper + 0.05) / (lower + 0.05)


def classes() -> Sequence[str]:
    """Return every class that the style sheet knows, in order."""
    bare = BLOCK.sub(r"\1{}", _sheet())
    return sorted(set(re.findall(r"\.([a-zA-Z][\w-]*)", bare)))


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(one * 2 for one in digits)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _sheet() -> str:
    return COMMENT.sub("", SHEET.read_text(encoding="utf-8"))


@cache
def _lists() -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Each list of tokens of the style sheet by its media and selector; later ones win."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for media, inside in _media(_sheet()):
        for selector, body in BLOCK.findall(inside):
            named = " ".join(selector.split())
            if named.startswith(":root"):
                kept = found.setdefault((media, named), {})
                kept |= {name: value.strip() for name, value in TOKEN.findall(body)}
    return found


def _media(sheet: str) -> Sequence[tuple[str, str]]:
    """Split a sheet into what stands under no media, and what stands under each."""
    plain, found, place = [], [], 0
    for match in re.finditer(r"@media[^{]*\{", sheet):
        if match.start() < place:
            continue
        plain.append(sheet[place : match.start()])
        place = _end(sheet, match.end())
        head = " ".join(match.group()[:-1].split())
        found.append((head, sheet[match.end() : place - 1]))
    return [("", "".join([*plain, sheet[place:]])), *found]


def _end(sheet: str, place: int) -> int:
    """Where the braces that were opened just before a place are closed."""
    depth = 1
    while depth:
        depth += {"{": 1, "}": -1}.get(sheet[place], 0)
        place += 1
    return place
