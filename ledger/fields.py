"""Column types of PostgreSQL that Django has no field for."""

from typing import Any

from django.db import models
from django.db.models.expressions import Func


class Xid8Field(models.Field[str, str]):
    """A 64-bit transaction id (PostgreSQL's xid8)."""

    def db_type(self, connection: Any) -> str:
        """The column's type."""
        return "xid8"


class CurrentTransaction(Func):
    """The id of the running transaction."""

    template = "pg_current_xact_id()"
    output_field = Xid8Field()
    allowed_default = True
