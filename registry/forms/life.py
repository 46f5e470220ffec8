"""Forms of a system's life: a step, and the check of a fallback."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.forms.versions import ENVIRONMENT, TEXT, WHEN
from registry.models import SystemVersion


class StepForm(forms.Form):
    """A step of the life, with its reason."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    edge = forms.ChoiceField(label=_("Step"))
    reason = forms.CharField(
        label=_("Why"), help_text=_("Stands in the system's history for good."), **TEXT
    )

    def __init__(self, *args: Any, edges: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["edge"].choices = list(edges)  # type: ignore[attr-defined]


class FallbackForm(forms.Form):
    """A try to fall back to a version, as it went."""

    version = forms.ChoiceField(label=_("Fell back to"))
    environment = forms.RegexField(
        ENVIRONMENT, label=_("Environment"), max_length=30, initial="production"
    )
    passed = forms.ChoiceField(
        label=_("Did it work?"), choices=(("", "—"), ("yes", _("yes")), ("no", _("no")))
    )
    tested_at = forms.DateTimeField(
        label=_("When"), widget=WHEN, help_text=_("The check counts from then on.")
    )
    how = forms.CharField(
        label=_("How it was tried"),
        help_text=_("Switched in staging, traffic of an hour replayed, time to switch measured …"),
        **TEXT,
    )
    evidence = forms.CharField(
        label=_("What was seen"),
        required=False,
        help_text=_("The figures, or where the protocol lies."),
        **TEXT,
    )
    evidence_sha256 = forms.CharField(
        label=_("SHA-256 of the protocol"), required=False, max_length=71
    )

    def __init__(self, *args: Any, versions: Iterable[SystemVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = [(str(row.pk), row.label) for row in versions]  # type: ignore[attr-defined]
