"""Forms of versions: register, approve, revoke, make live, place on the market, what ran."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.models import SystemVersion
from registry.rules.identities import LONGEST, Identity, identity_from
from registry.services.versions import Change

TEXT: dict[str, Any] = {"max_length": 5000, "widget": forms.Textarea(attrs={"rows": 3})}
ANSWERS = (("", _("not decided yet")), ("yes", _("yes")), ("no", _("no")))
DECIDED = {"yes": True, "no": False}
WHEN = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
ENVIRONMENT = r"^[a-z][a-z0-9-]*$"


def _hash(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=71)


class ChangeForm(forms.Form):
    """What a version means for the law; an open answer is read as yes where it matters."""

    significant_design_change = forms.ChoiceField(
        label=_("A significant change of the design?"),
        choices=ANSWERS,
        required=False,
        help_text=_(
            "AI Act Art. 111(2): older systems come under the Act once their design changes."
        ),
    )
    substantial_modification = forms.ChoiceField(
        label=_("A substantial modification?"),
        choices=ANSWERS,
        required=False,
        help_text=_(
            "AI Act Art. 3(23) and 25: who modifies a high-risk system substantially becomes its "
            "provider. The classification is opened again."
        ),
    )

    def change(self) -> Change:
        """Return the answers."""
        given = self.cleaned_data
        return Change(
            significant_design_change=DECIDED.get(given["significant_design_change"]),
            substantial_modification=DECIDED.get(given["substantial_modification"]),
        )


class DraftForm(ChangeForm):
    """A version to register: by its digest, or as a hosted model."""

    label = forms.CharField(
        label=_("Label"), max_length=60, help_text=_("As people call it: 2.4, 2026-11/rc1 …")
    )
    changelog = forms.CharField(
        label=_("What changed, and why"), help_text=_("The approver reads this first."), **TEXT
    )
    digest = forms.CharField(
        label=_("Digest"),
        required=False,
        max_length=LONGEST["digest"],
        help_text=_("Of what was built: image, weights, package. sha256:… Or the hosted model."),
    )
    provider = forms.CharField(
        label=_("Provider of a hosted model"), required=False, max_length=LONGEST["provider"]
    )
    hosted_model = forms.CharField(
        label=_("Model, as the provider names it"),
        required=False,
        max_length=LONGEST["hosted_model"],
    )
    snapshot = forms.CharField(
        label=_("Snapshot"),
        required=False,
        max_length=LONGEST["snapshot"],
        help_text=_("The dated name that the provider promises not to change."),
    )
    fingerprint = forms.CharField(
        label=_("Fingerprint"),
        required=False,
        max_length=LONGEST["fingerprint"],
        help_text=_("What the provider's answers carry to tell one back end from the next."),
    )
    prompt_sha256 = _hash(_("SHA-256 of the prompt"))
    tools_sha256 = _hash(_("SHA-256 of the tool definitions"))
    index_sha256 = _hash(_("SHA-256 of the retrieval index"))
    guardrails_sha256 = _hash(_("SHA-256 of the guardrails"))
    field_order = ("label", "changelog", "digest", "provider", "hosted_model")

    def identity(self) -> Identity:
        """Return what the version is."""
        return identity_from(**{name: self.cleaned_data[name] for name in Identity.__slots__})


class ApproveForm(ChangeForm):
    """The approval of what is shown; `identity_hash` is the hash of it."""

    identity_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = forms.CharField(label=_("Why it may run"), **TEXT)

    def __init__(self, *args: Any, version: SystemVersion, **kwargs: Any) -> None:
        kwargs["initial"] = {"identity_hash": version.identity_hash}
        super().__init__(*args, **kwargs)
        for name in ("significant_design_change", "substantial_modification"):
            if getattr(version, name) is not None:
                del self.fields[name]

    def change(self) -> Change:
        """Return the answers to what the draft left open."""
        given = self.cleaned_data
        names = ("significant_design_change", "substantial_modification")
        return Change(**{name: DECIDED.get(given.get(name, "")) for name in names})


class RevokeForm(forms.Form):
    """Why a version is revoked."""

    reason = forms.CharField(label=_("Why it must not run any more"), **TEXT)


class LiveForm(forms.Form):
    """Where a version goes live, and what is fallen back to."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    environment = forms.RegexField(
        ENVIRONMENT,
        label=_("Environment"),
        max_length=30,
        initial="production",
        help_text=_("Small letters, digits and hyphens."),
    )
    fallback = forms.ChoiceField(
        label=_("Falls back to"),
        required=False,
        help_text=_("An approved version that somebody has tried to fall back to lately."),
    )
    reason = forms.CharField(label=_("Why now"), **TEXT)

    def __init__(self, *args: Any, fallbacks: Iterable[SystemVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fallback"].choices = [  # type: ignore[attr-defined]
            ("", _("no earlier version: the manual fallback of the operating controls")),
            *((str(row.pk), row.label) for row in fallbacks),
        ]


class MarketForm(forms.Form):
    """When a version was placed on the market or put into service."""

    placed_at = forms.DateTimeField(
        label=_("Placed on the market, or put into service"),
        widget=WHEN,
        help_text=_("Decides whether the Act's rules for older systems hold (Art. 111)."),
    )
    reason = forms.CharField(label=_("How this is known"), **TEXT)


class RanForm(forms.Form):
    """An instant and an environment, to ask what ran."""

    at = forms.CharField(
        label=_("What ran at"),
        required=False,
        max_length=60,
        widget=WHEN,
        help_text=_("In your zone. Empty: now."),
    )
    environment = forms.ChoiceField(label=_("Environment"), required=False)

    def __init__(self, *args: Any, environments: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = list(environments) or ["production"]
        self.fields["environment"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
