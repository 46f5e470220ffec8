"""The door of the pages without a name: only what says nothing of its sender passes."""

from django.http import HttpRequest

from ledger.rules.refusals import Conflict, TooLarge
from registry.services.concerns import TooMany

LARGEST = 96 * 1024


def require_nameless(request: HttpRequest) -> None:
    """Let a request pass that says nothing of its sender, is small, and not one of too many.

    Raises Conflict where the middleware did not run: the form's promise could not be kept.
    """
    if not getattr(request, "nameless", False):
        words = "This form is closed: it could not promise that nothing of your connection is kept."
        raise Conflict("form_not_safe", words)
    said = str(request.META.get("CONTENT_LENGTH") or "0")
    if not said.isdecimal() or int(said) > LARGEST:
        raise TooLarge("too_large", "This is more than a concern can hold. Send less text.")
    if getattr(request, "too_fast", False):
        raise TooMany("too_many", "That was too often within ten minutes. Wait, then try again.")
