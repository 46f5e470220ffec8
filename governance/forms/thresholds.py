"""Forms of thresholds: limits in plain words, what tries them on the past, why they hold."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from governance.rules.stated import LIMITS, Stated
from registry.forms.profile import TEXT
from telemetry.models import Kpi, Series

MOST = 2**31 - 1
MINUTE = 60
UNITS = {
    "ratio": _("As a share: 0.9 is 90 %."),
    "share": _("As a share: 0.9 is 90 %."),
}
LOW = ("warning", "critical")


class KpiChoice(forms.Form):
    """For what a threshold is drafted."""

    series = forms.ChoiceField(
        label=_("What it shall judge"),
        help_text=_("The next step proposes the bands of your profile."),
    )

    def __init__(self, *args: Any, series: Sequence[Series], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["series"].choices = [  # type: ignore[attr-defined]
            (str(one.pk), f"{one.kpi.called}, {one.segment or _('everybody')}, {one.environment}")
            for one in series
        ]


class ThresholdForm(forms.Form):
    """The limits of a threshold, and how many readings it takes."""

    direction = forms.ChoiceField(
        label=_("A reading is in breach when it is"),
        choices=[
            ("below", _("at or below a limit")),
            ("above", _("at or above a limit")),
            ("outside", _("outside of two limits")),
        ],
    )
    mode = forms.ChoiceField(
        label=_("The limits are"),
        choices=[
            ("absolute", _("values of the KPI itself")),
            ("points", _("so much more or less than the baseline")),
            ("share", _("such a share of the baseline more or less")),
        ],
        help_text=_("Relative limits are taken over the approved baseline: −0.04 is 0.04 less."),
    )
    warning = forms.FloatField(label=_("Warning at"), required=False)
    critical = forms.FloatField(label=_("Critical at"), required=False)
    instant_critical = forms.FloatField(
        label=_("Critical at once at"),
        required=False,
        help_text=_("One reading there is enough."),
    )
    low_warning = forms.FloatField(
        label=_("Lower warning"), required=False, help_text=_("Only outside of two limits.")
    )
    low_critical = forms.FloatField(label=_("Lower critical"), required=False)
    recover_warning = forms.FloatField(
        label=_("Well again past"),
        required=False,
        help_text=_("On the good side of the warning, so that it does not flicker."),
    )
    recover_critical = forms.FloatField(label=_("No more critical past"), required=False)
    target = forms.FloatField(label=_("Target"), required=False)
    fires_k = forms.IntegerField(label=_("Readings in breach"), min_value=1, max_value=100)
    fires_n = forms.IntegerField(label=_("of the last"), min_value=1, max_value=100)
    for_minutes = forms.IntegerField(
        label=_("Or for so many minutes"), min_value=0, max_value=MOST // MINUTE, required=False
    )
    least_n = forms.IntegerField(
        label=_("Cases a reading must rest on"), min_value=0, max_value=MOST
    )
    recover_windows = forms.IntegerField(
        label=_("Good readings until it is well"), min_value=1, max_value=1000
    )
    judged_by = forms.ChoiceField(
        label=_("What is judged"),
        choices=[
            ("value", _("the value")),
            ("lower_bound", _("the bound of the 95 % interval nearest to the good side")),
        ],
    )
    baseline = forms.FloatField(
        label=_("Baseline, stated by hand"),
        required=False,
        help_text=_("Only where none is approved: it is marked as stated by hand."),
    )
    reason = forms.CharField(label=_("Why these limits"), **TEXT)
    for_tier = forms.BooleanField(label=_("Draft the same for the whole risk tier"), required=False)

    def __init__(
        self, *args: Any, kpi: Kpi, trying: bool = False, others: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if others:
            self.fields["for_tier"].help_text = ngettext(
                "%(others)s more system of this tier measures it. Its draft waits for a second "
                "person of its own, and relative limits are taken over its own baseline.",
                "%(others)s more systems of this tier measure it. Each draft waits for a second "
                "person of its own, and relative limits are taken over its own baseline.",
                others,
            ) % {"others": others}
        else:
            del self.fields["for_tier"]
        self.fields["warning"].help_text = UNITS.get(kpi.unit, kpi.measured_in)
        if trying:
            self.fields["reason"].required = False
            del self.fields["reason"], self.fields["target"]

    def stated(self) -> Stated:
        """Return what was typed as a threshold states it."""
        given = self.cleaned_data
        low = {name: given[f"low_{name}"] for name in LOW if given.get(f"low_{name}") is not None}
        return Stated(
            direction=given["direction"],
            mode=given["mode"],
            target=given.get("target"),
            **_limits(given),
            low=low or None,
            baseline=given["baseline"] if given["mode"] != "absolute" else None,
            fires_k=given["fires_k"],
            fires_n=given["fires_n"],
            for_seconds=(given["for_minutes"] or 0) * MINUTE,
            least_n=given["least_n"],
            recover_windows=given["recover_windows"],
            judged_by=given["judged_by"],
            reason=given.get("reason", ""),
        )


def _limits(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given.get(name) for name in LIMITS}


def initial_of(proposed: Mapping[str, Any]) -> dict[str, Any]:
    """Return a proposal, or what a version states, as the form's first values."""
    low = proposed.get("low") or {}
    return {
        "fires_k": 2,
        "fires_n": 3,
        "least_n": 0,
        "recover_windows": 2,
        **{name: value for name, value in proposed.items() if value is not None},
        "for_minutes": (proposed.get("for_seconds") or 0) // MINUTE or None,
        **{f"low_{name}": low.get(name) for name in LOW},
        "baseline": None,
        "reason": "",
    }


class ApproveForm(forms.Form):
    """Why it is approved."""

    reason = forms.CharField(label=_("Why"), required=False, **TEXT)
