"""Forms of a scorecard: one line at a time."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from outbox.languages import spoken
from registry.models import User
from telemetry.models import Kpi, Perspective
from telemetry.rules.scorecards import LONGEST, Line


class LineForm(forms.Form):
    """What a line says beside its KPI."""

    perspective = forms.ChoiceField(label=_("It tells of"), choices=Perspective.choices)
    owner = forms.ChoiceField(label=_("Who answers for it"))
    on_breach = forms.CharField(
        label=_("What is done when it breaks"),
        max_length=LONGEST,
        help_text=_("One line that somebody can act on at three in the morning."),
    )
    target = forms.FloatField(
        label=_("Target"), required=False, help_text=_("In the KPI's unit; a share as 0.95.")
    )
    version = forms.IntegerField(widget=forms.HiddenInput(), min_value=0)

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [(str(one.pk), one.name) for one in people]  # type: ignore[attr-defined]

    def line(self, kpi: str) -> Line:
        """Return what the service takes."""
        given = self.cleaned_data
        return Line(
            kpi=kpi,
            perspective=given["perspective"],
            owner_id=UUID(given["owner"]),
            on_breach=given["on_breach"],
            target=given["target"],
        )


class NewLineForm(LineForm):
    """A line with its KPI."""

    kpi = forms.ChoiceField(label=_("KPI"))
    field_order = ("kpi", "perspective", "owner")

    def __init__(self, *args: Any, kpis: Iterable[Kpi], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ordered = sorted(kpis, key=lambda one: (one.category, one.name))
        groups = groupby(ordered, key=lambda one: spoken(one.get_category_display()))
        self.fields["kpi"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *((name, [(one.pk, one.called) for one in held]) for name, held in groups),
        ]


class VersionForm(forms.Form):
    """Which version of the scorecard an act was made from."""

    version = forms.IntegerField(widget=forms.HiddenInput(), min_value=0)
