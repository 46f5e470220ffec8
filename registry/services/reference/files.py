"""The reference files that this floor ships, read and cached."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded

FOLDER = Path(__file__).resolve().parent.parent.parent / "reference"
# In this order: what others name stands first.
NAMES = (
    "sources",
    "ai_act",
    "iso_42001",
    "nist_ai_rmf",
    "crosswalk",
    "kpi_duties",
    "questionnaires",
    "regimes",
    "clock_rules",
)
FILE = FOLDER / "clock_rules.yaml"
# libyaml's parser is ten times faster than the one in Python; its absence only costs time.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_document(path: Path) -> dict[str, Any]:
    """Read a reference file. Raises Invalid when it is no document with name and version."""
    try:
        # LOADER is the safe one, by libyaml where that is there.
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Invalid(
            "bad_reference",
            worded("{path_name} cannot be read: {error}", path_name=path.name, error=error),
        ) from error
    if not isinstance(document, dict) or not {"name", "version"} <= document.keys():
        raise Invalid(
            "bad_reference", worded("{path_name} has no name and version.", path_name=path.name)
        )
    return document


@cache
def shipped() -> tuple[Mapping[str, Any], ...]:
    """Return the documents of the project's own files; not to be changed by who gets them."""
    return tuple(read_document(FOLDER / f"{name}.yaml") for name in NAMES)


def documents_in(folder: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the documents of another folder, in the same order. Raises Invalid for none."""
    found = [folder / f"{name}.yaml" for name in NAMES]
    documents = tuple(read_document(path) for path in found if path.is_file())
    if not documents:
        raise Invalid(
            "bad_reference",
            worded("There is no reference file in {folder_name}.", folder_name=folder.name),
        )
    return documents
