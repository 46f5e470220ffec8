"""Which folder of a pack a provision stands in, and what the folder is called. Pure."""

from collections.abc import Mapping

from reports.rules.files import slug

AI_ACT, ISO, NIST = "ai-act", "iso-42001", "nist-ai-rmf"
# Which frameworks a kind of pack is asked along; those of 'everything' are all that there are.
ALONG = {"eu_ai_act": (AI_ACT,), "iso_42001": (ISO,), "nist_ai_rmf": (NIST,)}
WHOLE = "everything"
TOPS = {AI_ACT: "eu-ai-act", ISO: "iso42001", NIST: "nist-ai-rmf"}
# Headings in our own words; the wording is in the standard.
CLAUSES = {
    "4": "Context of the organisation",
    "5": "Leadership",
    "6": "Planning",
    "7": "Support",
    "8": "Operation",
    "9": "Evaluation of performance",
    "10": "Improvement",
    "A.2": "Policies for AI",
    "A.3": "Organisation and roles",
    "A.4": "Resources of AI systems",
    "A.5": "Impacts of AI systems",
    "A.6": "The life of an AI system",
    "A.7": "Data for AI systems",
    "A.8": "Information for those concerned",
    "A.9": "Use of AI systems",
    "A.10": "Third parties and customers",
}


def top_of(framework: str) -> str:
    """Return the folder of a framework below data/; an own one stands below frameworks/."""
    return TOPS.get(framework) or f"frameworks/{slug(framework)}"


def folder_of(framework: str, provision: str) -> str:
    """Return the folder of a provision below data/: eu-ai-act/annex-iv/2, iso42001/A.6 …"""
    top = top_of(framework)
    if framework == AI_ACT:
        return f"{top}/{_of_the_act(provision)}"
    if framework == ISO:
        return f"{top}/{_clause(provision)}"
    return f"{top}/{slug(provision).lower()}" if framework == NIST else top


def title_of(framework: str, folder: str, titles: Mapping[str, str]) -> str:
    """Return what a folder is called, '' for that of an own framework.

    `titles` are those of the provisions by their ids.
    """
    name = folder.rpartition("/")[2]
    if framework == AI_ACT and "/annex-iv/" in folder:
        return _joined(f"Annex IV, item {name}", titles.get(f"IV.{name}", ""))
    if framework == AI_ACT:
        number = name.removeprefix("art")
        return _joined(f"Article {number}", titles.get(f"AIA-{number}", ""))
    if framework == ISO:
        word = "Annex" if name.startswith("A.") else "Clause"
        return _joined(f"{word} {name}", CLAUSES.get(name, ""))
    return _joined(name.upper(), titles.get(name.upper(), "")) if framework == NIST else ""


def _of_the_act(provision: str) -> str:
    scheme, _, rest = provision.partition(".")
    if scheme == "IV":
        return f"annex-iv/{rest.partition('.')[0]}"
    return f"art{slug(scheme.removeprefix('AIA-')).lower()}"


def _clause(provision: str) -> str:
    parts = provision.removeprefix("ISO-").split(".")
    return ".".join(parts[:2] if parts[0] == "A" else parts[:1])


def _joined(name: str, title: str) -> str:
    return f"{name}: {title}" if title else name
