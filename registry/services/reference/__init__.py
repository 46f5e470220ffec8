"""The law as data: read from files, compared, planned for, loaded a version at a time."""

from registry.services.reference.files import FILE, documents_in, read_document, shipped
from registry.services.reference.loading import (
    Loaded,
    LoadedAll,
    load_clock_rules,
    load_document,
    load_reference,
)
from registry.services.reference.planning import Plan, Touched, plan_reference

__all__ = [
    "FILE",
    "Loaded",
    "LoadedAll",
    "Plan",
    "Touched",
    "documents_in",
    "load_clock_rules",
    "load_document",
    "load_reference",
    "plan_reference",
    "read_document",
    "shipped",
]
