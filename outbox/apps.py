"""The outbox: the clock, durable timers and outgoing messages."""

from django.apps import AppConfig

from ledger import verbs
from outbox import sweep_jobs


class OutboxConfig(AppConfig):
    """Registers the verbs of delivery."""

    name = "outbox"

    def ready(self) -> None:
        """Register verbs and the outbox's own job."""
        from outbox.services.replies import forget_replies  # noqa: PLC0415  needs models

        sweep_jobs.register("replies", forget_replies)
        verbs.register("message.delivered", "was delivered")
        verbs.register("message.failed", "could not be delivered", exception=True)
        verbs.register("webhook_endpoint.saved", "saved the webhook address")
