"""What the lower floors say in English, in the language of whoever reads it.

Doors call `spoken` on refusals, labels and notices; the record keeps the English. Without a
translation the English is shown.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import lru_cache
from re import compile as expression
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import dateformat, translation
from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext

from ledger.rules.worded import RECORDED, TITLED, Amount, Moment, Worded, as_titled
from outbox.recorded import AMOUNT, reread, retitled
from outbox.rules import citations
from outbox.rules.mails import Mail, marked

RECORD = settings.LANGUAGE_CODE
POINT = expression(r"(?<=\d)\.(?=\d)")
NARROW = "\u202f"
UNIT = "unit of a KPI"
"""The context in which units are said (telemetry.rules.kpi_words)."""
POINTS = "points"
"""What a difference of shares is measured in; no KPI is."""
RECORDS: Mapping[str, Callable[[str], str]] = {RECORDED: reread, TITLED: retitled}
"""How what stands in the record is found again, by what it is marked as."""
REFUSAL = "You cannot "
"""How a refusal begins that says what cannot be done and, behind a colon, why."""


def known(language: str) -> str:
    """Return the language if it is one of ours, else that of the record."""
    return language if language in dict(settings.LANGUAGES) else RECORD


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language for a while: that of a reader, who is not always the one who asked."""
    with translation.override(known(language)):
        yield


@contextmanager
def recording() -> Iterator[None]:
    """Speak the language of the record while something is drawn that is kept or signed."""
    with translation.override(RECORD):
        yield


def render_for_record(template: str, context: Mapping[str, Any]) -> str:
    """Draw a document that is kept or signed, in the language of the record."""
    with recording():
        return render_to_string(template, dict(context))


def spoken(text: Any) -> str:
    """Say a text in the language that is active; what nobody has translated stays as it is."""
    if isinstance(text, Worded):
        return str(text) if of_record() else _again(text)
    if isinstance(text, Moment):
        return _written(text)
    if isinstance(text, Amount):
        return _measured(text)
    if isinstance(text, Promise) or not isinstance(text, str):
        return str(text)
    return gettext(text) if text else ""


def spoken_title(title: str) -> str:
    """Say the recorded title of a case or a motion: one of ours anew, a person's own as it is."""
    if isinstance(title, Worded):
        return spoken(title)
    return title if of_record() else spoken(as_titled(title))


def spoken_apart(text: str) -> tuple[str, str]:
    """Say a refusal as what cannot be done and why; why is '' where it is one sentence.

    'You cannot …: …' is parted at the colon of its message: none in a name that is put into it
    parts it, nor does one in any other sentence.
    """
    message = getattr(text, "message", "") if isinstance(text, Worded) else text
    if not message.startswith(REFUSAL):
        return spoken(text), ""
    if not isinstance(text, Worded):
        what, _, why = spoken(text).partition(": ")
        return what, why
    if of_record() and str(text) != message.format(**text.named):
        return str(text), ""
    said = message if of_record() else _message(text)
    what, _, why = said.partition(": ")
    named = {name: _part(value) for name, value in text.named.items()}
    return what.format(**named), why.format(**named)


def spoken_to(text: str, language: str) -> str:
    """Say a text in a reader's language."""
    with speaking(language):
        return spoken(text)


def mailed(mail: Mail, language: str) -> Mail:
    """Return a mail with its words in its reader's language."""
    if not isinstance(mail.subject, Worded) and not isinstance(mail.body, Worded):
        return mail
    with speaking(language):
        subject = marked(spoken(mail.subject), drill=mail.drill, language=language)
        return replace(mail, subject=subject, body=spoken(mail.body))


def say_date(day: date, form: str) -> str:
    """Write a day or an instant in the English form `form`, as the active language writes it."""
    return dateformat.format(day, date_form(form, translation.get_language()))


@lru_cache(maxsize=256)
def date_form(form: str, language: str | None) -> str:
    """Return a form of dates as a language writes it: 'j F Y' is 'j. F Y' in German."""
    for english, written in get_format("DAYS", known(language or RECORD)):
        form = form.replace(english, written)
    return form


def spoken_each(texts: Mapping[str, str]) -> dict[str, str]:
    """Say the texts of a mapping; its keys are for machines."""
    return {key: spoken(text) for key, text in texts.items()}


def say_numbers(text: str) -> str:
    """Write the numbers of a text with the decimal sign of the active language: '14,8'."""
    return text if of_record() else POINT.sub(str(get_format("DECIMAL_SEPARATOR")), text)


def in_sentence(label: str) -> str:
    """Return a label within a sentence: English small; German nouns stay large."""
    return label.lower() if of_record() else label


def of_record() -> bool:
    """Whether the active language is that of the record: English."""
    return translation.get_language() in (None, RECORD)


def _again(text: Worded) -> str:
    found_by = RECORDS.get(getattr(text, "context", ""))
    if found_by is not None:
        found = found_by(text.message.format())
        return _again(found) if isinstance(found, Worded) else found
    if getattr(text, "context", "") == citations.CONTEXT:
        return citations.citation(str(text), translation.get_language() or RECORD)
    if not getattr(text, "message", ""):
        parts = getattr(text, "parts", ())
        return text.between.join(spoken(part) for part in parts) if parts else str(text)
    return _message(text).format(**{name: _part(value) for name, value in text.named.items()})


def _message(text: Worded) -> str:
    if text.context:
        return pgettext(text.context, text.message)
    if text.plural:
        return ngettext(text.message, text.plural, text.number)
    return gettext(text.message)


def _part(value: Any) -> Any:
    """A part that was worded itself is said in the language too; names and numbers stay."""
    if isinstance(value, Moment):
        return _written(value)
    return spoken(value) if isinstance(value, Worded | Promise | Amount) else value


def _measured(value: Amount) -> str:
    """Write a number as the language does, and its unit where it is one of those shipped."""
    found = None if of_record() else AMOUNT.fullmatch(value)
    if found is None:
        return str(value)
    number = say_numbers(found["number"].replace(",", NARROW))
    unit = found["unit"]
    if not unit:
        return number
    said = gettext(unit) if unit == POINTS else pgettext(UNIT, unit)
    return f"{number}{found['gap']}{said}"


def _written(value: Moment) -> str:
    if of_record():
        return str(value)
    return dateformat.format(value.at, get_format(value.form))
