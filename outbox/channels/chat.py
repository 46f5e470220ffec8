"""Chat, through the library 'apprise': an extra, so it is looked for when it is needed."""

from importlib import import_module
from types import ModuleType

from outbox.channels.outcome import Outcome
from outbox.channels.webhook import AddressRefused, pinned
from outbox.models import Message
from outbox.rules.addresses import chat_fault, host_of
from outbox.secrets import decrypt

EXTRA = "apprise"
LONGEST = 3500


def send(message: Message) -> Outcome:
    """Send one chat message; only to a chat whose address is taken, and none inside by accident."""
    if message.sealed_address is None:
        return Outcome(ok=False, permanent=True, response="the address was forgotten")
    target = decrypt(bytes(message.sealed_address))[0]
    library = extra()
    if library is None:
        return Outcome(ok=False, permanent=True, response="the extra 'chat' is not installed")
    fault = chat_fault(target)
    if fault:
        return Outcome(ok=False, permanent=True, response=fault)
    try:
        if host_of(target):
            pinned(f"https://{host_of(target)}/")
    except AddressRefused:
        return Outcome(ok=False, permanent=True, response="the chat's host may not be reached")
    return _notify(library, target, message)


def extra() -> ModuleType | None:
    """Return the library, or None where the extra is not installed."""
    try:
        return import_module(EXTRA)
    except ModuleNotFoundError:
        return None


def _notify(library: ModuleType, target: str, message: Message) -> Outcome:
    chat = library.Apprise()
    if not chat.add(target):
        return Outcome(ok=False, permanent=True, response="this is no address of a chat")
    ok = bool(chat.notify(title=message.subject[:250], body=message.body[:LONGEST]))
    return Outcome(ok=ok, response="accepted" if ok else "the chat did not take it")
