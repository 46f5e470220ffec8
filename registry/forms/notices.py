"""How a person wants to be told."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outbox.rules.notices import KINDS
from registry.models import NoticePreference
from registry.services.notices import NEVER_LATER, Choices

WORDS = {
    "task": _("What waits for you"),
    "reminder": _("What is late, or has come up to you"),
    "information": _("For your information"),
}


class PreferenceForm(forms.Form):
    """The hour of the digest, what waits for it, and the ways beside mail."""

    digest_hour = forms.TypedChoiceField(
        label=_("Hour of the digest, on your clock"),
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        coerce=int,
        help_text=_("What you want together comes once a day at this hour."),
    )
    digest = forms.MultipleChoiceField(
        label=_("Only in the digest"),
        required=False,
        choices=[(kind, WORDS[kind]) for kind in KINDS if kind not in NEVER_LATER],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Major and severe cases always come at once, and so does what is late."),
    )
    by_chat = forms.MultipleChoiceField(
        label=_("To your chat as well"),
        required=False,
        choices=[(kind, WORDS[kind]) for kind in KINDS],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The mail goes all the same."),
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
            "digest": row.digest,
            "by_chat": row.by_chat,
            "version": row.version,
        }
        super().__init__(*args, **kwargs)
        for name, known in (("page", row.page_name), ("chat", row.chat_name)):
            if known:
                self.fields[name].help_text = _(
                    "We know: %(known)s. Type another to replace it, or leave this empty."
                ) % {"known": known}
            else:
                del self.fields[f"forget_{name}"]

    def choices(self) -> Choices:
        """Return what was chosen."""
        given = self.cleaned_data
        return Choices(
            digest_hour=given["digest_hour"],
            digest=given["digest"],
            by_chat=given["by_chat"],
            page=_address(given["page"], forget=given.get("forget_page", False)),
            chat=_address(given["chat"], forget=given.get("forget_chat", False)),
        )


def _address(typed: str, *, forget: bool) -> str | None:
    """Return a new address, '' to forget the known one, None to keep it."""
    if typed:
        return typed
    return "" if forget else None
