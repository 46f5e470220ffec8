"""How far a pack is, in the words and parts of the progress component."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger.rules.worded import of_machine
from outbox.languages import spoken
from reports.models import Pack
from reports.rules.building import STEPS


@dataclass(frozen=True)
class Progress:
    """What the page shows while it waits."""

    title: str
    state: str
    share: int
    text: str
    steps: list[dict[str, str]]


def progress_of(pack: Pack, *, before: int = 0) -> Progress:
    """Return a pack's progress; a pack that waits is said to wait, with what to expect.

    `before` is how many packs have their turn before it.
    """
    share = 100 if pack.state == Pack.State.READY else pack.progress
    return Progress(
        title=_title(pack),
        state={Pack.State.READY: "ok", Pack.State.FAILED: "failed"}.get(
            Pack.State(pack.state), "running"
        ),
        share=share,
        text=_text(pack, before),
        steps=_steps(pack),
    )


def _title(pack: Pack) -> str:
    if pack.state == Pack.State.BUILDING:
        return pack.step or _("Beginning")
    return {
        Pack.State.QUEUED: _("Waiting for a worker"),
        Pack.State.READY: _("Ready"),
        Pack.State.FAILED: _("Not built"),
    }[Pack.State(pack.state)]


def _text(pack: Pack, before: int) -> str:
    if pack.state == Pack.State.READY:
        return ""
    if pack.state == Pack.State.FAILED:
        return of_machine(pack.failure)
    if pack.waits_for:
        return _("It waits: %(reason)s") % {"reason": spoken(of_machine(pack.waits_for))}
    return _how_long(pack, before)


def _how_long(pack: Pack, before: int) -> str:
    if pack.state == Pack.State.QUEUED and before:
        return ngettext(
            "%(count)s pack has its turn before it. You can leave this page and come back.",
            "%(count)s packs have their turn before it. You can leave this page and come back.",
            before,
        ) % {"count": before}
    if pack.part:
        return _("Now: %(part)s. You can leave this page and come back.") % {"part": pack.part}
    if pack.attempts > 1:
        return _("Building was interrupted and goes on where it stopped. You can leave this page.")
    return _("You can leave this page and come back; it is built in the background.")


def _steps(pack: Pack) -> list[dict[str, str]]:
    """Return the steps with their states; none while nobody has begun."""
    if pack.state == Pack.State.READY or pack.step not in STEPS:
        return []
    here = STEPS.index(pack.step)
    now = "failed" if pack.state == Pack.State.FAILED else "current"
    return [
        {"name": words, "state": "done" if place < here else now if place == here else "todo"}
        for place, words in enumerate(STEPS)
    ]
