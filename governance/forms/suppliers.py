"""The form of a supplier's notice."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.fields import InstantInput
from registry.models import Product, SupplierNotice, User
from registry.services.suppliers import Told


class NoticeForm(forms.Form):
    """What the supplier told, of which products, and who had it first."""

    kind = forms.ChoiceField(label=_("What it is"), choices=SupplierNotice.Kind.choices)
    title = forms.CharField(label=_("In one line"), max_length=160)
    text = forms.CharField(
        label=_("What the supplier says"),
        max_length=8000,
        help_text=_("In its own words where you can: this opens the incident."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    link = forms.URLField(
        label=_("Where it stands"), required=False, max_length=500, assume_scheme="https"
    )
    products = forms.MultipleChoiceField(
        label=_("Products"), widget=forms.SelectMultiple(attrs={"size": 6})
    )
    effective_on = forms.DateField(
        label=_("Takes effect on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    received_at = forms.DateTimeField(
        label=_("Received"),
        help_text=_("When the first person of ours had it. In your own time zone."),
        widget=InstantInput(),
    )
    received_by = forms.ChoiceField(label=_("By whom"))

    def __init__(
        self,
        *args: Any,
        products: Iterable[Product],
        people: Iterable[User],
        at: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["received_at"].initial = at.replace(second=0, microsecond=0)
        self.fields["products"].choices = [(str(one.pk), one.name) for one in products]  # type: ignore[attr-defined]
        self.fields["received_by"].choices = [(str(one.pk), one.name) for one in people]  # type: ignore[attr-defined]

    def told(self) -> Told:
        """Return what the supplier told."""
        given = self.cleaned_data
        return Told(
            kind=given["kind"],
            title=given["title"],
            text=given["text"],
            received_at=given["received_at"],
            received_by_id=UUID(given["received_by"]),
            link=given["link"],
            effective_on=given["effective_on"],
        )

    def product_ids(self) -> list[UUID]:
        """Return the products that it is about."""
        return [UUID(one) for one in self.cleaned_data["products"]]
