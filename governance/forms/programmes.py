"""Forms of a remediation programme: what it states, a batch, a signature under its figures."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.fields import form_fields, payload_of
from incidents.rules.programmes import BATCH_FIELDS, PROGRAMME_FIELDS

HELP = {
    "population_rule": _("A rule by which anybody can make the list again, without a name."),
    "population_source": _("The list itself is never stored here: say where it is kept."),
    "population_sha256": _("Of the list as it was approved; a changed list has another one."),
    "approved_amount": _("Batches together may not pay more; a decision approves more."),
    "sent": _("People written to for the first time, not reminders."),
    "amount": _("In the programme's currency."),
    "evidence": _("Where the payment run, the letters or the answers stand."),
}


class FieldsForm(forms.Form):
    """A form over the fields of a rule; `payload` is what the service takes."""

    rows: Any = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = form_fields(self.rows)
        for name, words in HELP.items():
            if name in self.fields:
                self.fields[name].help_text = words

    def payload(self) -> dict[str, Any]:
        """Return what was typed."""
        return payload_of(self.cleaned_data)


class StatementForm(FieldsForm):
    """What a programme states; `version` is the one that was seen, empty for a new programme."""

    rows = PROGRAMME_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def payload(self) -> dict[str, Any]:
        """Return what was typed, without the version."""
        typed = super().payload()
        typed.pop("version", None)
        return typed


class BatchForm(FieldsForm):
    """What a batch came to."""

    rows = BATCH_FIELDS


class ReconciliationForm(forms.Form):
    """Why some are not settled; who signs second signs the same words."""

    rest = forms.CharField(
        label=_("Why the rest is not settled"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
