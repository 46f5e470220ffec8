"""Forms of turns: what was proposed is not asked for again, people are chosen by name."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.commands import CommandForm
from incidents.models import Incident
from incidents.rules.command_fields import SEVERITY_CHOICES
from incidents.rules.fields import Field
from incidents.rules.plan import SEVERITIES
from incidents.rules.transitions import fields_of
from incidents.selectors.cast import Cast
from incidents.selectors.successors import successors

BY_RECURRENCE = ("severity", "suppressed")
PROPOSED = ("ground", "duplicate_of")
INTO = ("into",)
PART = ("title", "population")
HALVES = {"owner_id": _("Owner"), "deputy_id": _("Deputy")}


class TurnForm(CommandForm):
    """A turn of an incident; `agrees` says whether another person asked for it before."""

    def __init__(
        self,
        *args: Any,
        command: str,
        incident: Incident,
        cast: Cast,
        agrees: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, command=command, **kwargs)
        if command == "reassign":
            people = [(str(one.pk), one.name) for one in successors(incident, cast)]
            halves = {
                name: forms.ChoiceField(label=label, choices=people)
                for name, label in HALVES.items()
            }
            self.fields = {**halves, **self.fields}
        if command == "lower_severity":
            self._offer_lower(incident)
        left_out = PART if agrees or incident.parent_id else ()
        for name in {"merge": INTO if agrees else (), "split": left_out}.get(command, ()):
            del self.fields[name]
        if command == "withdraw" and agrees:
            for name in PROPOSED:
                self.fields[name].disabled = True
                self.fields[name].widget = forms.HiddenInput()

    def asked(self, command: str, small: bool) -> Sequence[Field]:
        """What a person fills in: a recurrence alone brings its severity and its silence."""
        fields = fields_of(command, small=small)
        if command == "reopen":
            return [field for field in fields if field.name not in BY_RECURRENCE]
        return fields

    def _offer_lower(self, incident: Incident) -> None:
        field = self.fields["severity"]
        assert isinstance(field, forms.ChoiceField)
        lower = SEVERITIES[: SEVERITIES.index(incident.severity)]
        field.choices = [choice for choice in SEVERITY_CHOICES if choice[0] in lower]
