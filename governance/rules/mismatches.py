"""Which version answered, held against what is approved and live (TEL-9). Pure.

What an event does not tell is not held against it, and neither is what the approval left open: a
version that is named by a digest says nothing of a provider's model.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ledger.rules.worded import term, word, worded

Reason = Literal["unknown", "unapproved", "other_model", "other_part", "not_live"]

# A switch of versions takes a while: who was live this shortly before or after may still answer.
SWITCH = timedelta(minutes=15)
SINGLE = {
    "digest": word("digest"),
    "fingerprint": word("fingerprint"),
    "prompt_sha256": word("prompt"),
    "tools_sha256": word("tool definitions"),
    "index_sha256": word("index"),
    "guardrails_sha256": word("guardrails"),
}
STATES = {"draft": word("draft"), "approved": word("approved"), "revoked": word("revoked")}
MILD: frozenset[Reason] = frozenset({"not_live"})


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answered, as an event tells it; `parts` by the names of the version's identity."""

    version: str
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A registered version: approved in [approved_at, revoked_at), and what it is."""

    label: str
    state: str
    approved_at: datetime | None
    revoked_at: datetime | None
    parts: Mapping[str, str]

    def is_approved(self, at: datetime) -> bool:
        """Whether it was approved at an instant; the approval of an earlier answer counts too."""
        if self.approved_at is None:
            return False
        return self.revoked_at is None or at < self.revoked_at


@dataclass(frozen=True, slots=True)
class Live:
    """A version that was live in [from_at, until_at)."""

    label: str
    from_at: datetime
    until_at: datetime | None

    def ran(self, at: datetime, around: timedelta = timedelta()) -> bool:
        """Whether it was live at an instant, or `around` it."""
        ended = self.until_at is not None and at >= self.until_at + around
        return self.from_at - around <= at and not ended


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why an answer is not what was approved: the reason, and the sentence for people."""

    reason: Reason
    words: str

    @property
    def is_mild(self) -> bool:
        """Whether somebody did approve what answered, only not for now."""
        return self.reason in MILD


def mismatch_of(
    answerer: Answerer, at: datetime, known: Mapping[str, Known], live: Iterable[Live]
) -> Mismatch | None:
    """Return why an answer at an instant does not fit; None where it does, or nothing was live.

    `known` are the system's versions by label, `live` those of the environment. Where nothing is
    live nothing is promised: a trial, or what happened before the first release.
    """
    runs = list(live)
    if not any(one.ran(at) for one in runs):
        return None
    version = known.get(answerer.version)
    if version is None:
        words = worded(
            "No version {version} is registered; nobody can have approved it.",
            version=answerer.version,
        )
        return Mismatch("unknown", words)
    if not version.is_approved(at):
        words = worded(
            "Version {version} is {state}: nobody has approved it.",
            version=version.label,
            state=term(STATES.get(version.state, version.state)),
        )
        return Mismatch("unapproved", words)
    return _other(answerer, version) or _elsewhere(version, at, runs)


def _other(answerer: Answerer, version: Known) -> Mismatch | None:
    told = dict(answerer.parts)
    model, approved = told.get("hosted_model", ""), _models(version)
    if model and approved and model.casefold() not in approved:
        return Mismatch("other_model", _of_model(model, version))
    for name, words in SINGLE.items():
        was, is_now = version.parts.get(name, ""), told.get(name, "")
        if was and is_now and was.casefold() != is_now.casefold():
            return Mismatch(
                "other_part",
                worded(
                    "The {what} told is {answered}; version {version} is approved with {approved}.",
                    what=term(words),
                    answered=_short(is_now),
                    version=version.label,
                    approved=_short(was),
                ),
            )
    return None


def _of_model(model: str, version: Known) -> str:
    said = {"model": model, "version": version.label, "approved": version.parts["hosted_model"]}
    snapshot = version.parts.get("snapshot")
    if snapshot:
        return worded(
            "The model that answered is {model}; version {version} is approved with {approved} "
            "({snapshot}).",
            **said,
            snapshot=snapshot,
        )
    return worded(
        "The model that answered is {model}; version {version} is approved with {approved}.", **said
    )


def _models(version: Known) -> frozenset[str]:
    """Return every name by which a provider may call the approved model."""
    model, snapshot = version.parts.get("hosted_model", ""), version.parts.get("snapshot", "")
    names = [model]
    if model and snapshot:
        names += [snapshot, f"{model}-{snapshot}", f"{model}@{snapshot}", f"{model}:{snapshot}"]
    return frozenset(name.casefold() for name in names if name)


def _elsewhere(version: Known, at: datetime, runs: Iterable[Live]) -> Mismatch | None:
    if any(one.label == version.label and one.ran(at, SWITCH) for one in runs):
        return None
    now = next(one.label for one in runs if one.ran(at))
    words = worded(
        "Version {version} is approved, but {other} is the one that was live.",
        version=version.label,
        other=now,
    )
    return Mismatch("not_live", words)


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:20]}…"
