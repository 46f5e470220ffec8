"""Paging: events in PagerDuty's form (Events API v2), or JSON for an ntfy topic.

Both are asked at an address outside, by the rules of webhooks. Who answers is told by our own link.
"""

from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from django.conf import settings

from outbox.channels.outcome import Outcome
from outbox.channels.webhook import AddressRefused, post
from outbox.models import Message
from outbox.rules.addresses import PAGERDUTY
from outbox.secrets import decrypt

URGENCY = {"minor": "info", "moderate": "warning", "major": "error", "severe": "critical"}
PRIORITY = {"minor": 3, "moderate": 3, "major": 4, "severe": 5}
LONGEST_SUMMARY = 1024
LONGEST_TEXT = 3500
TRY_AGAIN = (408, 425, 429)


def send(message: Message) -> Outcome:
    """Page once; 4xx is for good but for those that ask to come again."""
    if message.sealed_address is None:
        return Outcome(ok=False, permanent=True, response="the address was forgotten")
    target = decrypt(bytes(message.sealed_address))[0]
    address, body, headers = _event(message, target)
    try:
        response = post(address, orjson.dumps(body), headers)
    except (AddressRefused, httpx.HTTPError) as error:
        # What the error says may hold the address, which is a secret.
        return Outcome(ok=False, response=type(error).__name__)
    status = response.status_code
    return Outcome(
        ok=response.is_success,
        status=status,
        response=response.text[:500],
        permanent=400 <= status < 500 and status not in TRY_AGAIN,
    )


def _event(message: Message, target: str) -> tuple[str, dict[str, Any], dict[str, str]]:
    headers = {"Content-Type": "application/json", "User-Agent": "Countersign"}
    if target.startswith(PAGERDUTY):
        key = target.removeprefix(PAGERDUTY)
        return settings.PAGERDUTY_EVENTS_URL, pagerduty_event(message, key), headers
    parts = urlsplit(target)
    if parts.password:
        headers["Authorization"] = f"Bearer {parts.password}"
    server = parts._replace(path="/", netloc=parts.netloc.rpartition("@")[2]).geturl()
    return server, ntfy_message(message, parts.path.strip("/")), headers


def pagerduty_event(message: Message, routing_key: str) -> dict[str, Any]:
    """Return an event of the Events API v2; its dedup_key makes a repeat the same alarm."""
    told = message.payload or {}
    event = {
        "routing_key": routing_key,
        "event_action": told.get("event", "trigger"),
        "dedup_key": str(told.get("page_key", message.key))[:255],
    }
    if event["event_action"] != "trigger":
        return event
    link = _link(message)
    return event | {
        "client": "Countersign",
        **({"client_url": link, "links": [{"href": link, "text": "Open"}]} if link else {}),
        "payload": {
            "summary": message.subject[:LONGEST_SUMMARY],
            "source": settings.PUBLIC_URL,
            "severity": URGENCY.get(str(told.get("severity")), "critical"),
            "timestamp": message.created_at.isoformat(),
            "class": "drill" if message.drill else "incident",
            "custom_details": {"text": message.body[:LONGEST_TEXT]},
        },
    }


def ntfy_message(message: Message, topic: str) -> dict[str, Any]:
    """Return what ntfy takes as JSON at its root."""
    told = message.payload or {}
    found = {
        "topic": topic,
        "title": message.subject[:250],
        "message": message.body[:LONGEST_TEXT],
        "priority": PRIORITY.get(str(told.get("severity")), 5),
        "tags": ["test_tube" if message.drill else "rotating_light"],
    }
    link = _link(message)
    return found | ({"click": link} if link else {})


def _link(message: Message) -> str:
    """Return the link by whose opening the page is seen."""
    return message.traced_url if message.url else ""
