"""The form of a probe: where a system is asked what it is doing."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.services.probe_endpoints import Wanted


class ProbeForm(forms.Form):
    """Where a system is asked; `version` is the one that was seen, empty for a new probe."""

    environment = forms.CharField(label=_("Environment"), max_length=30)
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_(
            "It answers a GET in JSON: version, digest, serving, restricted, settings; what it "
            "does not say is not compared."
        ),
    )
    every_seconds = forms.IntegerField(
        label=_("Seconds between two questions"), min_value=10, max_value=86400
    )
    token = forms.CharField(
        label=_("Token"),
        required=False,
        max_length=4000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Sent as a bearer token, never shown again. Empty: as it was."),
    )
    active = forms.BooleanField(label=_("Ask it"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def wanted(self) -> Wanted:
        """Return what was typed."""
        typed: dict[str, Any] = self.cleaned_data
        return Wanted(
            url=typed["url"],
            environment=typed["environment"],
            every_seconds=typed["every_seconds"],
            token=typed["token"] or None,
            active=typed["active"],
        )
