"""What every part of a policy is."""

import msgspec


class Struct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every part of a policy is: immutable, named fields only."""
