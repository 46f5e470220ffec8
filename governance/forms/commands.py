"""The form of one command on an incident."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms

from governance.forms.fields import InstantInput, form_fields, payload_of
from incidents.models import Action, RegulatoryClock
from incidents.rules.command_fields import FIELDS
from incidents.rules.fields import Field
from incidents.rules.transitions import fields_of

HINTS = {
    "validate": {
        "implication": "No answer is chosen for you.",
        "harm": "It is printed with your signature.",
    },
    "submit_findings": {"narrative": "It is printed with your signature."},
    "close": {"detection_gap": "It is read when thresholds are reviewed."},
    "add_evidence": {
        "reference": "An address or a place in your files; readers open it from here.",
        "sha256": "Without one, the hash of the place is taken.",
    },
}
CLOCK_ANSWERS = (
    ("", "as answered above"),
    ("confirm", "confirm this one"),
    ("end", "end this one, for the reason above"),
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
        self.fields.update(form_fields(self.asked(command, small)))
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

    def __init__(
        self, *args: Any, clocks: Sequence[RegulatoryClock] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.clocks = list(clocks)
        self.fields["aware_at"] = forms.DateTimeField(
            label="Known earlier? Since when",
            required=False,
            widget=InstantInput(),
            help_text="Moves the clock earlier, never later. In your own time zone.",
        )
        if not self.clocks:
            del self.fields["aware_at"]
        if len(self.clocks) > 1:
            for clock in self.clocks:
                self.fields[f"clock_{clock.pk}"] = forms.ChoiceField(
                    label=f"{clock.rule.regime}, {clock.rule.basis}",
                    choices=CLOCK_ANSWERS,
                    required=False,
                )

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


class ConfirmationForm(CommandForm):
    """A second person says what they saw of one action, and where the evidence stands."""

    def __init__(self, *args: Any, actions: Sequence[Action] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actions = {str(action.pk): action for action in actions}
        self.fields = self.fields.__class__(
            {
                "version": self.fields["version"],
                "key": self.fields["key"],
                "action_id": _actions_field(actions),
                **_observed_fields(actions),
                "evidence": self.fields["evidence"],
            }
        )
        self.fields["evidence"].required = True

    def asked(self, command: str, small: bool) -> Sequence[Field]:
        """Only the evidence as it stands: what was observed is asked for by kind of action."""
        return [field for field in FIELDS[command] if field.name == "evidence"]

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen action needs."""
        typed: dict[str, Any] = super().clean() or {}
        action = self.actions.get(typed.get("action_id", ""))
        if action is not None and not observed_of(action, typed):
            self.add_error("action_id", "Say what you saw of this action.")
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


def observed_of(action: Action, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was seen in the form in which it is compared; {} if nothing was said."""
    if action.type in ("rollback", "retrain"):
        return {"version": typed["seen_version"]} if typed.get("seen_version") else {}
    if action.proof == Action.Proof.PROGRAMME:
        counts = {name: typed.get(name) for name in ("population", "contacted", "settled")}
        if any(value is None for value in counts.values()):
            return {}
        return counts | ({"rest": typed["rest"]} if typed.get("rest") else {})
    return _done(action, typed.get("seen_done", ""))


def _done(action: Action, said: str) -> dict[str, Any]:
    if not said:
        return {}
    yes = said == "yes"
    if action.type == "suspend":
        return {"serving": not yes}
    return {"restricted": yes} if action.type == "restrict" else {"done": yes}


def _actions_field(actions: Sequence[Action]) -> forms.Field:
    choices = [(str(action.pk), action.words) for action in actions]
    widget = forms.RadioSelect if len(choices) > 1 else forms.HiddenInput
    first = choices[0][0] if choices else None
    return forms.ChoiceField(label="Which action", choices=choices, widget=widget, initial=first)


def _observed_fields(actions: Sequence[Action]) -> dict[str, forms.Field]:
    """The questions that these actions need, each once."""
    found: dict[str, forms.Field] = {}
    for action in actions:
        if action.type in ("rollback", "retrain"):
            found["seen_version"] = forms.CharField(
                label="Which version did you see running?", max_length=60, required=False
            )
        elif action.proof == Action.Proof.PROGRAMME:
            found |= _programme_fields()
        else:
            found["seen_done"] = forms.ChoiceField(
                label=_question(action),
                choices=(("yes", "Yes"), ("no", "No")),
                widget=forms.RadioSelect,
                required=False,
            )
    return found


def _question(action: Action) -> str:
    return {
        "suspend": "Has it stopped answering?",
        "restrict": "Is its use restricted?",
    }.get(action.type, "Is it done?")


def _programme_fields() -> dict[str, forms.Field]:
    return {
        "population": forms.IntegerField(label="How many are entitled", min_value=0, required=False),
        "contacted": forms.IntegerField(label="How many were contacted", min_value=0, required=False),
        "settled": forms.IntegerField(label="How many are settled", min_value=0, required=False),
        "rest": forms.CharField(
            label="Why the rest is not",
            required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
        ),
    }
