"""Questionnaires: the newest that is loaded, or the one that a row was answered by."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ledger.rules.worded import in_context
from outbox.languages import of_record, spoken
from registry.models import Questionnaire
from registry.rules.questionnaire_words import CONTEXT, said_anew

FILE = Path(__file__).resolve().parent.parent / "reference" / "questionnaires.yaml"


@dataclass(frozen=True, slots=True)
class Form:
    """A questionnaire: its id with its version, its title, its document."""

    id: str
    slug: str
    title: str
    document: dict[str, Any]

    @property
    def reasons(self) -> bool:
        """Whether each answer carries a reason."""
        return bool(self.document.get("reasons"))

    @property
    def sections(self) -> list[dict[str, Any]]:
        """Its sections in order."""
        found: list[dict[str, Any]] = self.document["sections"]
        return found


def newest_form(slug: str) -> Form:
    """Return the newest questionnaire; the one that ships where none is loaded. KeyError: none."""
    rows = Questionnaire.objects.filter(slug=slug, superseded_in="")
    row = rows.order_by("-loaded_at", "-version").first()
    return _form_of(row) if row is not None else shipped_form(slug)


def form_by_id(form_id: str) -> Form:
    """Return the questionnaire that something was answered by, superseded ones too."""
    row = Questionnaire.objects.filter(pk=form_id).first()
    return _form_of(row) if row is not None else shipped_form(form_id.partition("@")[0])


def shipped_form(slug: str) -> Form:
    """Return a questionnaire as it ships with this release. Raises KeyError for none."""
    return _shipped()[slug]


def in_language(form: Form) -> Form:
    """Return a questionnaire with its words in the reader's language; its values stay."""
    return (
        form
        if of_record()
        else replace(form, title=_said(form.title), document=said_anew(form.document, _said))
    )


def _said(text: str) -> str:
    return spoken(in_context(CONTEXT, text))


def _form_of(row: Questionnaire) -> Form:
    return Form(row.pk, row.slug, row.title, row.document)


@cache
def _shipped() -> dict[str, Form]:
    file = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        row["id"]: Form(f"{row['id']}@{file['version']}", row["id"], row["title"], row)
        for row in file["questionnaires"]
    }
