"""Forms of the catalogue: an organisation's own KPI, and what is decided on a draft."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.models import Unit
from telemetry.models import Kpi, Perspective
from telemetry.models.kpis import Defined
from telemetry.rules.kpi_checks import LONGEST_ID, PREFIX, Meaning

CADENCES = {
    300: _("every 5 minutes"),
    3600: _("hourly"),
    86_400: _("daily"),
    604_800: _("weekly"),
    2_592_000: _("monthly"),
    7_776_000: _("quarterly"),
}
BETTER = {
    "higher": _("higher is better"),
    "lower": _("lower is better"),
    "target_zero": _("zero is best, both sides are bad"),
    "target_nominal": _("a named value is best, both sides are bad"),
    "context": _("neither: too high and too low are both bad"),
}
TIMINGS = {
    "leading": _("leading: it shows early"),
    "lagging": _("lagging: it shows what came of it"),
}
OWNER_ROLES = {
    "owner": _("the owner of the system"),
    "engineer": _("an engineer"),
    "compliance": _("a compliance officer"),
    "risk": _("a risk officer"),
    "executive": _("an executive"),
}
MODES = {
    "absolute": _("the values themselves"),
    "points": _("so much more or less than the baseline"),
    "share": _("a share of the baseline, 0.1 for 10 %"),
}
FIRES = ("1:1", "2:2", "2:3", "3:3", "3:5")
LIMITS = ("warning", "critical")
NO_COUNTER = _("none, and I say why below")


def text(rows: int, **given: Any) -> forms.CharField:
    """Return a field of several lines."""
    return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), **given)


class KpiForm(forms.Form):
    """What an own KPI means."""

    name = forms.CharField(label=_("Name"), max_length=120)
    explanation = text(
        2,
        label=_("What it says, in plain words"),
        max_length=600,
        help_text=_("One or two sentences that an owner understands who never saw the formula."),
    )
    formula = text(
        2,
        label=_("Formula"),
        max_length=2000,
        help_text=_("Such as: answers that a client accepted / answers sent to clients."),
    )
    unit = forms.CharField(
        label=_("Measured in"),
        max_length=40,
        help_text=_("ratio for a share between 0 and 1; else minutes, days, count, currency …"),
    )
    better = forms.ChoiceField(label=_("How to read it"), choices=[*BETTER.items()])
    category = forms.ChoiceField(label=_("Category"), choices=Defined.Category.choices)
    perspective = forms.ChoiceField(label=_("It tells of"), choices=Perspective.choices)
    timing = forms.ChoiceField(label=_("Timing"), choices=[*TIMINGS.items()])
    window = forms.CharField(
        label=_("Window"), max_length=160, help_text=_("Over what each value is taken: weekly.")
    )
    cadence_seconds = forms.TypedChoiceField(
        label=_("How often a value is expected"), choices=[*CADENCES.items()], coerce=int
    )
    owner_role = forms.ChoiceField(
        label=_("Who usually answers for it"), choices=[*OWNER_ROLES.items()]
    )
    counter_metric = forms.ChoiceField(
        label=_("Counter-metric"),
        required=False,
        help_text=_("What could be hurt while this one looks better."),
    )
    counter_metric_note = forms.CharField(
        label=_("Why this one, or why none"), max_length=200, required=False
    )
    lowest = forms.FloatField(label=_("Lowest possible value"), required=False)
    highest = forms.FloatField(label=_("Highest possible value"), required=False)
    mode = forms.ChoiceField(
        label=_("Example bands are"),
        choices=[*MODES.items()],
        help_text=_("They bind nobody until somebody drafts a threshold and another approves it."),
    )
    warning = forms.FloatField(label=_("Warning"), required=False)
    critical = forms.FloatField(label=_("Critical"), required=False)
    low_warning = forms.FloatField(
        label=_("Warning on the lower side"),
        required=False,
        help_text=_("Only where both sides are bad."),
    )
    low_critical = forms.FloatField(label=_("Critical on the lower side"), required=False)
    fires = forms.ChoiceField(
        label=_("Fires after so many of so many windows"), choices=[(one, one) for one in FIRES],
        initial="2:3",
    )  # fmt: skip
    least_n = forms.IntegerField(
        label=_("Least sample"),
        min_value=0,
        max_value=10**9,
        initial=1,
        help_text=_("A value of fewer cases does not count."),
    )
    reason = text(2, label=_("Why it is needed, or changed"), max_length=2000)

    def __init__(self, *args: Any, kpis: Iterable[Kpi], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["counter_metric"].choices = [  # type: ignore[attr-defined]
            ("", NO_COUNTER),
            *((one.pk, one.called) for one in kpis),
        ]

    def meaning(self) -> Meaning:
        """Return what the service takes."""
        given = dict(self.cleaned_data)
        kept = {name: given[name] for name in Meaning.__dataclass_fields__ if name in given}
        bands = () if self._is_without_limits() else (self._band(),)
        return Meaning(**kept, counter_metric_id=given["counter_metric"] or None, bands=bands)

    def _is_without_limits(self) -> bool:
        names = (*LIMITS, *(f"low_{name}" for name in LIMITS))
        return all(self.cleaned_data[name] is None for name in names)

    def _band(self) -> Mapping[str, Any]:
        """Return the example band that was typed."""
        given = self.cleaned_data
        band: dict[str, Any] = {"profile": "example", "mode": given["mode"]}
        band["direction"] = {"higher": "below", "lower": "above"}.get(given["better"], "outside")
        if given["mode"] != "absolute":
            band["relative_to"] = "baseline"
        band |= {name: given[name] for name in LIMITS if given[name] is not None}
        if band["direction"] == "outside":
            low = {name: given[f"low_{name}"] for name in LIMITS}
            band["low"] = {name: value for name, value in low.items() if value is not None}
        return band | {"fires": given["fires"], "least_n": given["least_n"]}


class NewKpiForm(KpiForm):
    """An own KPI with its id and the unit that it is for."""

    id = forms.CharField(
        label=_("Id"),
        max_length=LONGEST_ID,
        initial=PREFIX,
        help_text=_("What readings name it by; it begins with own_ and never changes."),
    )
    of_unit = forms.ChoiceField(label=_("For the unit"))
    field_order = ("of_unit", "id", "name")

    def __init__(self, *args: Any, units: Iterable[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["of_unit"].choices = [(str(one.pk), one.name) for one in units]  # type: ignore[attr-defined]


class DecideForm(forms.Form):
    """What whoever decides on a draft has to say."""

    note = text(2, label=_("Note"), max_length=2000, required=False)


def as_typed(kpi: Kpi) -> dict[str, Any]:
    """Return a definition as the form would have been filled."""
    found = {name: getattr(kpi, name) for name in Meaning.__dataclass_fields__}
    found["counter_metric"] = kpi.counter_metric_id or ""
    band: Mapping[str, Any] = kpi.bands[0] if kpi.bands else {}
    low = band.get("low") or {}
    found |= {f"low_{name}": low.get(name) for name in LIMITS}
    return found | {name: band.get(name) for name in ("mode", *LIMITS, "fires", "least_n")}
