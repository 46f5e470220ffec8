"""A refusal told at the fields that it names."""

from django import forms

from ledger.rules.refusals import Refused


def put(form: forms.BaseForm, refusal: Refused) -> None:
    """Tell a refusal on a form: at the fields that it names, else above them."""
    for name, words in refusal.fields.items():
        form.add_error(name if name in form.fields else None, words)
    if not refusal.fields:
        form.add_error(None, refusal.reason)
