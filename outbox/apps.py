"""The outbox: the clock, durable timers and outgoing messages."""

from django.apps import AppConfig

from ledger import verbs


class OutboxConfig(AppConfig):
    """Registers the verbs of delivery."""

    name = "outbox"

    def ready(self) -> None:
        """Register verbs."""
        verbs.register("message.delivered", "was delivered")
        verbs.register("message.failed", "could not be delivered", exception=True)
        verbs.register("webhook_endpoint.saved", "saved the webhook address")
