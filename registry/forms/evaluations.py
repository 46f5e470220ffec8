"""Forms of evaluations: a plan by lines, a run by lines, a drill, a signature."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.forms.lines import RowsField, code_of, text_of
from registry.forms.versions import TEXT, WHEN
from registry.models import EvaluationPlan, FailureScenario, SystemVersion
from registry.rules.evaluations import DIRECTIONS, KINDS, Limit, Measured, Scenario, Slice

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _slice(parts: list[str]) -> Slice:
    return Slice(name=parts[1][:80], kind=code_of(parts[0], KINDS), what=parts[2][:500])


def _limit(parts: list[str]) -> Limit:
    return Limit(
        slice=parts[0][:80],
        metric=parts[1][:80],
        direction=code_of(parts[2], DIRECTIONS),
        value=float(parts[3]),
        least_n=int(parts[4]),
    )


def _scenario(parts: list[str]) -> Scenario:
    return Scenario(what=parts[0][:2000], kpi=parts[1][:120], response=parts[2][:2000])


def _measured(parts: list[str]) -> Measured:
    value = float(parts[2]) if parts[2] else None
    return Measured(parts[0][:80], parts[1][:80], value, int(parts[3]) if parts[3] else None)


class PlanForm(forms.Form):
    """What a version is tested on and must reach."""

    dataset_name = forms.CharField(
        label=_("Data set"),
        max_length=200,
        help_text=_("Name and edition, as your data catalogue has it."),
    )
    dataset_sha256 = forms.CharField(
        label=_("SHA-256 of the data set"),
        max_length=71,
        help_text=_("A run on any other data is refused."),
    )
    slices = RowsField(
        parts=3,
        read=_slice,
        label=_("Slices"),
        help_text=_(
            "One a line: usual, edge cases or adversarial | name | what it holds. One of each kind "
            "is needed, so that nobody only measures what works."
        ),
    )
    metrics = RowsField(
        parts=5,
        read=_limit,
        label=_("Limits, agreed before the run"),
        help_text=_(
            "One a line: slice | metric | at least or at most | limit | least number of cases. On "
            "fewer cases the run is inconclusive, which is not passed."
        ),
    )
    scenarios = RowsField(
        parts=3,
        read=_scenario,
        label=_("Failure scenarios"),
        help_text=_("One a line: what could go wrong | which KPI would show it | the response."),
    )
    reason = forms.CharField(label=_("Why this plan"), required=False, **TEXT)


def plan_as_typed(plan: EvaluationPlan, scenarios: Iterable[FailureScenario]) -> dict[str, str]:
    """Return a plan as the form takes it, to write the next one from."""
    return {
        "dataset_name": plan.dataset_name,
        "dataset_sha256": plan.dataset_sha256,
        "slices": text_of((KINDS[one["kind"]], one["name"], one["what"]) for one in plan.slices),
        "metrics": text_of(
            (
                one["slice"],
                one["metric"],
                DIRECTIONS[one["direction"]],
                f"{one['value']:g}",
                str(one["least_n"]),
            )
            for one in plan.metrics
        ),
        "scenarios": text_of((one.what, one.kpi, one.response) for one in scenarios),
    }


class PlanApproveForm(forms.Form):
    """The approval of a plan as it is shown; `sha256` is the hash of it."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = forms.CharField(label=_("Why these limits are right"), **TEXT)


class DrillForm(forms.Form):
    """A drill of a failure scenario."""

    scenario = forms.ChoiceField(label=_("Scenario"))
    drilled_on = forms.DateField(label=_("Drilled on"), widget=DAY)
    note = forms.CharField(
        label=_("What came of it"),
        help_text=_("Who took part, how long the response took, what has to change."),
        **TEXT,
    )

    def __init__(self, *args: Any, scenarios: Iterable[FailureScenario], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scenario"].choices = [(str(row.pk), row.what[:120]) for row in scenarios]  # type: ignore[attr-defined]


class RunForm(forms.Form):
    """What came of a run, sent by hand."""

    version = forms.ChoiceField(label=_("Version"))
    dataset_sha256 = forms.CharField(
        label=_("SHA-256 of the data set that was used"), max_length=71
    )
    started_at = forms.DateTimeField(
        label=_("Started"), widget=WHEN, help_text=_("After the plan was approved.")
    )
    ended_at = forms.DateTimeField(label=_("Ended"), widget=WHEN)
    results = RowsField(
        parts=4,
        read=_measured,
        label=_("Results"),
        help_text=_("One a line: slice | metric | value | number of cases."),
    )
    tool = forms.CharField(label=_("Tool"), required=False, max_length=120)
    evidence = forms.CharField(
        label=_("Where the full report lies"), required=False, max_length=500
    )
    note = forms.CharField(label=_("Note"), required=False, **TEXT)

    def __init__(self, *args: Any, versions: Iterable[SystemVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = [(str(row.pk), row.label) for row in versions]  # type: ignore[attr-defined]


class SignForm(forms.Form):
    """A signature under a run."""

    meaning = forms.ChoiceField(
        label=_("You sign that"),
        choices=(
            ("authorship", _("you ran it, or answer for the pipeline that did")),
            ("review", _("you have reviewed it and agree")),
        ),
    )
    reason = forms.CharField(label=_("What you looked at"), **TEXT)
