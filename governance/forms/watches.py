"""The one line that answers a watch."""

from django import forms

LONGEST = 500


class WatchForm(forms.Form):
    """What is known, in one line."""

    line = forms.CharField(
        label="What is known, in one line",
        max_length=LONGEST,
        help_text="For instance: a campaign brought new customers; it settles by Friday.",
    )
