"""Forms of documents: a new one, the next version, a review."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.models import Document, User
from registry.rules.files import TYPES
from registry.services.documents import Terms

ACCEPT = ",".join(f".{extension}" for extension in TYPES)


class DayInput(forms.DateInput):
    """A day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class VersionForm(forms.Form):
    """A file, from when it is valid, until when, and what is to be said of it."""

    file = forms.FileField(
        label=_("File"),
        max_length=1000,
        help_text=_(
            "PDF, Word, Excel or PowerPoint without macros, PNG, JPEG, text, Markdown, CSV, JSON."
        ),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )
    valid_from = forms.DateField(
        label=_("Valid from"), required=False, help_text=_("Empty: today."), widget=DayInput()
    )
    expires_on = forms.DateField(
        label=_("Runs out on"),
        required=False,
        help_text=_("From this day on it counts no more. Empty: it does not run out."),
        widget=DayInput(),
    )
    note = forms.CharField(
        label=_("What is new in it"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput())

    def terms(self) -> Terms:
        """Return what is said of the version."""
        given = self.cleaned_data
        return Terms(given["valid_from"], given["expires_on"], given["note"])


class DocumentForm(VersionForm):
    """A new document with its first version."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Document.Kind.choices)
    title = forms.CharField(label=_("Title"), max_length=160)
    owner = forms.ChoiceField(label=_("Owner"), help_text=_("Keeps it up to date."))
    reviewer = forms.ChoiceField(
        label=_("Reviewer"), help_text=_("Somebody else, who says whether it may count.")
    )
    field_order = ("kind", "title", "file", "owner", "reviewer", "valid_from", "expires_on", "note")

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Choose")), *((str(one.pk), one.name) for one in people)]
        for name in ("owner", "reviewer"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """Return what the service takes of the document itself."""
        given = self.cleaned_data
        return {
            "kind": given["kind"],
            "title": given["title"],
            "owner_id": UUID(given["owner"]),
            "reviewer_id": UUID(given["reviewer"]),
        }


class ReviewForm(forms.Form):
    """Whether a version may count, and why; bound to the file that was looked at."""

    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=(("accept", _("It may count")), ("refuse", _("It may not"))),
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=4000,
        help_text=_("What you looked at, and what you found."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    number = forms.IntegerField(widget=forms.HiddenInput())
    sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput())
    version = forms.IntegerField(widget=forms.HiddenInput())


class WithdrawForm(forms.Form):
    """Why a document counts no more."""

    reason = forms.CharField(
        label=_("Why"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.IntegerField(widget=forms.HiddenInput())
