"""Citations of laws and standards as a language writes them: 'Art. 26 Abs. 5 Buchst. a'.

The reference data, the record, packs and the API have a citation in English. A citation of which
any part is not known stays whole as it was: half of one would name nothing.

German as the Interinstitutional Style Guide of the EU has it (Artikel, Absatz, Unterabsatz,
Buchstabe, Ziffer; Nummer for definitions, for points of annexes and of amending articles); what
English abbreviates, German does too.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from ledger.rules.worded import in_context

CONTEXT = "citation"

NUMBER = r"\d+[a-z]{0,2}"
PARTS = rf"(?:(?:-|, | to | and )?\((?:{NUMBER}|[a-z]{{1,3}})\))*"
PART = re.compile(rf"(?P<how>-|, | to | and )?\((?P<name>{NUMBER}|[a-z]{{1,3}})\)")
RANGE = rf"{NUMBER}(?:(?:-| to ){NUMBER}(?![\w(]))?"
LIMB = re.compile(r"limb \(([a-z])\) of (Art(?:\.|icle) \d+\(\d+\))")
BEFORE = re.compile(r", (?=points? |limb |(?:first|second|third) )")
ACT = re.compile(r"(Regulation|Reg\.|Directive|Dir\.) \((EU|EEC, Euratom)\) (\d+/\d+)(?:, ?| |$)")
NAMES = ("EU AI Act", "AI Act", "GDPR", "DORA", "NIS2", "MDR", "CRA")
NAMED = re.compile(rf"({'|'.join(NAMES)})(?:, | )(?=Art)")

SHORT = {"article": "Art.", "paragraph": "Abs.", "point": "Nr.", "letter": "Buchst."}
LONG = {"article": "Artikel", "paragraph": "Absatz", "point": "Nummer", "letter": "Buchstabe"}
ACTS = {"R": "Verordnung", "D": "Richtlinie"}
LAWS = {"EU AI Act": "KI-Verordnung", "AI Act": "KI-VO", "GDPR": "DSGVO"}
POINTS: Mapping[str, str] = {
    "": "3", "AI Act": "3", "EU AI Act": "3", "2024/1689": "3", "2026/1744": "1", "DORA": "3",
    "2022/2554": "3", "CRA": "3", "2024/2847": "3", "GDPR": "4", "2016/679": "4", "NIS2": "6",
    "2022/2555": "6", "MDR": "2", "2017/745": "2", "2022/2557": "2",
}  # fmt: skip
"""The article of a law that has points where others have paragraphs: its definitions, or what it
amends. A citation that names no law is of the AI Act, or of one whose definitions are Art. 3."""
ORDINALS = {"first": "1", "second": "2", "third": "3"}
KINDS = {
    "Clause": "Abschnitt", "Clauses": "Abschnitte", "Section": "Abschnitt", "Sec.": "Abschn.",
    "Chapter": "Kapitel", "Ch.": "Kap.", "Recital": "Erwägungsgrund",
    "Recitals": "Erwägungsgründe", "Control": "Kontrolle", "paragraph": "Absatz",
    "para": "Absatz", "Measure": "Maßnahme",
}  # fmt: skip
WORDS = {
    " and ": " und ", " or ": " oder ", " to ": " bis ", " + ": " und ", ", ": ", ", "; ": "; ",
    " / ": " / ", " ": " ", "draft template": "Vorlagenentwurf", "(origin)": "(Herkunft)",
    "no article of its own": "kein eigener Artikel",
    "with the technical standard on its time limits": "mit dem technischen Standard zu den Fristen",
}  # fmt: skip

Say = Callable[[re.Match[str], Mapping[str, str], str], str]


def cited(text: str) -> str:
    """Return a citation of the reference data as words that doors say in their language."""
    return in_context(CONTEXT, text) if text else text


@lru_cache(maxsize=2000)
def citation(text: str, language: str) -> str:
    """Return a citation as a language writes it; one that is not known through as it stands."""
    if language != "de":
        return text
    act, named = ACT.match(text), NAMED.match(text)
    law = act or named
    rest = text[law.end() :] if law else text
    said = _german(BEFORE.sub(" ", LIMB.sub(r"\2(\1)", rest)), _points(act, named))
    if said is None:
        return text
    return _of_law(said, act, named)


def _points(act: re.Match[str] | None, named: re.Match[str] | None) -> str:
    law = act[3] if act else named[1] if named else ""
    return POINTS.get(law, "")


def _of_law(said: str, act: re.Match[str] | None, named: re.Match[str] | None) -> str:
    """A law that English names first stands behind its article."""
    if act:
        kind = ACTS[act[1][0]]
        whole = f"{kind} ({act[2].replace('EEC', 'EWG')}) {act[3]}"
        return f"{said} der {whole}" if said else whole
    return f"{said} {LAWS.get(named[1], named[1])}" if named else said


def _german(text: str, points: str) -> str | None:
    words = LONG if "Article" in text else SHORT
    said, place = "", 0
    while place < len(text):
        piece = _piece(text, place)
        if piece is None:
            return None
        found, say = piece
        said += say(found, words, points)
        place = found.end()
    return said


def _piece(text: str, place: int) -> tuple[re.Match[str], Say] | None:
    for shape, say in PIECES:
        found = shape.match(text, place)
        if found and (place or say is not _bare):
            return found, say
    return None


def _article(found: re.Match[str], words: Mapping[str, str], points: str) -> str:
    return f"{words['article']} {_bare(found, words, points)}"


def _bare(found: re.Match[str], words: Mapping[str, str], points: str) -> str:
    level = "point" if points and found["number"] == points else "paragraph"
    return _range(found["number"]) + _parts(found["parts"], words, level)


def _annex(found: re.Match[str], _words: Mapping[str, str], _points: str) -> str:
    point = f" Nummer {_range(found['point'])}" if found["point"] else ""
    return f"Anhang {found['name']}{point}{_parts(found['parts'], LONG, 'point')}"


def _point(found: re.Match[str], _words: Mapping[str, str], _points: str) -> str:
    number = f"Nummer {_range(found['number'])}" if found["number"] else ""
    return (number + _parts(found["parts"], LONG, "point")).strip()


def _kind(found: re.Match[str], _words: Mapping[str, str], _points: str) -> str:
    return f"{KINDS[found['kind']]} {_range(found['number'])}"


def _counted(found: re.Match[str], _words: Mapping[str, str], _points: str) -> str:
    kind = "Unterabsatz" if found["kind"].startswith("sub") else "Absatz"
    return f"{kind} {ORDINALS[found['ordinal']]}"


def _word(found: re.Match[str], _words: Mapping[str, str], _points: str) -> str:
    return WORDS.get(found[0], found[0])


def _parts(text: str, words: Mapping[str, str], level: str) -> str:
    """Return '(1)(a)' as ' Abs. 1 Buchst. a'; `level` is what a number in brackets is."""
    said, last, was_letter = "", "", False
    for found in PART.finditer(text):
        name, is_letter = found["name"], not found["name"][0].isdigit()
        if found["how"]:
            said += _link(found["how"], last, name) + name
        elif is_letter:
            said += f" {'Ziffer' if was_letter else words['letter']} {name}"
        else:
            said += f" {words[level]} {name}"
        last, was_letter = name, is_letter
    return said


def _range(text: str) -> str:
    first, _, last = text.replace(" to ", "-").partition("-")
    return first + _link("-", first, last) + last if last else first


def _link(how: str, first: str, last: str) -> str:
    """Two that follow one another stand with 'and'; English writes them as a range too."""
    if how in (", ", " and "):
        return {", ": ", "}.get(how, " und ")
    return " und " if _next_to(first) == last else " bis "


def _next_to(name: str) -> str:
    if name.isdigit():
        return str(int(name) + 1)
    return chr(ord(name) + 1) if len(name) == 1 else ""


PIECES: tuple[tuple[re.Pattern[str], Say], ...] = (
    (re.compile(rf"(?:Art\. ?|Articles? )(?P<number>{RANGE})(?P<parts>{PARTS})"), _article),
    (re.compile(
        rf"Annex (?P<name>[IVX]+|[A-D](?:\.\d+)*)(?:\.(?P<point>{RANGE}))?(?P<parts>{PARTS})"
    ), _annex),
    (re.compile(rf"(?:points?|limb) (?P<number>{RANGE})?(?P<parts>{PARTS})"), _point),
    (re.compile(rf"(?P<kind>{'|'.join(map(re.escape, KINDS))})"
                r" (?P<number>A?\.?\d+(?:\.\d+)*(?:-\d+)?|[A-Z]|[IVX]+)\b"), _kind),
    (re.compile(rf"(?P<ordinal>{'|'.join(ORDINALS)}) (?P<kind>(?:sub)?para(?:graph)?)"), _counted),
    (re.compile(r"ISO/IEC (?:T[RS] )?[\d:-]+\d|A(?:\.\d+)+|\d+(?:\.\d+)+|NIST AI (?:RMF|600-1)"
                r"|(?:GOVERN|MAP|MEASURE|MANAGE)(?: \d+(?:\.\d+)*)?"), _word),
    (re.compile("|".join(map(re.escape, WORDS))), _word),
    (re.compile(rf"(?P<number>{RANGE})(?P<parts>{PARTS})"), _bare),
)  # fmt: skip
"""What a citation is made of, each with how German says it; a bare number follows another one."""
