"""How a person wants to be told."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outbox.rules.notices import KINDS
from registry.models import NoticePreference
from registry.selectors.notice_matrix import Cell
from registry.selectors.notices import matrix_of
from registry.services.notices import MAY_STAY, Choices

WORDS = {
    "task": _("What waits for you"),
    "reminder": _("What is late, or has come up to you"),
    "mention": _("What names you"),
    "information": _("For your information"),
}
MAILS = (
    ("now", _("at once")),
    ("digest", _("in the digest")),
    ("none", _("not by mail: in the product alone")),
)
CHOSEN = ("task", "mention", "information")
ADDRESSES = ("digest_hour", "page", "forget_page", "chat", "forget_chat")


class PreferenceForm(forms.Form):
    """How one is told of each kind by each way, the hour of the digest, pager and chat."""

    digest_hour = forms.TypedChoiceField(
        label=_("Hour of the digest, on your clock"),
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        coerce=int,
        help_text=_("What you want together comes once a day at this hour."),
    )
    mail_task = forms.ChoiceField(
        label=_("What waits for you, by mail"), choices=MAILS[:2], required=False
    )
    mail_mention = forms.ChoiceField(
        label=_("What names you, by mail"), choices=MAILS, required=False
    )
    mail_information = forms.ChoiceField(
        label=_("For your information, by mail"), choices=MAILS, required=False
    )
    by_chat = forms.MultipleChoiceField(
        label=_("To your chat as well"),
        required=False,
        choices=[(kind, WORDS[kind]) for kind in KINDS],
    )
    page = forms.CharField(
        label=_("Pager"),
        required=False,
        max_length=500,
        help_text=_(
            "What wakes you: pagerduty: and your routing key, or the https address of an ntfy "
            "topic. Leave it empty to keep the one that we know."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    forget_page = forms.BooleanField(label=_("Forget the pager"), required=False)
    chat = forms.CharField(
        label=_("Chat"),
        required=False,
        max_length=500,
        help_text=_(
            "An address such as slack://…, msteams://…, mmosts://chat.example.org/…. Leave it "
            "empty to keep the one that we know."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    forget_chat = forms.BooleanField(label=_("Forget the chat"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput())

    def __init__(self, *args: Any, row: NoticePreference, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "digest_hour": row.digest_hour,
            **{f"mail_{kind}": _mailed(row, kind) for kind in CHOSEN},
            "by_chat": row.by_chat,
            "version": row.version,
        }
        super().__init__(*args, **kwargs)
        self.row = row
        for name, known in (("page", row.page_name), ("chat", row.chat_name)):
            if known:
                self.fields[name].help_text = _(
                    "We know: %(known)s. Type another to replace it, or leave this empty."
                ) % {"known": known}
            else:
                del self.fields[f"forget_{name}"]

    @property
    def beside(self) -> list[forms.BoundField]:
        """The fields that stand below the matrix, the hour and the addresses."""
        return [self[name] for name in ADDRESSES if name in self.fields]

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The matrix: each kind with its ways, a field's name and value where it is a choice."""
        chats = {str(one) for one in self["by_chat"].value() or ()}
        said: set[str] = set()
        return [
            {
                "line": line,
                "cells": [
                    {"cell": cell, "why": _once(cell, said)} | self._choice(line.kind, cell, chats)
                    for cell in line.cells
                ],
                "here": self._choice_here(line.kind),
            }
            for line in matrix_of(self.row)
        ]

    def _choice(self, kind: str, cell: Cell, chats: set[str]) -> dict[str, Any]:
        if cell.way == "chat" and kind in WORDS:
            # Who names a chat in this very form may choose it in the same go.
            return {"type": "checkbox", "name": "by_chat", "value": kind, "on": kind in chats}
        if cell.fixed or kind not in CHOSEN:
            return {"type": ""}
        value = {"mail": "now", "digest": "digest"}[cell.way]
        return {"type": "radio", "name": f"mail_{kind}", "value": value,
                "on": self._mail(kind) == value}  # fmt: skip

    def _choice_here(self, kind: str) -> dict[str, Any]:
        if kind not in MAY_STAY:
            return {}
        return {"name": f"mail_{kind}", "on": self._mail(kind) == "none"}

    def _mail(self, kind: str) -> str:
        return str(self[f"mail_{kind}"].value() or "now")

    def choices(self) -> Choices:
        """Return what was chosen."""
        given = self.cleaned_data
        return Choices(
            digest_hour=given["digest_hour"],
            digest=[kind for kind in CHOSEN if given[f"mail_{kind}"] == "digest"],
            by_chat=given["by_chat"],
            in_product=[kind for kind in CHOSEN if given[f"mail_{kind}"] == "none"],
            page=_address(given["page"], forget=given.get("forget_page", False)),
            chat=_address(given["chat"], forget=given.get("forget_chat", False)),
        )


def _once(cell: Cell, said: set[str]) -> str:
    """Return why a cell is fixed, where no cell before it has said the same."""
    why = str(cell.fixed)
    if why in said:
        return ""
    said.add(why)
    return why


def _mailed(row: NoticePreference, kind: str) -> str:
    if kind in row.in_product:
        return "none"
    return "digest" if kind in row.digest else "now"


def _address(typed: str, *, forget: bool) -> str | None:
    """Return a new address, '' to forget the known one, None to keep it."""
    if typed:
        return typed
    return "" if forget else None
