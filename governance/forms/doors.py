"""Forms of how a system's telemetry is read."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.models import MetricMapping, OtlpDoor
from governance.rules.mappings import Mapped
from telemetry.models import Kpi

DECISIONS = [
    (OtlpDoor.Decisions.BY_KIND, _("As its kind says")),
    (OtlpDoor.Decisions.MODEL_CALLS, _("Every call of a model")),
    (OtlpDoor.Decisions.AGENT_RUNS, _("Every run of an agent")),
    (OtlpDoor.Decisions.MARKED, _("Only spans that say countersign.decision = true")),
]


class DoorForm(forms.Form):
    """Under which names telemetry comes, and which spans are decisions."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    decisions = forms.ChoiceField(
        label=_("Which spans are decisions"),
        choices=DECISIONS,
        widget=forms.RadioSelect,
        help_text=_(
            "What a person would call one answer or one act. Steps of it, such as calls of tools, "
            "become part of it. Agents: every run; other systems: every call of a model."
        ),
    )
    service_names = forms.CharField(
        label=_("Further service names"),
        required=False,
        max_length=4200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line: service.name as the sender says it. The short name always works."),
    )

    def names(self) -> list[str]:
        """Return the names, one a line."""
        return str(self.cleaned_data["service_names"]).splitlines()


class MappingForm(forms.Form):
    """That a metric is a KPI."""

    metric = forms.CharField(
        label=_("Metric"),
        max_length=200,
        help_text=_("Its name as the sender says it, such as gen_ai.client.operation.duration."),
    )
    unit = forms.CharField(
        label=_("Its unit"),
        required=False,
        max_length=40,
        help_text=_("As the sender says it, such as s or {token}. Another unit is not taken."),
    )
    kpi = forms.ChoiceField(label=_("Is the KPI"))
    figure = forms.ChoiceField(
        label=_("By the figure"),
        choices=MetricMapping.Figure.choices,
        help_text=_(
            "Percentiles and counts of histograms; the increase or rate of counters; the last "
            "value, mean, lowest or highest of gauges."
        ),
    )
    window = forms.CharField(
        label=_("Over windows of"),
        initial="5m",
        max_length=10,
        help_text=_("A number and s, m, h or d: the points of each window make one reading."),
    )
    attributes = forms.CharField(
        label=_("Only where"),
        required=False,
        max_length=2500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line, all must hold: gen_ai.token.type=output"),
    )
    segment_attribute = forms.CharField(
        label=_("Segment by the attribute"),
        required=False,
        max_length=59,
        help_text=_("Its values become segments of the KPI, such as gen_ai.request.model."),
    )
    factor = forms.FloatField(
        label=_("Factor"),
        required=False,
        help_text=_("Empty: by the units. By what the figure is multiplied to be in the KPI's."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Kpi.objects.only("pk", "name", "unit", "own").order_by("name")
        choices = [(one.pk, f"{one.called} ({one.measured_in})") for one in rows]
        self.fields["kpi"].choices = [("", "—"), *choices]  # type: ignore[attr-defined]

    def clean_attributes(self) -> dict[str, str]:
        """Read name=value, one a line."""
        found = {}
        for line in str(self.cleaned_data["attributes"]).splitlines():
            if not line.strip():
                continue
            name, sign, value = line.partition("=")
            if not sign or not name.strip() or not value.strip():
                raise forms.ValidationError(_("Write name=value, one a line."))
            found[name.strip()] = value.strip()
        return found

    def mapped(self) -> Mapped:
        """Return what was stated."""
        given = self.cleaned_data
        return Mapped(kpi_id=given["kpi"], **{name: given[name] for name in MAPPED})


MAPPED = ("metric", "unit", "figure", "window", "attributes", "segment_attribute", "factor")


class EndMappingForm(forms.Form):
    """Why a mapping ends."""

    reason = forms.CharField(
        label=_("Why"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
