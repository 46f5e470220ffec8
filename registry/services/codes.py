"""Codes of an authenticator app: right once, never twice, whichever worker is asked (RFC 6238)."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.db import transaction
from django.utils.crypto import constant_time_compare

from registry.models import User

USED = "last_counter"


@transaction.atomic
def use_code(*, user: User, code: str) -> bool:
    """Whether this is the person's code now; it is used up then, with every earlier one.

    The step of the last code used stands in the row, which is locked: allauth keeps used codes in
    a cache, which each worker has for itself.
    """
    rows = Authenticator.objects.select_for_update()
    row = rows.filter(user=user, type=Authenticator.Type.TOTP).first()
    if row is None:
        return False
    counter = _counter_of(decrypt(row.data["secret"]), code)
    if counter is None or counter <= row.data.get(USED, -1):
        return False
    row.data[USED] = counter
    row.save(update_fields=["data"])
    return True


def _counter_of(secret: str, code: str) -> int | None:
    """Return the step in which a code is right, None if it is wrong."""
    plain = "".join(code.split())
    found = None
    for counter in yield_hotp_counters_from_time():
        if constant_time_compare(format_hotp_value(hotp_value(secret, counter)), plain):
            found = counter
    return found
