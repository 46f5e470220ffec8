"""Forms of import and export."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.models import ModelRegistry
from registry.rules.exchange.dates import DAY_FIRST, MONTH_FIRST
from registry.rules.exchange.fields import FIELDS

KINDS = (
    ("", _("Found by its columns")),
    ("systems", _("Systems")),
    ("versions", _("Versions")),
    ("history", _("History that another record holds")),
    ("people", _("People")),
    ("units", _("Units")),
)


class UploadForm(forms.Form):
    """A file to look at."""

    file = forms.FileField(
        label=_("File"),
        max_length=200,
        allow_empty_file=True,
        help_text=_("CSV, YAML or a spreadsheet (.xlsx), 5 MB and 10,000 rows at most."),
    )
    kind = forms.ChoiceField(label=_("What it holds"), choices=KINDS, required=False)


class SettleForm(forms.Form):
    """How an import is read: a field for each column, each question, and the order of dates."""

    def __init__(self, *args: Any, columns: list[Any], questions: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns, self.questions = columns, questions
        for place, (kind, column, field) in enumerate(columns):
            choices = [("", _("not read"))] + [(one.name, one.words) for one in FIELDS[kind]]
            self.fields[f"column-{place}"] = forms.ChoiceField(
                label=column, choices=choices, required=False, initial=field
            )
        for place, asked in enumerate(questions):
            choices = [("", _("nobody and nothing here"))]
            choices += [(key, f"{name} {address}".strip()) for key, name, address in asked["all"]]
            likely = asked["likely"]
            self.fields[f"choice-{place}"] = forms.ChoiceField(
                label=asked["said"],
                choices=choices,
                required=False,
                initial=likely[0][0] if len(likely) == 1 else "",
            )
        self.fields["date_order"] = forms.ChoiceField(
            label=_("Dates such as 03/04/2025 mean"),
            required=False,
            choices=[
                ("", _("not said")),
                (DAY_FIRST, _("day first: 3 April 2025")),
                (MONTH_FIRST, _("month first: 4 March 2025")),
            ],
        )
        self.fields["hidden"] = forms.BooleanField(label=_("Read hidden rows too"), required=False)
        self.fields["without_bad"] = forms.BooleanField(
            label=_("Leave out the rows that have problems"), required=False
        )

    def column_fields(self) -> list[tuple[str, Any]]:
        """Return (kind, field) of each column."""
        return [(one[0], self[f"column-{place}"]) for place, one in enumerate(self.columns)]

    def choice_fields(self) -> list[tuple[dict[str, Any], Any]]:
        """Return (question, field) of each question."""
        return [(one, self[f"choice-{place}"]) for place, one in enumerate(self.questions)]

    def settled(self) -> dict[str, Any]:
        """Return what was said, as the service takes it."""
        given = self.cleaned_data
        columns: dict[str, dict[str, str]] = {}
        for place, (kind, column, _field) in enumerate(self.columns):
            columns.setdefault(kind, {})[column] = given[f"column-{place}"]
        choices: dict[str, dict[str, str]] = {}
        for place, asked in enumerate(self.questions):
            if given[f"choice-{place}"]:
                said = choices.setdefault(asked["reading"], {})
                said[asked["said"]] = given[f"choice-{place}"]
        return {
            "columns": columns,
            "choices": choices,
            "date_order": given["date_order"],
            "hidden": given["hidden"],
            "without_bad": given["without_bad"],
        }


class RegistryForm(forms.Form):
    """Where a model registry is and how to sign in."""

    name = forms.CharField(label=_("Name"), max_length=80)
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("Such as https://mlflow.example.org, without a path behind it."),
    )
    sign_in = forms.ChoiceField(label=_("Sign-in"), choices=ModelRegistry.SignIn.choices)
    user = forms.CharField(
        label=_("Name to sign in with"), max_length=200, required=False, strip=False
    )
    secret = forms.CharField(
        label=_("Token or password"),
        max_length=2000,
        required=False,
        strip=False,
        help_text=_("Stored encrypted and never shown again."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def secrets(self) -> list[str]:
        """Return the secrets that the way of signing in takes."""
        given = self.cleaned_data
        ways = {"token": [given["secret"]], "basic": [given["user"], given["secret"]]}
        return ways.get(given["sign_in"], [])
