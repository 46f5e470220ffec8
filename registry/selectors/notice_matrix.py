"""How somebody is told of what: kinds by ways, what they chose and what is fixed, and why."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise
WAYS: tuple[tuple[str, Words], ...] = (
    ("product", _("In the product")),
    ("mail", _("Mail at once")),
    ("digest", _("Mail in the digest")),
    ("page", _("Pager")),
    ("chat", _("Chat")),
)
URGENT, ACCOUNT = "urgent", "account"
ROWS: tuple[tuple[str, Words, Words], ...] = (
    ("task", _("What waits for you"), _("A step that is yours, until its deadline.")),
    ("reminder", _("What is late"), _("It is late, or it has come up to you.")),
    ("mention", _("What names you"), _("Somebody names you in a comment on a case.")),
    ("information", _("For your information"), _("Nothing is asked of you.")),
    (URGENT, _("Major and severe cases"), _("Of every kind, and rehearsals of them.")),
    (ACCOUNT, _("Your account"), _("Invitations, second factors, access, trials.")),
)
ALWAYS = _("Every notice stands in the product: nothing is dropped.")
WAITS = _("A step that waits for you is mailed, at once or in the digest: it has a deadline.")
LATE = _("What is late already waits for no digest.")
URGENT_MAIL = _("Major and severe cases go past every digest and ceiling.")
CALLS = _("Only major and severe cases call a pager.")
CALLED = _("Major and severe cases call you.")
NO_PAGER = _("You named no pager: who calls you writes a mail at once.")
NO_CHAT = _("Name your chat first.")
AS_KIND = _("As its kind goes, at once.")
OWN = _("What happens to your account you hear at once, whoever reads your screen.")


@dataclass(frozen=True, slots=True)
class Cell:
    """One way for one kind: whether it is told so; `fixed` says why that is no choice."""

    way: str
    label: Words
    told: bool
    fixed: Words = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One kind with its ways."""

    kind: str
    label: Words
    hint: Words
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody chose, and which addresses of theirs are known."""

    digest: frozenset[str] = frozenset()
    by_chat: frozenset[str] = frozenset()
    in_product: frozenset[str] = frozenset()
    has_pager: bool = False
    has_chat: bool = False


def matrix(chosen: Chosen) -> tuple[Line, ...]:
    """Return every kind by every way as it stands for somebody."""
    return tuple(_line(kind, label, hint, chosen) for kind, label, hint in ROWS)


def _line(kind: str, label: Words, hint: Words, chosen: Chosen) -> Line:
    told = TOLD.get(kind, _of_kind)(kind, chosen)
    cells = tuple(Cell(way, words, *told[way]) for way, words in WAYS)
    return Line(kind, label, hint, cells)


Told = Mapping[str, tuple[bool, Words]]


def _of_kind(kind: str, chosen: Chosen) -> Told:
    late, here = kind == "reminder", kind in chosen.in_product
    digest = not late and kind in chosen.digest
    return {
        "product": (True, ALWAYS),
        "mail": (not digest and not here, LATE if late else ""),
        "digest": (digest, LATE if late else ""),
        "page": (False, CALLS),
        "chat": (kind in chosen.by_chat, "" if chosen.has_chat else NO_CHAT),
    }


def _urgent(_kind: str, chosen: Chosen) -> Told:
    return {
        "product": (True, ALWAYS),
        "mail": (True, URGENT_MAIL),
        "digest": (False, URGENT_MAIL),
        "page": (chosen.has_pager, CALLED if chosen.has_pager else NO_PAGER),
        "chat": (bool(chosen.by_chat) and chosen.has_chat, AS_KIND),
    }


def _account(_kind: str, _chosen: Chosen) -> Told:
    return {
        "product": (True, ALWAYS),
        "mail": (True, OWN),
        "digest": (False, OWN),
        "page": (False, CALLS),
        "chat": (False, OWN),
    }


TOLD = {URGENT: _urgent, ACCOUNT: _account}
