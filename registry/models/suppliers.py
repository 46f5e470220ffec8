"""Suppliers, what they supply, which system uses it, and the notices that they send (REG-10)."""

import uuid

from django.db import models
from django.db.models import F, Q

from ledger.governed import Governed, Recorded, governed_history
from registry.models.people import User
from registry.models.systems import System


class Supplier(Governed):
    """Somebody from whom the organisation takes models, services, data or software.

    `keeper` answers for the relation and reviews it by `review_on`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120, unique=True)
    about = models.TextField(blank=True)
    contact = models.TextField(blank=True)
    website = models.URLField(max_length=300, blank=True)
    keeper = models.ForeignKey(User, models.PROTECT, related_name="+")
    review_on = models.DateField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    review_note = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    history = governed_history()

    def __str__(self) -> str:
        return self.name


class Product(Governed):
    """What a supplier supplies; `identity` is how the supplier names it: model id, snapshot."""

    class Kind(models.TextChoices):
        HOSTED_MODEL = "hosted_model", "Hosted model"
        SERVICE = "service", "Service"
        DATA_SET = "data_set", "Data set"
        SOFTWARE = "software", "Software"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="products")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    identity = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier", "name"], name="product_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ProductUse(Governed):
    """That a system uses a product, from a day on, perhaps until one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="product_uses")
    product = models.ForeignKey(Product, models.PROTECT, related_name="uses")
    since = models.DateField()
    until = models.DateField(null=True)
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "product"],
                condition=Q(until__isnull=True),
                name="one_use_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="use_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.product_id}"


class SupplierNotice(Recorded):
    """What a supplier told: a change, an end, an incident. Append-only.

    `received_by` is the first person of the organisation who had it, at `received_at`.
    """

    class Kind(models.TextChoices):
        CHANGE = "change", "Change of the product"
        END_OF_LIFE = "end_of_life", "End of life"
        INCIDENT = "incident", "Incident at the supplier"
        VULNERABILITY = "vulnerability", "Vulnerability"
        TERMS = "terms", "Change of terms"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    title = models.CharField(max_length=160)
    text = models.TextField()
    link = models.URLField(max_length=500, blank=True)
    effective_on = models.DateField(null=True)
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class NoticeProduct(Recorded):
    """A product that a notice is about. Append-only."""

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(SupplierNotice, models.PROTECT, related_name="about")
    product = models.ForeignKey(Product, models.PROTECT, related_name="notices")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "product"], name="notice_names_product_once"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.product_id}"
