"""The forms of who raises a concern, and of who holds a receipt."""

import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.utils.translation import gettext_lazy as _

from registry.models import Concern
from registry.services.concerns import LONGEST, LONGEST_MESSAGE, Said

SALT = "registry.concern.form"
TOKEN_SECONDS = 24 * 3600


def form_token() -> str:
    """Return a signed one-time key of a form: random, with nobody's session or address in it."""
    return signing.dumps(secrets.token_hex(16), salt=SALT)


class ConcernForm(forms.Form):
    """What somebody is worried about. Nothing in it is asked that the person need not say."""

    where = forms.CharField(
        label=_("Which system is it about?"),
        max_length=LONGEST["where"],
        help_text=_("Its name if you know it, else what it does: 'what answers claims by mail'."),
    )
    what = forms.CharField(
        label=_("What happened, or what worries you?"),
        max_length=LONGEST["what"],
        help_text=_("In your own words. Leave out what would tell who you are."),
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    when = forms.CharField(
        label=_("When?"),
        max_length=LONGEST["when"],
        required=False,
        help_text=_("As well as you know: a day, 'since spring', 'every Monday'."),
    )
    harm = forms.ChoiceField(
        label=_("Could somebody be harmed?"),
        choices=Concern.Harm.choices,
        widget=forms.RadioSelect,
    )
    who_harmed = forms.CharField(
        label=_("Who, and how?"),
        max_length=LONGEST["who_harmed"],
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    contact = forms.CharField(
        label=_("How can we reach you?"),
        max_length=LONGEST["contact"],
        required=False,
        help_text=_(
            "Leave it empty to stay unknown: the receipt is enough to read our answer. What you "
            "write here is read by those who look into it, never by the owner of the system."
        ),
    )
    token = forms.CharField(label=_("This form"), max_length=300, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["token"].initial = form_token
        if settings.CONCERN_SYSTEM_NAMES:
            self.fields["where"].widget.attrs["list"] = "concern-systems"

    def clean_token(self) -> str:
        """Return the form's one-time key. A form that is not ours, or too old, is sent again."""
        try:
            key = signing.loads(self.cleaned_data["token"], salt=SALT, max_age=TOKEN_SECONDS)
        except signing.BadSignature:
            self._renew()
            raise forms.ValidationError(
                _("This form was open too long. What you typed is still here: send it again.")
            ) from None
        return str(key)

    def clean(self) -> dict[str, Any]:
        """Give a form without any token a new one."""
        given: dict[str, Any] = super().clean() or {}
        if "token" in self.errors:
            self._renew()
        return given

    def _renew(self) -> None:
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed[self.add_prefix("token")] = form_token()
        self.data = typed

    def said(self) -> Said:
        """Return what is said."""
        given = self.cleaned_data
        return Said(
            where=given["where"],
            what=given["what"],
            harm=given["harm"],
            when=given["when"],
            who_harmed=given["who_harmed"],
            contact=given["contact"],
        )


class ReceiptForm(forms.Form):
    """The code of a receipt."""

    code = forms.CharField(
        label=_("Your receipt"),
        max_length=60,
        help_text=_("Eight groups of four characters."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class LineForm(forms.Form):
    """A line to the other side."""

    text = forms.CharField(
        label=_("What you want to add"),
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
