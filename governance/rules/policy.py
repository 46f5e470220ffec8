"""Policies: read, written, and asked for what a case needs."""

from collections.abc import Mapping
from typing import Any

import msgspec

from governance.rules.policy_checks import problems
from governance.rules.policy_document import PolicyDocument

WEAKER_THAN_ABSOLUTE = frozenset({"simple"})


class BadPolicy(ValueError):
    """A policy that cannot work; `problems` are sentences, one for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def policy_from(data: Mapping[str, Any]) -> PolicyDocument:
    """Read and check a policy. Raises BadPolicy with every problem in a sentence."""
    try:
        document = msgspec.convert(dict(data), PolicyDocument)
    except msgspec.ValidationError as error:
        raise BadPolicy([_in_words(str(error))]) from error
    found = list(problems(document))
    if found:
        raise BadPolicy(found)
    return document


def kept_policy(data: Mapping[str, Any]) -> PolicyDocument:
    """Read a policy that was checked when it was kept."""
    return msgspec.convert(dict(data), PolicyDocument)


def plain(document: PolicyDocument) -> dict[str, Any]:
    """Return a policy as plain data, the inverse of `policy_from`."""
    data: dict[str, Any] = msgspec.to_builtins(document)
    return data


def banners(document: PolicyDocument) -> tuple[str, ...]:
    """Return what readers must be told though it is allowed (KOM-02)."""
    found = []
    if document.committee.majority_high in WEAKER_THAN_ABSOLUTE:
        found.append(
            "At high tier a simple majority decides here; the default is the absolute majority."
        )
    if document.committee.minimum_high < 3:
        found.append("At high tier fewer than three votes suffice here; the default is three.")
    if document.committee.majority_acceptance in WEAKER_THAN_ABSOLUTE:
        found.append("A simple majority accepts risks here; the default is the absolute majority.")
    return tuple(found)


def _in_words(error: str) -> str:
    what, _, place = error.partition(" - at ")
    where = place.strip("`").removeprefix("$.") or "the document"
    return f"{where}: {what[0].lower()}{what[1:]}."
