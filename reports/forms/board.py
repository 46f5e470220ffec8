"""Forms of board reports and of the factors that translate their figures."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.models import System, Unit
from registry.selectors.law import seat_day
from reports.rules.board import LONGEST, NARRATIVES
from reports.rules.consequence import CONSEQUENCES, DIRECTIONS
from reports.rules.quarters import Quarter, parse_quarter, quarter_of
from reports.services.factors import Given
from telemetry.models import Kpi

SHOWN_QUARTERS = 8
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
AREA = forms.Textarea(attrs={"rows": 5})
HELP = {
    "summary": _("What the reader must know, in a few sentences. Figures stand beside it anyway."),
    "kpis": _("Why they moved, as far as you know. What you suppose, say so."),
    "decisions": _("What the decisions aim at, and what became of earlier ones."),
    "learned": _("What will be done otherwise from now on."),
    "support": _("What is asked of the reader: money, people, a decision."),
    "outlook": _("What is planned for the next quarter."),
}
LABELS = {
    "summary": _("In short"),
    "kpis": _("What the figures say"),
    "decisions": _("On what was decided"),
    "learned": _("What was learned"),
    "support": _("Where support is needed"),
    "outlook": _("What comes next"),
}


class ReportForm(forms.Form):
    """A report to begin: of what, of which quarter."""

    about = forms.ChoiceField(
        label=_("About"),
        help_text=_("A board report is of the organisation or a unit, a review of one system."),
    )
    quarter = forms.ChoiceField(label=_("Quarter"))

    def __init__(
        self,
        *args: Any,
        subjects: tuple[Sequence[System], Sequence[Unit], bool],
        at: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["about"].choices = _subjects(*subjects)  # type: ignore[attr-defined]
        quarters = _quarters(at)
        self.fields["quarter"].choices = quarters  # type: ignore[attr-defined]
        self.fields["quarter"].initial = quarters[1][0]

    def begun(self) -> dict[str, Any]:
        """Return what the service takes: kind, quarter, system_id, unit_id."""
        word, _gap, key = self.cleaned_data["about"].partition(":")
        return {
            "kind": "review" if word == "system" else "board",
            "system_id": UUID(key) if word == "system" else None,
            "unit_id": UUID(key) if word == "unit" else None,
            "quarter": parse_quarter(self.cleaned_data["quarter"]),
        }


class NarrativeForm(forms.Form):
    """What people write beside the figures."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NARRATIVES:
            self.fields[name] = forms.CharField(
                label=LABELS[name],
                help_text=HELP[name],
                required=False,
                max_length=LONGEST,
                widget=AREA,
            )

    def texts(self) -> dict[str, str]:
        """Return the sections."""
        return {name: self.cleaned_data[name] for name in NARRATIVES}


class IssueForm(forms.Form):
    """A signature under a report as it was shown."""

    sha256 = forms.CharField(widget=forms.HiddenInput, min_length=64, max_length=64)
    reason = forms.CharField(
        label=_("What you sign"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example: read and approved for the board's meeting of 12 October."),
    )


class ReasonForm(forms.Form):
    """A reason."""

    reason = forms.CharField(
        label=_("Why"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class FactorForm(forms.Form):
    """A factor to draft: what a point of a KPI comes to, and who says so."""

    about = forms.ChoiceField(label=_("For"))
    kpi = forms.ChoiceField(label=_("KPI"))
    measures = forms.ChoiceField(label=_("It comes to"), choices=list(CONSEQUENCES.items()))
    amount = forms.DecimalField(
        label=_("So much for one point in a quarter"),
        max_digits=18,
        decimal_places=4,
        help_text=_("A point is one percentage point of a share, one unit of anything else."),
    )
    currency = forms.CharField(
        label=_("Currency"), required=False, max_length=3, help_text=_("For money: EUR.")
    )
    direction = forms.ChoiceField(label=_("It is"), choices=list(DIRECTIONS.items()))
    words = forms.CharField(
        label=_("What it is, and where it goes"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example: hours of claims handlers who check a wrong answer again."),
    )
    source = forms.CharField(
        label=_("Source"), max_length=500, help_text=_("A document or a link that can be opened.")
    )
    source_words = forms.CharField(
        label=_("What the source says, and how it was counted"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    valid_from = forms.DateField(label=_("From, first day"), widget=DAY)
    valid_until = forms.DateField(
        label=_("To, last day"), required=False, widget=DAY, help_text=_("Empty: until replaced.")
    )

    def __init__(
        self,
        *args: Any,
        subjects: tuple[Sequence[System], Sequence[Unit]],
        kpis: Sequence[Kpi],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        about = _subjects(*subjects, whole=False)
        self.fields["about"].choices = about  # type: ignore[attr-defined]
        kpi = [(one.pk, one.called) for one in kpis]
        self.fields["kpi"].choices = kpi  # type: ignore[attr-defined]

    def clean_currency(self) -> str:
        """Return the currency in capitals."""
        return str(self.cleaned_data["currency"]).upper()

    def drafted(self) -> dict[str, Any]:
        """Return what the service takes."""
        values = dict(self.cleaned_data)
        word, _gap, key = values.pop("about").partition(":")
        return {
            "kpi_id": values.pop("kpi"),
            "system_id": UUID(key) if word == "system" else None,
            "unit_id": UUID(key) if word == "unit" else None,
            "given": Given(**values),
        }


def _subjects(systems: Sequence[System], units: Sequence[Unit], whole: bool) -> list[Any]:
    found: list[Any] = []
    if whole:
        found.append(("organisation", _("The whole organisation: board report")))
    if units:
        named = [(f"unit:{row.pk}", row.name) for row in units]
        found.append((_("A unit and all below it"), named))
    if systems:
        found.append((_("A system"), [(f"system:{row.pk}", row.name) for row in systems]))
    return found


def _quarters(at: datetime) -> list[tuple[str, str]]:
    quarter: Quarter = quarter_of(seat_day(at))
    found = []
    for _number in range(SHOWN_QUARTERS):
        found.append((quarter.key, quarter.name))
        quarter = quarter.before
    return found
