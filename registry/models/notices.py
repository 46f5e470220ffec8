"""How a person wants to hear of what waits for them."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ledger.governed import Governed, governed_history
from registry.models.people import User

DEFAULT_HOUR = 8


class NoticePreference(Governed):
    """One person's choices; who has none gets everything by mail as it comes.

    `digest` are the kinds of notices (outbox.rules.notices.KINDS) that wait for the digest at
    `digest_hour` of the person's clock, `by_chat` those that go to their chat too, `in_product`
    those that stand in the product alone. `page_name` and `chat_name` say which address stands in
    `secrets` (page, chat), which is encrypted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.OneToOneField(User, models.PROTECT, related_name="notice_preference")
    digest_hour = models.SmallIntegerField(default=DEFAULT_HOUR)
    digest = ArrayField(models.CharField(max_length=20), default=list)
    by_chat = ArrayField(models.CharField(max_length=20), default=list)
    in_product = ArrayField(models.CharField(max_length=20), default=list)
    page_name = models.CharField(max_length=200, blank=True)
    chat_name = models.CharField(max_length=200, blank=True)
    secrets = models.BinaryField(default=bytes)
    version = models.IntegerField(default=0)
    history = governed_history(excluded_fields=["secrets"])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(digest_hour__gte=0, digest_hour__lte=23),
                name="digest_hour_of_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"notices of {self.user_id}"
