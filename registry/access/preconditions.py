"""ETag and If-Match (RFC 9110): a change says which version of the record it was made from."""

from rest_framework.request import Request

from ledger.rules.refusals import Refused


class PreconditionRequired(Refused):
    """The request does not say which version it was made from: 428 (RFC 6585)."""

    status = 428


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


def expected_version(request: Request) -> int:
    """Return the version in If-Match. Raises PreconditionRequired when it is missing or no tag."""
    sent = request.headers.get("If-Match", "").strip()
    number = sent.removeprefix("W/").strip('"')
    if not number.isdecimal():
        raise PreconditionRequired(
            "precondition_required",
            'Send If-Match with the ETag that you were given, such as If-Match: "3".',
        )
    return int(number)
