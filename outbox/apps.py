"""The outbox: the clock, durable timers and outgoing messages."""

from django.apps import AppConfig

from ledger import verbs
from outbox import sweep_jobs


class OutboxConfig(AppConfig):
    """Registers the verbs of delivery."""

    name = "outbox"

    def ready(self) -> None:
        """Register verbs, the outbox's own job, and those of the ledger below it."""
        from ledger.services.anchoring import anchor  # noqa: PLC0415  likewise
        from ledger.services.net import look_at_net  # noqa: PLC0415  likewise
        from ledger.services.reconciliation import reconcile_job  # noqa: PLC0415  likewise
        from ledger.services.rhythm import beat, seal_if_due, seal_on_hint  # noqa: PLC0415  likewise
        from ledger.services.verification import run_waiting  # noqa: PLC0415  likewise
        from outbox.services.replies import forget_replies  # noqa: PLC0415  needs models

        sweep_jobs.register("replies", forget_replies)
        # What they find is sealed in the same round.
        sweep_jobs.register("reconcile", reconcile_job)
        sweep_jobs.register("ledger_net", look_at_net)
        sweep_jobs.register("seal", seal_if_due, hinted=seal_on_hint)
        sweep_jobs.register("ledger_heartbeat", beat)
        sweep_jobs.register("ledger_anchors", anchor)
        sweep_jobs.register("ledger_verification", run_waiting)
        verbs.register("message.delivered", "was delivered")
        verbs.register(
            "message.failed", "could not be delivered", exception=True, group="undelivered"
        )
        verbs.register("webhook_endpoint.saved", "saved the webhook address")
        verbs.register("message.requeued", "put back into the queue")
        verbs.register("notices.storm_began", "noticed the begin of", exception=True)
        verbs.register("notices.storm_ended", "noticed the end of")
        verbs.register("ticket.opened", "opened the ticket")
        verbs.register("ticket.noted", "was told about the ticket")
