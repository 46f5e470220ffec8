"""All that the door asks of a token's plaintext, in one prepared statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hmac import compare_digest
from typing import Any
from uuid import UUID

from django.db import models
from knox.crypto import hash_token
from knox.settings import CONSTANTS

from ledger.clock import ahead
from ledger.services.together import ask_prepared
from registry.models import ServiceToken, User

MOST_NAMED = 50
"""Of a token that reaches more systems they are asked for when they are needed."""


@dataclass(frozen=True, slots=True)
class AtDoor:
    """A token with its account, and the database clock at that moment.

    `reach` has the systems that it names by their slug, None where they are too many.
    """

    token: ServiceToken
    at: datetime
    reach: Mapping[str, UUID] | None


def token_at_door(plaintext: str) -> AtDoor | None:
    """Return the token of a plaintext, compared by digest in constant time; None for no such."""
    key = plaintext[: CONSTANTS.TOKEN_KEY_LENGTH]
    if "\x00" in key:
        return None
    digest, (tokens, users) = hash_token(plaintext), _widths()
    for now, slugs, keys, *values in ask_prepared(_statement(), [MOST_NAMED + 1, key]):
        token = _made(ServiceToken, values[:tokens])
        if compare_digest(digest, token.digest):
            token.user = _made(User, values[tokens : tokens + users])
            reach = dict(zip(slugs, keys, strict=True)) if len(keys) <= MOST_NAMED else None
            return AtDoor(token, now + ahead(), reach)
    return None


@cache
def _statement() -> str:
    tokens, users = _columns(ServiceToken, "t"), _columns(User, "u")
    return f"""
        SELECT clock_timestamp(), coalesce(r.slugs, '{{}}'), coalesce(r.keys, '{{}}'),
          {tokens}, {users}
          FROM registry_servicetoken t JOIN registry_user u ON u.id = t.user_id
          LEFT JOIN LATERAL (
            SELECT array_agg(n.slug::text) AS slugs, array_agg(n.id) AS keys FROM (
              SELECT s.slug, s.id FROM registry_servicetoken_systems x
                JOIN registry_system s ON s.id = x.system_id
               WHERE x.servicetoken_id = t.digest LIMIT %s) n) r ON true
         WHERE t.token_key = %s
    """  # noqa: S608  names of ours


@cache
def _widths() -> tuple[int, int]:
    return len(ServiceToken._meta.concrete_fields), len(User._meta.concrete_fields)


def _columns(model: type[models.Model], alias: str) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def _made(model: Any, values: list[Any]) -> Any:
    """Return an object as a query of its own would; none of these fields converts its values."""
    return model.from_db("default", _names(model), values)


@cache
def _names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
