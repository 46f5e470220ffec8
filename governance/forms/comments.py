"""The form of a comment on a case."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from incidents.rules.addresses import LONGEST as LONGEST_ADDRESS
from incidents.rules.comments import LONGEST, MOST_RECORDS
from registry.models import User
from registry.rules.files import IN_WORDS


class FilesInput(forms.ClearableFileInput):
    """A field for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; each is looked at where it is kept."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Return the files, none of them an empty list."""
        given = data if isinstance(data, (list, tuple)) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given if one]


class CommentForm(forms.Form):
    """What somebody says on a case, whom it tells, and what comes with it."""

    text = forms.CharField(
        label=_("Comment"),
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Plain text. @ and a name tells somebody; numbers of cases, ledger entries and KPIs "
            "become links."
        ),
    )
    tell = forms.MultipleChoiceField(
        label=_("People to tell"), required=False, widget=forms.CheckboxSelectMultiple
    )
    records = forms.CharField(
        label=_("Records that show it"),
        required=False,
        max_length=MOST_RECORDS * (LONGEST_ADDRESS + 2),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_(
            "Address or number of a ledger entry, KPI, answer, document, pack or case, one a line. "
            "The comment says why."
        ),
    )
    corrects = forms.UUIDField(required=False, widget=forms.HiddenInput())
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput())

    def __init__(self, *args: Any, people: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tell"].choices = people  # type: ignore[attr-defined]  # a ChoiceField
        # A form has files of its own, so that the field is no attribute of the class.
        self.fields["files"] = FilesField(
            label=_("Files"),
            required=False,
            max_length=1000,
            allow_empty_file=True,
            help_text=_("%(kinds)s; five at most.") % {"kinds": IN_WORDS},
        )

    @property
    def picked(self) -> list[UUID]:
        """The ids of those who were picked."""
        return [UUID(one) for one in self.cleaned_data["tell"]]

    @property
    def named(self) -> list[str]:
        """The addresses and numbers of records, line by line."""
        return [line for line in self.cleaned_data["records"].splitlines() if line.strip()]


def people_choices(people: Sequence[User]) -> list[tuple[str, str]]:
    """Return people as the list of the form has them: with their title."""
    return [(str(one.pk), f"{one.name}, {one.title}" if one.title else one.name) for one in people]


def comment_form_of(comments: Mapping[str, Any], corrects: UUID | None = None) -> CommentForm:
    """Return an empty form; `comments` are those of governance.selectors.pages.comments."""
    people = people_choices(comments["people"])
    known = {"key": uuid4().hex, "corrects": corrects}
    return CommentForm(initial=known, people=people, auto_id="comment_%s")


class WithdrawForm(forms.Form):
    """Why a comment is withdrawn."""

    reason = forms.CharField(label=_("Why"), max_length=2000)
