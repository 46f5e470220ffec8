"""Texts of the reference data that ship with the product: the KPI catalogue, the questionnaires.

Each has a context of its own: a short name such as "Precision" means something else elsewhere.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from config.catalogue import Entry
from registry.rules import questionnaire_words
from telemetry.rules import kpi_words

KPIS = "telemetry/reference/kpis.yaml"
SCORECARDS = "telemetry/reference/kpi_templates.yaml"
QUESTIONNAIRES = "registry/reference/questionnaires.yaml"


def of_reference(root: Path) -> Iterator[tuple[str, Entry]]:
    """Return the messages of the reference data, each with the file in which it stands."""
    for context, text in kpi_words.catalogue_texts(_read(root / KPIS)["kpis"]):
        yield KPIS, Entry(text, context=context)
    for context, text in kpi_words.scorecard_texts(_read(root / SCORECARDS)["templates"]):
        yield SCORECARDS, Entry(text, context=context)
    for document in _read(root / QUESTIONNAIRES)["questionnaires"]:
        for text in questionnaire_words.texts_of(document):
            yield QUESTIONNAIRES, Entry(text, context=questionnaire_words.CONTEXT)


def _read(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))
