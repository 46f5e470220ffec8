"""Mail, through Django's backend."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from outbox.channels.outcome import Outcome
from outbox.models import Message

SMTP = "django.core.mail.backends.smtp.EmailBackend"
REFUSED_FOR_GOOD = range(500, 600)


def send(message: Message) -> Outcome:
    """Send one mail; its Message-ID is stable, so that a repeat is known as one.

    A server that takes it (250) has it delivered; one that refuses the address or the text (5xx)
    has refused for good. What it says about us (sign-in, sender) may be mended: it is tried again.
    """
    if not message.address:
        return Outcome(ok=False, permanent=True, response="no address is known")
    try:
        sent = _mail(message).send()
    except smtplib.SMTPRecipientsRefused as error:
        status, told = next(iter(error.recipients.values()), (0, b""))
        return Outcome(
            ok=False, status=status, response=_text(told), permanent=status in REFUSED_FOR_GOOD
        )
    except smtplib.SMTPResponseException as error:
        of_this_mail = isinstance(error, smtplib.SMTPDataError)
        return Outcome(
            ok=False,
            status=error.smtp_code,
            response=_text(error.smtp_error),
            permanent=of_this_mail and error.smtp_code in REFUSED_FOR_GOOD,
        )
    taken = sent == 1 and settings.EMAIL_BACKEND == SMTP
    return Outcome(
        ok=sent == 1,
        status=250 if taken else None,
        response="accepted by the mail server",
        delivered=taken,
    )


def _mail(message: Message) -> EmailMultiAlternatives:
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    headers = {"Message-ID": f"<{message.pk}@{host}>", "Auto-Submitted": "auto-generated"}
    if message.subject_id is not None:
        # Mail programs show what is about one thing as one conversation.
        headers["References"] = f"<{message.subject_id}@{host}>"
    if message.urgent and message.kind:
        headers["Importance"] = "high"
    mail = EmailMultiAlternatives(
        subject=" ".join(message.subject.split()),
        body=message.body,
        to=[message.address],
        headers=headers,
    )
    lead = (message.payload or {}).get("lead")
    if lead:
        # The same words for programs that draw; the text stands for itself.
        drawn = render_to_string("outbox/digest.html", {"lead": lead})
        mail.attach_alternative(drawn, "text/html")
    return mail


def _text(told: bytes | str) -> str:
    return told.decode(errors="replace") if isinstance(told, bytes) else told
