"""The form of one command on an incident."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from governance.forms.fields import (
    YES_NO,
    InstantField,
    InstantInput,
    form_fields,
    in_a_row,
    payload_of,
)
from incidents.models import Action, RegulatoryClock, VerificationWindow
from incidents.rules.command_fields import FIELDS, SEVERITY_CHOICES
from incidents.rules.fields import Field
from incidents.rules.proofs import SWITCHES
from incidents.rules.transitions import fields_of
from outbox.languages import spoken
from registry.models import SystemVersion
from registry.rules.shipped import cited, shipped

HINTS = {
    "validate": {
        "implication": _lazy("No answer is chosen for you."),
        "harm": _lazy("It is printed with your signature."),
    },
    "submit_findings": {"narrative": _lazy("It is printed with your signature.")},
    "close": {"detection_gap": _lazy("It is read when thresholds are reviewed.")},
    "add_evidence": {
        "reference": _lazy("An address or a place in your files; readers open it from here."),
        "sha256": _lazy("Without one, the hash of the place is taken."),
    },
}
CLOCK_ANSWERS = (
    ("", _lazy("as answered above")),
    ("confirm", _lazy("confirm this one")),
    ("end", _lazy("end this one, for the reason above")),
)


class CommandForm(forms.Form):
    """The fields of a command with the version that the reader saw and a key for its repetition.

    `payload` is what `execute` takes.
    """

    command: ClassVar[str] = ""

    version = forms.IntegerField(widget=forms.HiddenInput)
    key = forms.CharField(max_length=120, widget=forms.HiddenInput)

    def __init__(self, *args: Any, command: str, small: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {**form_fields(self.asked(command, small)), **self.fields}
        for name, hint in HINTS.get(command, {}).items():
            self.fields[name].help_text = hint

    def asked(self, command: str, small: bool) -> Sequence[Field]:
        """The fields that a person fills in."""
        return fields_of(command, small=small)

    def payload(self) -> dict[str, Any]:
        """What was typed, as the command takes it."""
        hidden = ("version", "key")
        typed = {name: value for name, value in self.cleaned_data.items() if name not in hidden}
        return payload_of(typed)


class ValidationForm(CommandForm):
    """A validation, with an answer for each clock that runs where there are several."""

    def __init__(self, *args: Any, clocks: Sequence[RegulatoryClock] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clocks = list(clocks)
        self.fields["aware_at"] = InstantField(
            label=_lazy("Known earlier? Since when"),
            required=False,
            widget=InstantInput(),
            help_text=_lazy("Moves the clock earlier, never later. In your own time zone."),
        )
        if not self.clocks:
            del self.fields["aware_at"]
        self._say_which_severity(kwargs.get("initial") or {})
        if len(self.clocks) > 1:
            for clock in self.clocks:
                rule = clock.rule
                self.fields[f"clock_{clock.pk}"] = forms.ChoiceField(
                    label=f"{spoken(shipped(rule.regime))}, {spoken(cited(rule.basis))}",
                    choices=CLOCK_ANSWERS,
                    required=False,
                )

    def _say_which_severity(self, initial: Mapping[str, Any]) -> None:
        """Mark the severity in force and the one that the owner proposes."""
        known = {
            initial.get("severity"): _("{severity}, as it stands"),
            initial.get("proposed"): _("{severity}, as proposed"),
        }
        if initial.get("severity") == initial.get("proposed"):
            known = {initial.get("severity"): _("{severity}, as it stands and as proposed")}
        field = self.fields["severity"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (value, known.get(value, "{severity}").format(severity=spoken(label)))
            for value, label in SEVERITY_CHOICES
        ]

    def payload(self) -> dict[str, Any]:
        """The answers, and those to single clocks as a list."""
        typed = super().payload()
        aware_at = typed.pop("aware_at", None)
        named = {clock.pk: typed.pop(f"clock_{clock.pk}", "") for clock in self.clocks}
        answer = "confirm" if typed.get("implication") == "regime" else "end"
        reason = typed.get("implication_reason", "")
        if aware_at is not None or any(named.values()):
            typed["clocks"] = [
                {
                    "clock": str(clock),
                    "answer": given or answer,
                    "reason": reason,
                    "aware_at": aware_at,
                }
                for clock, given in named.items()
            ]
        return typed


class FindingsForm(CommandForm):
    """Findings that may begin as a draft, which leaves to the owner why it happened."""

    def __init__(self, *args: Any, last_line: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.last_line = last_line
        drafted = str((kwargs.get("initial") or {}).get("narrative") or "")
        if last_line and drafted.rstrip().endswith(last_line):
            field = self.fields["narrative"]
            field.widget.attrs["rows"] = 14
            field.help_text = _(
                "Drafted from the record: mend it, and say why it happened. It is printed with "
                "your signature."
            )

    def clean_narrative(self) -> str:
        """Refuse a draft that was left as it came."""
        said = str(self.cleaned_data["narrative"])
        if self.last_line and said.rstrip().endswith(self.last_line):
            raise forms.ValidationError(
                _("The draft leaves to you why it happened: write it behind the last line.")
            )
        return said


class ConfirmationForm(CommandForm):
    """A second person says what they saw of one action, and where the evidence stands."""

    def __init__(self, *args: Any, actions: Sequence[Action] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actions = {str(action.pk): action for action in actions}
        asked = {"action_id": _actions_field(actions), **_observed_fields(actions)}
        if len(self.actions) == 1 and len(asked) == 2:
            next(field for name, field in asked.items() if name != "action_id").required = True
        self.fields = {**asked, **self.fields}
        self.fields["evidence"].required = True

    def asked(self, command: str, small: bool) -> Sequence[Field]:
        """Only the evidence as it stands: what was observed is asked for by kind of action."""
        return [field for field in FIELDS[command] if field.name == "evidence"]

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen action needs."""
        typed: dict[str, Any] = super().clean() or {}
        action = self.actions.get(typed.get("action_id", ""))
        if action is not None and not observed_of(action, typed):
            self.add_error("action_id", _("Say what you saw of this action."))
        return typed

    def payload(self) -> dict[str, Any]:
        """The action, how it is known, what was observed, the evidence."""
        typed = self.cleaned_data
        return {
            "action_id": typed["action_id"],
            "how": "person",
            "observed": observed_of(self.actions[typed["action_id"]], typed),
            "evidence": typed["evidence"],
        }


