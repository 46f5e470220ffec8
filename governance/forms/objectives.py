"""Forms of objectives: a trend rule, an error budget, a gain beside its guardrail."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.models import GuardrailPair, Threshold, TrendRule
from governance.rules.measured_checks import number_of, seconds_of
from governance.rules.objectives import (
    BudgetStated,
    BurnStated,
    PairStated,
    TrendStated,
)
from governance.rules.policy_document import BurnDefaults, Measured
from governance.services.objectives import Place
from registry.forms.profile import TEXT
from telemetry.models import Kpi, Series

DAY = 86400
MOST = 2**31 - 1
SHARE: dict[str, Any] = {"min_value": 0, "max_value": 100}


class WhyForm(forms.Form):
    """Why; nobody has to say it for an approval."""

    reason = forms.CharField(label=_("Why"), required=False, **TEXT)


class EndForm(forms.Form):
    """Why it shall end."""

    reason = forms.CharField(
        label=_("Why it shall end"),
        help_text=_("A second person puts the end in force. What was found until then stays."),
        **TEXT,
    )


class TrendForm(forms.Form):
    """How the slide under a threshold is told."""

    threshold = forms.ChoiceField(
        label=_("Threshold"),
        help_text=_("The slide is looked for in every series that it judges."),
    )
    method = forms.ChoiceField(
        label=_("Method"),
        choices=TrendRule.Method.choices,
        help_text=_(
            "The slope says when the limit will be met. The charts say only that the level has "
            "moved, and raise more false alarms."
        ),
    )
    horizon_days = forms.IntegerField(
        label=_("How many days ahead"),
        min_value=1,
        max_value=366,
        help_text=_("It fires when the forecast reaches the first limit within so many days."),
    )
    least_windows = forms.IntegerField(
        label=_("Least valid windows"),
        min_value=3,
        max_value=100,
        help_text=_("Before that nothing is said: unknown, never good."),
    )
    reason = forms.CharField(
        label=_("Why"), help_text=_("Whoever approves it reads this first."), **TEXT
    )

    def __init__(
        self, *args: Any, thresholds: Sequence[Threshold], measured: Measured, **kwargs: Any
    ) -> None:
        told = measured.trends
        usual = {
            "method": told.method,
            "horizon_days": int(seconds_of(told.horizon or "28d") // DAY),
            "least_windows": told.least_windows,
        }
        kwargs.setdefault("initial", usual)
        super().__init__(*args, **kwargs)
        choices = [(str(row.pk), row.name) for row in thresholds]
        self.fields["threshold"].choices = choices  # type: ignore[attr-defined]

    def stated(self) -> TrendStated:
        """Return what was said."""
        given = self.cleaned_data
        return TrendStated(
            method=given["method"],
            horizon_seconds=given["horizon_days"] * DAY,
            least_windows=given["least_windows"],
        )


class SeriesForm(forms.Form):
    """Which KPI in which environment and segment, out of what the system sends."""

    def offer(self, name: str, series: Sequence[Series]) -> None:
        """Let the field choose among the identities of series."""
        found = {f"{one.kpi_id}|{one.environment}|{one.segment}": _label(one) for one in series}
        self.fields[name].choices = list(found.items())  # type: ignore[attr-defined]

    def chosen(self, name: str) -> tuple[str, Place]:
        """Return the KPI and the place that were chosen."""
        kpi, environment, segment = self.cleaned_data[name].split("|", 2)
        return kpi, Place(environment, segment)


class BudgetForm(SeriesForm):
    """An error budget."""

    series = forms.ChoiceField(
        label=_("KPI"),
        help_text=_("Its threshold carries what is opened, so one must be approved first."),
    )
    objective = forms.FloatField(
        label=_("Objective, per cent"),
        help_text=_("The share that must succeed: 99.5 allows five failures in a thousand."),
        **SHARE,
    )
    failure_limit = forms.FloatField(
        label=_("A window fails beyond"),
        required=False,
        help_text=_(
            "Only for a KPI that is no share, such as a latency: from this value on, in its unit, "
            "the whole window has failed."
        ),
    )
    period_days = forms.IntegerField(label=_("Period, days"), min_value=1, max_value=366)
    warning_spent = forms.FloatField(label=_("Warning when spent, per cent"), **SHARE)
    critical_spent = forms.FloatField(label=_("Critical when spent, per cent"), **SHARE)
    burns = forms.BooleanField(
        label=_("Watch how fast it burns too"),
        required=False,
        help_text=_("By the two pairs of windows of the policy in force; both must burn."),
    )
    reason = forms.CharField(
        label=_("Why"), help_text=_("Whoever approves it reads this first."), **TEXT
    )

    def __init__(
        self, *args: Any, series: Sequence[Series], measured: Measured, **kwargs: Any
    ) -> None:
        self.told = measured.budgets
        usual = {
            "period_days": self.told.period_days,
            "warning_spent": number_of(self.told.warning.spent) * 100,
            "critical_spent": number_of(self.told.critical.spent) * 100,
            "burns": True,
        }
        kwargs.setdefault("initial", usual)
        super().__init__(*args, **kwargs)
        self.offer("series", series)

    def stated(self) -> BudgetStated:
        """Return what was said."""
        given = self.cleaned_data
        pairs = (
            _burn("warning", self.told.warning),
            _burn("critical", self.told.critical),
        )
        return BudgetStated(
            objective=given["objective"] / 100,
            failure_limit=given["failure_limit"],
            period_days=given["period_days"],
            pairs=pairs if given["burns"] else (),
            warning_spent=given["warning_spent"] / 100,
            critical_spent=given["critical_spent"] / 100,
        )


class PairForm(SeriesForm):
    """A gain beside its guardrail."""

    gain = forms.ChoiceField(
        label=_("What shall get better"),
        help_text=_("A business KPI, such as how many cases need nobody."),
    )
    guardrail = forms.ChoiceField(
        label=_("What it must not cost"),
        help_text=_("The guardrail; the catalogue names one for most KPIs. It has a threshold."),
    )
    mode = forms.ChoiceField(label=_("Limits are"), choices=GuardrailPair.Mode.choices)
    warning = forms.FloatField(
        label=_("Warning when worse by"),
        help_text=_("In the guardrail's unit, 0.03 for three points of a share."),
    )
    critical = forms.FloatField(label=_("Critical when worse by"), required=False)
    window_days = forms.IntegerField(
        label=_("Length of a window, days"),
        min_value=1,
        max_value=366,
        initial=7,
        help_text=_("Both series must come by windows of this length."),
    )
    least_n = forms.IntegerField(
        label=_("Least cases in a window"), min_value=0, max_value=MOST, initial=100
    )
    reason = forms.CharField(
        label=_("Why"), help_text=_("Whoever approves it reads this first."), **TEXT
    )

    def __init__(
        self, *args: Any, series: Sequence[Series], kpis: Sequence[Kpi], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer("gain", series)
        choices = [(kpi.pk, kpi.called) for kpi in kpis]
        self.fields["guardrail"].choices = choices  # type: ignore[attr-defined]

    def stated(self) -> PairStated:
        """Return what was said."""
        given = self.cleaned_data
        return PairStated(
            warning=given["warning"],
            critical=given["critical"],
            mode="share" if given["mode"] == GuardrailPair.Mode.SHARE else "points",
            window_seconds=given["window_days"] * DAY,
            least_n=given["least_n"],
        )


def _label(series: Series) -> str:
    parts = [series.kpi.called, series.environment, series.segment]
    return ", ".join(part for part in parts if part)


def _burn(state: str, told: BurnDefaults) -> BurnStated:
    return BurnStated(
        state, int(seconds_of(told.long)), int(seconds_of(told.short)), number_of(told.burn)
    )
