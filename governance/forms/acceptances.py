"""Forms of accepted risks."""

from django import forms
from django.utils.translation import gettext_lazy as _


class RejectForm(forms.Form):
    """Why a proposal is not put to a body."""

    reason = forms.CharField(
        label=_("Why it is rejected"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
