"""Forms of uploads: a file of readings, and how it is read."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from telemetry.models import Upload
from telemetry.rules.upload import EVERY_ROW, fields_of

DECIMALS = ((".", _("a point: 0.95")), (",", _("a comma: 0,95")))
WORDS = {
    "system": _("System, by its short name"),
    "kpi": _("KPI, by its id"),
    "environment": _("Environment"),
    "window": _("Window, such as 1d"),
    "version": _("Version"),
}


class UploadForm(forms.Form):
    """A file to look at."""

    file = forms.FileField(
        label=_("File"),
        max_length=200,
        allow_empty_file=True,
        help_text=_("CSV, 20 MiB and 100,000 lines at most; the first line names the columns."),
    )
    kind = forms.ChoiceField(label=_("What it holds"), choices=Upload.Kind.choices)
    system = forms.ChoiceField(
        label=_("System"),
        required=False,
        help_text=_("For lines that name none; a column with the system counts before it."),
    )

    window = forms.CharField(
        label=_("Window"),
        max_length=10,
        required=False,
        help_text=_("What one reading covers, such as 1d, for lines that do not say it."),
    )

    def __init__(self, *args: Any, systems: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = ("", _("named in the file"))
        self.fields["system"].choices = [first, *systems]  # type: ignore[attr-defined]


class ReadingForm(forms.Form):
    """How a file is read: a field for each column, what stands for all lines, the marks."""

    def __init__(
        self, *args: Any, kind: str, columns: Sequence[Sequence[str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.columns, self.kind = columns, kind
        for name in EVERY_ROW:
            if name in fields_of(kind):
                self.fields[f"every-{name}"] = forms.CharField(
                    label=WORDS[name], max_length=200, required=False
                )
        self.fields["decimal"] = forms.ChoiceField(
            label=_("Before the decimals stands"), choices=DECIMALS
        )
        self.fields["zone"] = forms.CharField(
            label=_("Time zone of instants that name none"),
            max_length=60,
            help_text=_("Such as Europe/Berlin or UTC."),
        )
        for place, (column, field) in enumerate(columns):
            self.fields[f"column-{place}"] = forms.ChoiceField(
                label=column or _("without a name"),
                choices=_choices(kind, column),
                required=False,
                initial=field,
            )

    def every_fields(self) -> list[Any]:
        """Return the fields of what stands for all lines."""
        return [self[name] for name in self.fields if name.startswith("every-")]

    def column_fields(self) -> list[Any]:
        """Return the fields of the columns in order."""
        return [self[f"column-{place}"] for place in range(len(self.columns))]

    def said(self) -> dict[str, Any]:
        """Return what was said, as the service takes it."""
        given = self.cleaned_data
        return {
            "columns": {
                column: given[f"column-{place}"] for place, (column, _f) in enumerate(self.columns)
            },
            "every": {
                name.removeprefix("every-"): said
                for name, said in given.items()
                if name.startswith("every-")
            },
            "decimal": given["decimal"],
            "zone": given["zone"],
        }


def _choices(kind: str, column: str) -> list[tuple[str, Any]]:
    known: list[tuple[str, Any]] = [("", _("not read")), *((one, one) for one in fields_of(kind))]
    if kind == "decisions" and column:
        name = f"segment.{column.removeprefix('segment.')[:59]}"
        known.append((name, name))
    return known
