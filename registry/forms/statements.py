"""Forms of operating controls, declared scope and behaviour policy."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.forms.lines import LinesField, RowsField, code_of, names_of, text_of
from registry.forms.profile import TEXT, choose, uuid_or_none
from registry.models import BehaviourPolicy, DeclaredScope, OperatingControls, User
from registry.models.statements import Statement
from registry.rules.agent_scope import ApprovalLimit, Data, Scope, Tool
from registry.rules.scope_documents import amount_of
from registry.rules.statements import (
    MAY,
    NAMED_WHO_MAY,
    PERIODS,
    PERSON,
    PRINCIPALS,
    PRIVILEGES,
    TOOL_KINDS,
    Behaviour,
    Controls,
)

NOBODY = _("not named yet")
WRITTEN = ("exception_path", "rollback_procedure", "kill_switch", "manual_fallback")


class StatementForm(forms.Form):
    """What every statement asks besides what it says."""

    newest = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    reason = forms.CharField(
        label=_("Why this wording"),
        help_text=_("Whoever approves it reads this first."),
        **TEXT,
    )

    def given(self) -> Any:
        """Return what the draft service takes."""
        raise NotImplementedError

    def order_last(self) -> None:
        """Let the reason stand below what is said."""
        self.order_fields([name for name in self.fields if name != "reason"] + ["reason"])


class ControlsForm(StatementForm):
    """Operating controls in writing (REG-5)."""

    reviewer = forms.ChoiceField(
        label=_("Reviewer"),
        required=False,
        help_text=_("Looks at results and at these controls again; not the owner."),
    )
    exception_path = forms.CharField(
        label=_("Exception path"),
        required=False,
        help_text=_("Where a case goes that the system must not decide, and who decides it then."),
        **TEXT,
    )
    rollback_procedure = forms.CharField(
        label=_("Rollback procedure"),
        required=False,
        help_text=_("Step by step, so that somebody can do it at night."),
        **TEXT,
    )
    kill_switch = forms.CharField(
        label=_("Kill switch"),
        required=False,
        help_text=_("What stops it at once, and where it is. Or a manual fallback below."),
        **TEXT,
    )
    manual_fallback = forms.CharField(
        label=_("Manual fallback"),
        required=False,
        help_text=_("How the work goes on without the system."),
        **TEXT,
    )
    interim_measures = LinesField(
        label=_("Interim measures that are allowed"),
        required=False,
        help_text=_("One a line; what may be done before the committee decides."),
    )
    on_call = forms.ChoiceField(label=_("On call"), required=False)
    on_call_second = forms.ChoiceField(label=_("On call, if nobody answers"), required=False)
    on_call_reach = forms.CharField(
        label=_("How they are reached"),
        required=False,
        help_text=_("Telephone, chat, hours. Kept out of the ledger in clear words."),
        **TEXT,
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = list(people)
        for name in ("reviewer", "on_call", "on_call_second"):
            choose(self, name, known, empty=str(NOBODY))
        for name, words in MAY.items():
            self.fields[name] = forms.MultipleChoiceField(
                label=words, required=False, choices=list(PRINCIPALS.items())
            )
            self.fields[f"{name}_people"] = forms.MultipleChoiceField(
                label=NAMED_WHO_MAY[name],
                required=False,
                choices=[(f"{PERSON}{one.pk}", one.name) for one in known],
            )
        self.order_last()

    def given(self) -> Controls:
        """Return the controls."""
        said = self.cleaned_data
        people: dict[str, Any] = {
            f"{name}_id": uuid_or_none(said[name])
            for name in ("reviewer", "on_call", "on_call_second")
        }
        privileges: dict[str, Any] = {
            name: (*said[name], *said[f"{name}_people"]) for name in PRIVILEGES
        }
        written = {name: said[name] for name in (*WRITTEN, "interim_measures", "on_call_reach")}
        return Controls(**people, **privileges, **written)

    def plain(self) -> list[forms.BoundField]:
        """Return the fields outside the matrix, but for the reason."""
        matrix = {*PRIVILEGES, *(f"{name}_people" for name in PRIVILEGES)}
        return [field for field in self if field.name not in {*matrix, "reason"}]

    def matrix(self) -> list[dict[str, Any]]:
        """Return the rows of the matrix: who, and a box for each privilege."""
        return [
            {
                "label": label,
                "cells": [
                    {
                        "name": name,
                        "value": code,
                        "words": words,
                        "checked": code in (self[name].value() or ()),
                    }
                    for name, words in PRIVILEGES.items()
                ],
            }
            for code, label in PRINCIPALS.items()
        ]

    def people(self) -> list[forms.BoundField]:
        """Return the fields for people by name."""
        return [self[f"{name}_people"] for name in PRIVILEGES]

    def faults(self) -> list[str]:
        """Return what is wrong with the matrix."""
        return [str(error) for name in PRIVILEGES for error in self[name].errors]

    @staticmethod
    def initial_of(row: OperatingControls) -> dict[str, Any]:
        """Return what the form shows of a version."""
        shown: dict[str, Any] = {name: getattr(row, name) for name in WRITTEN}
        shown |= {"on_call_reach": row.on_call_reach}
        shown |= {"interim_measures": "\n".join(row.interim_measures)}
        shown |= {
            name: str(getattr(row, f"{name}_id") or "")
            for name in ("reviewer", "on_call", "on_call_second")
        }
        for name in PRIVILEGES:
            codes = getattr(row, name)
            shown[name] = [one for one in codes if not one.startswith(PERSON)]
            shown[f"{name}_people"] = [one for one in codes if one.startswith(PERSON)]
        return shown


def _tool(parts: list[str]) -> Tool:
    return Tool(parts[0], code_of(parts[1], TOOL_KINDS), names_of(parts[2]))


def _approval(parts: list[str]) -> ApprovalLimit:
    above = amount_of(parts[1])
    if above is None:
        raise ValueError(parts[1])
    return ApprovalLimit(above, code_of(parts[2], PRINCIPALS), parts[0])


class ScopeForm(StatementForm):
    """What an agent may use, read and spend (REG-6)."""

    tools = RowsField(
        label=_("Tools"),
        required=False,
        parts=3,
        read=_tool,
        help_text=_(
            "One a line: name | kind | what may be asked of it, such as payments | api | read, pay."
            " Kinds: api, database, files, browser, code, messages, agent, other."
        ),
    )
    data = RowsField(  # type: ignore[assignment]  # a field's name, not the form's data
        label=_("Data"),
        required=False,
        parts=2,
        read=lambda parts: Data(parts[0], names_of(parts[1])),
        help_text=_("One a line: source | classes of data, such as crm | contact, contract."),
    )
    spending_limit = forms.DecimalField(
        label=_("Spending limit"),
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=2,
        help_text=_("Empty: it may spend nothing."),
    )
    currency = forms.CharField(
        label=_("Currency"), required=False, max_length=3, help_text=_("Such as EUR.")
    )
    period = forms.ChoiceField(
        label=_("The limit holds"), required=False, choices=[("", "–"), *PERIODS.items()]
    )
    approvals = RowsField(
        label=_("Approval limits"),
        required=False,
        parts=3,
        read=_approval,
        help_text=_(
            "One a line: what | above | who approves, such as pay | 100 | the owner."
            " Leave the first part empty for everything that moves money."
        ),
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_last()

    def given(self) -> Scope:
        """Return the scope."""
        names = ("tools", "data", "spending_limit", "currency", "period", "approvals")
        return Scope(**{name: self.cleaned_data[name] for name in names})

    @staticmethod
    def initial_of(row: DeclaredScope) -> dict[str, Any]:
        """Return what the form shows of a version."""
        return {
            "tools": text_of(
                (one["name"], one["kind"], ", ".join(one["actions"])) for one in row.tools
            ),
            "data": text_of((one["source"], ", ".join(one["classes"])) for one in row.data),
            "spending_limit": row.spending_limit,
            "currency": row.currency,
            "period": row.period,
            "approvals": text_of((one["what"], one["above"], one["by"]) for one in row.approvals),
        }


def _answer(parts: list[str]) -> tuple[str, str]:
    return parts[0], parts[1]


class BehaviourForm(StatementForm):
    """How an assistant speaks (REG-11)."""

    owner = forms.ChoiceField(
        label=_("Owner of the policy"),
        required=False,
        help_text=_("Answers for what the assistant may say."),
    )
    tone = forms.CharField(
        label=_("Tone"),
        required=False,
        help_text=_("How it speaks, to whom, in which languages."),
        **TEXT,
    )
    must_not = LinesField(
        label=_("What it must not do"),
        required=False,
        help_text=_("One a line, such as: promise a payment."),
    )
    by_policy = RowsField(
        label=_("Answered by policy, not by fact"),
        required=False,
        parts=2,
        read=_answer,
        help_text=_("One a line: what is asked | what it answers."),
    )
    tested_run = forms.CharField(
        label=_("Tried in the evaluation run"),
        required=False,
        max_length=80,
        help_text=_("The label of the run that tried this wording."),
    )
    tested_on = forms.DateField(
        label=_("Tried on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "owner", people, empty=str(NOBODY))
        self.order_last()

    def given(self) -> Behaviour:
        """Return the policy."""
        said = self.cleaned_data
        names = ("tone", "must_not", "by_policy", "tested_run", "tested_on")
        return Behaviour(
            owner_id=uuid_or_none(said["owner"]), **{name: said[name] for name in names}
        )

    @staticmethod
    def initial_of(row: BehaviourPolicy) -> dict[str, Any]:
        """Return what the form shows of a version."""
        return {
            "owner": str(row.owner_id or ""),
            "tone": row.tone,
            "must_not": "\n".join(row.must_not),
            "by_policy": text_of((one["asked"], one["answer"]) for one in row.by_policy),
            "tested_run": row.tested_run,
            "tested_on": row.tested_on,
        }


FORMS: dict[str, Any] = {"controls": ControlsForm, "scope": ScopeForm, "behaviour": BehaviourForm}


def initial_of(kind: str, row: Statement | None) -> dict[str, Any]:
    """Return what a form starts with: the newest wording, nothing for a first one."""
    return FORMS[kind].initial_of(row) if row is not None else {}
