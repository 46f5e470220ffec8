"""Forms of own frameworks: the YAML with its reason, and what the second person says."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outbox.languages import spoken
from reports.rules.plain_yaml import LONGEST, NotRead, decode


class BringForm(forms.Form):
    """A framework as a file or as text; `text` holds what was given, so that nothing is lost."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        max_length=1000,
        help_text=_("YAML, at most 512 KB. It is put into the text below, to be looked at."),
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,text/yaml,text/plain"}),
    )
    text = forms.CharField(
        label=_("The framework as YAML"),
        required=False,
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "mono"}),
        help_text=_("Kept exactly as it stands here. Nothing is kept while a fault is left."),
    )
    reason = forms.CharField(
        label=_("Why it is brought"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example: decided by the board, the second edition. Needed to keep it."),
    )

    def clean(self) -> dict[str, Any]:
        """Put the file's text where the text is; line ends become those of YAML."""
        given = super().clean() or {}
        file = given.get("file")
        if file is not None:
            try:
                given["text"] = decode(file.read(LONGEST + 1))
            except NotRead as error:
                self.add_error("file", spoken(error.fault.said))
                return given
        given["text"] = given.get("text", "").replace("\r\n", "\n")
        if not given["text"].strip() and not self.errors:
            self.add_error("text", _("Choose a file, or write the framework here."))
        return given

    def shown(self) -> dict[str, str]:
        """Return what the next form holds."""
        given = getattr(self, "cleaned_data", {})
        said = given.get("text") or str(self.data.get("text", ""))
        return {"text": said, "reason": given.get("reason") or str(self.data.get("reason", ""))}


class DecideForm(forms.Form):
    """What the second person says of a version, by its hash as it was shown."""

    sha256 = forms.CharField(widget=forms.HiddenInput, min_length=64, max_length=64)
    reason = forms.CharField(
        label=_("What you looked at, and why"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