class FailedActionForm(CommandForm):
    """An executor says which of their actions cannot be carried out, and why."""

    def __init__(self, *args: Any, actions: Sequence[Action] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {"action_id": _actions_field(actions), **self.fields}


class BindingForm(CommandForm):
    """A second person binds the version that went live to a retraining, criteria in view."""

    def __init__(
        self, *args: Any, found: Sequence[tuple[Action, SystemVersion]] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version_id"]
        choices = [(f"{action.pk} {one.pk}", _bound_words(action, one)) for action, one in found]
        self.fields["action_id"] = forms.ChoiceField(
            label=_lazy("Which version for which order"),
            choices=choices,
            widget=forms.RadioSelect,
            initial=choices[0][0] if choices else None,
        )

    def payload(self) -> dict[str, Any]:
        """The order and the version, from what was chosen."""
        typed = super().payload()
        action, _space, version = str(typed.pop("action_id", "")).partition(" ")
        return {**typed, "action_id": action, "version_id": version}


class ProofForm(CommandForm):
    """A second person confirms a proof by document; or a verifier says which proof has failed."""

    def __init__(
        self, *args: Any, windows: Sequence[VerificationWindow] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        # What an engine says where no proof has failed; a person here says that one has.
        self.fields.pop("proofs_go_on", None)
        choices = [(str(one.pk), _proof_words(one)) for one in windows]
        only = len(choices) == 1
        widget = forms.HiddenInput if only else forms.RadioSelect
        chosen = forms.ChoiceField(
            label=_lazy("Which proof"),
            choices=choices,
            widget=widget,
            initial=choices[0][0] if only else None,
            required=kwargs["command"] == "confirm_proof",
        )
        self.fields = {"window_id": chosen, **self.fields}


def observed_of(action: Action, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was seen in the form in which it is compared; {} if nothing was said."""
    if action.type in SWITCHES:
        return {"version": typed["seen_version"]} if typed.get("seen_version") else {}
    return _done(action, typed.get("seen_done", ""))


def _done(action: Action, said: str) -> dict[str, Any]:
    if not said:
        return {}
    yes = said == "yes"
    if action.type in ("suspend", "retire"):
        return {"serving": not yes}
    if action.type == "resume":
        return {"serving": yes}
    if action.type == "adjust" and action.parameters.get("settings"):
        return {"settings": action.parameters["settings"] if yes else {}}
    return {"restricted": yes} if action.type == "restrict" else {"done": yes}


def _proof_words(window: VerificationWindow) -> str:
    about = window.action.words if window.action else _("observation while it keeps running")
    return f"{spoken(window.get_proof_display())}: {about}"


def _bound_words(action: Action, version: SystemVersion) -> str:
    criteria = action.parameters.get("criteria") or action.words
    return _("{version} ({who}), for: {criteria}").format(
        version=version.label, who=version.named_by, criteria=criteria
    )


def _actions_field(actions: Sequence[Action]) -> forms.Field:
    choices = [(str(action.pk), action.words) for action in actions]
    widget = forms.RadioSelect if len(choices) > 1 else forms.HiddenInput
    first = choices[0][0] if choices else None
    return forms.ChoiceField(
        label=_lazy("Which action"), choices=choices, widget=widget, initial=first
    )


def _observed_fields(actions: Sequence[Action]) -> dict[str, forms.Field]:
    """The questions that these actions need, each once."""
    found: dict[str, forms.Field] = {}
    for action in actions:
        if action.type in SWITCHES:
            found["seen_version"] = forms.CharField(
                label=_lazy("Which version did you see running?"), max_length=60, required=False
            )
        else:
            question = forms.ChoiceField(
                label=_question(action),
                choices=YES_NO,
                widget=forms.RadioSelect,
                required=False,
            )
            found["seen_done"] = in_a_row(question)
    return found


def _question(action: Action) -> str:
    return {
        "suspend": _("Has it stopped answering?"),
        "retire": _("Has it stopped answering for good?"),
        "resume": _("Does it answer again?"),
        "adjust": _("Are the new settings in force?"),
        "restrict": _("Is its use restricted?"),
    }.get(action.type, _("Is it done?"))
