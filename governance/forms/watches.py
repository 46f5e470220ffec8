"""The one line that answers a watch."""

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 500


class WatchForm(forms.Form):
    """What is known, in one line."""

    line = forms.CharField(
        label=_("What is known, in one line"),
        max_length=LONGEST,
        help_text=_("For instance: a campaign brought new customers; it settles by Friday."),
    )
