"""Mail, through Django's backend."""

from django.conf import settings
from django.core.mail import EmailMessage

from outbox.channels.outcome import Outcome
from outbox.models import Message


def send(message: Message) -> Outcome:
    """Send one mail; its Message-ID is stable, so that a repeat is known as one."""
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    mail = EmailMessage(
        subject=" ".join(message.subject.split()),
        body=message.body,
        to=[message.address],
        headers={"Message-ID": f"<{message.pk}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    sent = mail.send()
    return Outcome(ok=sent == 1, response="accepted by the mail server")
