"""Forms of baselines, pauses, and attested rules."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.fields import InstantInput
from registry.forms.profile import TEXT
from telemetry.models import Baseline, Series
from telemetry.services.baselines import Window


def _text(label: Any, hint: Any) -> forms.CharField:
    return forms.CharField(label=label, help_text=hint, required=False, **TEXT)


class BaselineForm(forms.Form):
    """Over what a baseline is taken, and what was unusual then."""

    since = forms.DateTimeField(
        label=_("From"), widget=InstantInput(), help_text=_("Four to eight weeks, in your zone.")
    )
    until = forms.DateTimeField(label=_("Until"), widget=InstantInput())
    method = forms.ChoiceField(label=_("Compared with"), choices=Baseline.Method.choices)
    comparison = forms.ChoiceField(
        label=_("Control group"),
        required=False,
        help_text=_("A series of the same KPI that was left as it was."),
    )
    staffing = _text(_("Staffing"), _("Who worked on it then; holidays, new people."))
    freezes = _text(_("What was frozen"), _("No release, no change of rules, and since when."))
    incidents = _text(_("Incidents"), _("What went wrong in this time, and whether it counts."))
    notes = _text(_("Anything else that was unusual"), "")

    def __init__(self, *args: Any, comparable: Iterable[Series], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [
            (str(one.pk), f"{one.system.name}, {one.segment or _('everybody')}")
            for one in comparable
        ]
        self.fields["comparison"].choices = [("", _("none")), *named]  # type: ignore[attr-defined]

    def window(self) -> Window:
        """Return what was typed as the service takes it."""
        given = dict(self.cleaned_data)
        comparison = given.pop("comparison")
        return Window(comparison_id=int(comparison) if comparison else None, **given)


class WhyForm(forms.Form):
    """Why; an approval may go without."""

    reason = forms.CharField(label=_("Why"), required=False, **TEXT)


class PauseForm(forms.Form):
    """When nothing is expected, and why."""

    from_at = forms.DateTimeField(label=_("From"), widget=InstantInput())
    until_at = forms.DateTimeField(label=_("Until"), widget=InstantInput())
    reason = forms.CharField(label=_("Why nothing comes"), **TEXT)


class AttestForm(forms.Form):
    """What a person says of the rules that they read."""

    sha256 = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput())
    statement = forms.CharField(
        label=_("What you checked"),
        required=False,
        help_text=_("For instance: compared with the board's paper of March."),
        **TEXT,
    )
