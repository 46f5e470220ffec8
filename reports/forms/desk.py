"""Forms of the desk: what it is narrowed to, a view's name, what is done to several cases."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.fields import form_fields
from governance.forms.meetings import SmallCasesForm
from governance.services.watches import LONGEST_LINE
from incidents.rules.command_fields import QUESTIONS
from registry.models import User
from reports.rules.desk import Task
from reports.rules.desk_filters import DUES, Asked
from reports.rules.steps import BUTTONS
from reports.services.desk import LONGEST_NAME, LONGEST_QUERY

ANY = ("", _("any"))
DUE_WORDS = {
    "overdue": _("overdue"),
    "today": _("until tonight"),
    "week": _("within a week"),
    "none": _("no deadline"),
}
LONGEST_REASON = 4000


class FilterForm(forms.Form):
    """What a desk is narrowed to: only what stands on it is offered."""

    waits = forms.ChoiceField(label=_("Waits for"), required=False)
    system = forms.ChoiceField(label=_("System"), required=False)
    due = forms.ChoiceField(
        label=_("Due"), required=False, choices=[ANY, *((one, DUE_WORDS[one]) for one in DUES)]
    )

    def __init__(self, *, asked: Asked, tasks: Sequence[Task]) -> None:
        given = {"waits": asked.waits, "system": asked.system, "due": asked.due}
        super().__init__(initial=given)
        steps = {task.command: task.step for task in tasks if task.mine and task.command}
        steps |= {asked.waits: str(BUTTONS[asked.waits])} if asked.waits in BUTTONS else {}
        found = [(name, steps[name]) for name in BUTTONS if name in steps]
        systems = {task.system_slug: task.system for task in tasks if task.system_slug}
        systems.setdefault(asked.system, asked.system)
        named = sorted(((slug, name) for slug, name in systems.items() if slug), key=_by_name)
        self._offer("waits", [ANY, *found, ("others", _("somebody else"))])
        self._offer("system", [ANY, *named])
        for name, field in self.fields.items():
            field.widget.attrs["id"] = f"f-{name}"

    def _offer(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]  # a ChoiceField


def _by_name(one: tuple[str, str]) -> str:
    return one[1].casefold()


class SaveViewForm(forms.Form):
    """The name of a view, and what it shows."""

    name = forms.CharField(label=_("Name of the view"), max_length=LONGEST_NAME)
    page = forms.CharField(max_length=9, widget=forms.HiddenInput)
    query = forms.CharField(max_length=LONGEST_QUERY, required=False, widget=forms.HiddenInput)


class AcknowledgeForm(forms.Form):
    """The four questions, once for all incidents that are chosen; a line for watches.

    No answer is chosen beforehand.
    """

    def __init__(self, *args: Any, cases: bool, watches: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if cases:
            self.fields.update(form_fields(QUESTIONS))
        if watches:
            self.fields["line"] = forms.CharField(
                label=_("What is known, in one line"),
                max_length=LONGEST_LINE,
                help_text=_("It stands with the watch. If it does not recover, an incident opens."),
            )
        for field in self.fields.values():
            # The page opens at its first question.
            field.widget.attrs["data-focus"] = ""


class AssignForm(forms.Form):
    """Who owns all of them from now on, and why."""

    owner_id = forms.ChoiceField(label=_("Owner from now on"), required=False)
    deputy_id = forms.ChoiceField(label=_("Deputy from now on"), required=False)
    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(one.pk), one.name) for one in people]
        for name in ("owner_id", "deputy_id"):
            choices = [("", _("stays as it is")), *named]
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["owner_id"].widget.attrs["data-focus"] = ""

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        typed: dict[str, Any] = super().clean() or {}
        if not typed.get("owner_id") and not typed.get("deputy_id") and not self.errors:
            self.add_error("owner_id", _("Choose who takes them over."))
        return typed


class CloseForm(SmallCasesForm):
    """The lesson of the small cases that are closed together."""
