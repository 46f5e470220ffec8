"""The watchdog's figures: what should have fired or gone out by now."""

from datetime import datetime, timedelta

from django.conf import settings

from outbox.models import Message, Timer


def overdue_timers(*, at: datetime) -> int:
    """Return how many armed timers are older than two sweeps. No age limit."""
    grace = timedelta(seconds=2 * settings.SWEEP_SECONDS)
    return Timer.objects.filter(state=Timer.State.ARMED, next_try_at__lt=at - grace).count()


def waiting_messages(*, at: datetime) -> int:
    """Return how many messages are due and not out."""
    return Message.objects.filter(state=Message.State.QUEUED, next_attempt_at__lte=at).count()
