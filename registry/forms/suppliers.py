"""Forms of suppliers: the supplier, what it supplies, who uses it, its review."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.forms.documents import DayInput
from registry.models import Product, System, User
from registry.services.suppliers import Profile


class SupplierForm(forms.Form):
    """What is known of a supplier."""

    name = forms.CharField(label=_("Name"), max_length=120)
    about = forms.CharField(
        label=_("What it supplies"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    contact = forms.CharField(
        label=_("Whom to reach, and how"),
        required=False,
        max_length=1000,
        help_text=_("For the hour in which something goes wrong."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    website = forms.URLField(
        label=_("Where it publishes notices"),
        required=False,
        max_length=300,
        assume_scheme="https",
    )
    keeper = forms.ChoiceField(label=_("Who keeps the relation"))
    review_on = forms.DateField(
        label=_("Next review"),
        required=False,
        widget=DayInput(),
        help_text=_("Once a year serves."),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keeper"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *((str(one.pk), one.name) for one in people),
        ]

    def profile(self) -> Profile:
        """Return what the service takes."""
        given = self.cleaned_data
        return Profile(
            name=given["name"],
            keeper_id=UUID(given["keeper"]),
            about=given["about"],
            contact=given["contact"],
            website=given["website"],
            review_on=given["review_on"],
        )


class NewSupplierForm(SupplierForm):
    """A supplier with its short name for the address."""

    slug = forms.CharField(
        label=_("Short name"),
        max_length=80,
        help_text=_("For the address: small letters, digits, hyphens, such as example-cloud."),
    )
    field_order = ("name", "slug")


class ProductForm(forms.Form):
    """What a supplier supplies."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Product.Kind.choices)
    identity = forms.CharField(
        label=_("How the supplier names it"),
        required=False,
        max_length=200,
        help_text=_("Model id and snapshot, version, or order number."),
    )


class UseForm(forms.Form):
    """That a system uses a product."""

    product = forms.ChoiceField(label=_("Product"))
    system = forms.ChoiceField(label=_("System"))
    since = forms.DateField(
        label=_("Since"), required=False, widget=DayInput(), help_text=_("Empty: today.")
    )
    note = forms.CharField(label=_("For what"), required=False, max_length=500)

    def __init__(
        self, *args: Any, products: Iterable[Product], systems: Iterable[System], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].choices = [  # type: ignore[attr-defined]
            (str(one.pk), one.name) for one in products if one.ended_at is None
        ]
        self.fields["system"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *((one.slug, one.name) for one in systems),
        ]


class EndUseForm(forms.Form):
    """That a system uses a product no more."""

    use = forms.UUIDField(widget=forms.HiddenInput())
    reason = forms.CharField(label=_("Why"), max_length=500)


class SupplierReviewForm(forms.Form):
    """What a review of a supplier found, and when the next one is."""

    note = forms.CharField(
        label=_("What was looked at and found"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    review_on = forms.DateField(label=_("Next review"), widget=DayInput())
    version = forms.IntegerField(widget=forms.HiddenInput())
