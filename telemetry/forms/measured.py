"""Forms of what is computed from a system's decision events."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outbox.languages import spoken
from telemetry.models import Kpi

WINDOWS = (
    (300, _("5 minutes")),
    (3600, _("an hour")),
    (86400, _("a day")),
    (7 * 86400, _("7 days")),
    (28 * 86400, _("28 days")),
)


class ComputationForm(forms.Form):
    """What is to be computed from now on."""

    kpi = forms.ChoiceField(label=_("KPI"))
    window = forms.TypedChoiceField(
        label=_("For each"),
        choices=WINDOWS,
        coerce=int,
        initial=86400,
        help_text=_("Windows begin at midnight or on the hour in UTC."),
    )
    attribute = forms.CharField(
        label=_("Split by"),
        max_length=59,
        required=False,
        help_text=_("An attribute of the events' segment; for tools: tool. Empty for none."),
    )
    positive = forms.CharField(
        label=_("The answer that counts"),
        max_length=60,
        required=False,
        help_text=_("For precision, recall, fairness and scores: such as approve."),
    )
    reference = forms.CharField(
        label=_("Group of reference"),
        max_length=60,
        required=False,
        help_text=_("For a fairness gap. Empty: the widest gap of any two groups."),
    )
    limit = forms.FloatField(
        label=_("Limit"),
        required=False,
        min_value=0,
        help_text=_("The budget of a window; how many places of a ranking count."),
    )
    legal_basis = forms.CharField(
        label=_("Legal basis of the attribute"),
        max_length=200,
        required=False,
        help_text=_("For a fairness gap: on which ground the groups are told apart."),
    )
    environment = forms.CharField(label=_("Environment"), max_length=30, initial="production")
    cadence = forms.TypedChoiceField(
        label=_("A reading is expected every"),
        choices=(("", _("not expected")), *WINDOWS),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Silence beyond it is judged like a breach."),
    )

    def __init__(self, *args: Any, kpis: Iterable[Kpi], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = groupby(kpis, key=lambda one: spoken(one.get_category_display()))
        self.fields["kpi"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *((name, [(one.pk, one.called) for one in held]) for name, held in groups),
        ]


class SwitchForm(forms.Form):
    """Why it is stopped or resumed."""

    reason = forms.CharField(label=_("Why"), max_length=2000, widget=forms.Textarea({"rows": 3}))


class ResumeGapForm(SwitchForm):
    """Why a fairness gap is computed again, and the legal basis that is not on record yet."""

    legal_basis = forms.CharField(
        label=_("Legal basis of the attribute"),
        max_length=200,
        help_text=_("On which ground the groups are told apart, such as AI Act Art. 10(5)."),
    )
