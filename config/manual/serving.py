"""Which provision a field of a form serves: what it holds is read as evidence for it.

By form (its class, or the command of an incident) and field. The provisions are those of the
reference data; a test holds every name to the forms and to the data.
"""

from dataclasses import dataclass

from django.urls import reverse

FRAMEWORKS = {"AIA": ("ai-act", "AI Act"), "ISO": ("iso-42001", "ISO/IEC 42001")}

Fields = dict[str, tuple[str, ...]]

FORMS: dict[str, Fields] = {
    "registry.WhatFor": {
        "purpose": ("AIA-26.1", "ISO-A.9.4"),
        "users_affected": ("AIA-27", "ISO-A.5.4"),
        "supplier": ("ISO-A.10.3",),
        "data_sources": ("AIA-10", "ISO-A.4.3"),
        "owner": ("AIA-26.2", "ISO-A.3.2"),
        "deputy": ("ISO-A.3.2",),
    },
    "registry.RegisterForm": {"risk_tier": ("AIA-9", "ISO-6.1.2")},
    "registry.SourceForm": {
        "kind": ("AIA-10", "ISO-A.7.2"),
        "legal_basis": ("AIA-10", "ISO-A.7.3"),
        "licence": ("ISO-A.7.3",),
        "refresh": ("ISO-A.7.4",),
    },
    "registry.ControlsForm": {
        "reviewer": ("AIA-14", "AIA-26.2"),
        "kill_switch": ("AIA-14",),
        "rollback_procedure": ("AIA-15", "ISO-A.6.2.6"),
        "manual_fallback": ("AIA-14", "ISO-A.6.2.6"),
        "on_call": ("AIA-26.5", "ISO-A.6.2.6"),
    },
    "registry.ScopeForm": {
        "tools": ("AIA-13", "ISO-A.9.4"),
        "approvals": ("AIA-14",),
    },
    "registry.BehaviourForm": {"must_not": ("ISO-A.9.3",), "tested_run": ("ISO-A.6.2.4",)},
    "registry.DraftForm": {"changelog": ("AIA-11", "ISO-A.6.2.3")},
    "registry.ChangeForm": {"substantial_modification": ("AIA-43", "ISO-6.3")},
    "registry.PlanForm": {
        "dataset_name": ("AIA-10", "ISO-A.7.4"),
        "metrics": ("AIA-15", "ISO-A.6.2.4"),
        "scenarios": ("AIA-9.6", "ISO-A.6.2.4"),
    },
    "registry.TierForm": {"to_tier": ("AIA-9", "ISO-6.1.2")},
    "registry.SubmitAssessmentForm": {"expires_on": ("AIA-27", "ISO-A.5.2")},
    "registry.NotifyForm": {"notified_on": ("AIA-27",)},
    "registry.ConcernForm": {"what": ("ISO-A.3.3",), "harm": ("AIA-73", "ISO-A.8.4")},
    "registry.SupplierForm": {"about": ("ISO-A.10.2",), "review_on": ("ISO-A.10.3",)},
    "registry.DocumentForm": {"kind": ("AIA-11", "ISO-7.5.2")},
    "governance.BaselineForm": {"since": ("AIA-72", "ISO-9.1")},
}


@dataclass(frozen=True)
class Served:
    """A provision that a field serves: how it is called and where it is read."""

    label: str
    url: str


def served_by(forms: tuple[str, ...], field: str) -> list[Served]:
    """Return what a field serves; `forms` are the form's class and those that it extends."""
    found = [one for form in forms for one in FORMS.get(form, {}).get(field, ())]
    return [_served(one) for one in dict.fromkeys(found)]


def _served(provision: str) -> Served:
    prefix, _, number = provision.partition("-")
    framework, name = FRAMEWORKS[prefix]
    return Served(f"{name} {_reference(prefix, number)}", _url(framework, provision))


def _reference(prefix: str, number: str) -> str:
    """Return '26(5)' of '26.5'; a control or a clause is called by its number."""
    if prefix != "AIA":
        return number
    article, *parts = number.split(".")
    return f"Art. {article}{''.join(f'({part})' for part in parts)}"


def _url(framework: str, provision: str) -> str:
    return reverse("law-provision", args=[framework, provision])


def names_of(form: type) -> tuple[str, ...]:
    """Return the names under which a form and what it extends are listed: 'registry.WhatFor'."""
    return tuple(f"{one.__module__.partition('.')[0]}.{one.__name__}" for one in form.__mro__)
