"""What the attempts to climb share: two units, every door of the product, a mark of what stands."""

import re
from functools import cache

from django.db import connection
from django.test import Client
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator

from outbox import clock
from tests.incidents import factory as cases
from tests.incidents.factory import AT
from tests.registry.factories import unit
from tests.walks.stage import set_clock
from tests.walks.test_access_matrix import WORD, World

NOW = AT + cases.dt.timedelta(hours=2)
# What is written down of an attempt is no change by it.
OF_ATTEMPTS = ("ledger_", "django_session", "outbox_reply", "usersessions_", "axes_")
WRITTEN = """SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables
 WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"""
LOOK = "SELECT coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM {} t"


def two_units():
    """Yield our unit and another one, with the clock at their time."""
    set_clock(NOW)
    top = unit(name="Group")
    yield World(WORD, top), World("elsewhere", top)
    clock.shift(cases.dt.timedelta(0))


def doors(patterns=None, before=""):
    """Yield every address of the product with the view behind it."""
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        route = before + str(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from doors(one.url_patterns, route)
        else:
            yield route, one.callback


def quiet(**named):
    """Return a client that meets a defect as a visitor does: 500."""
    return Client(raise_request_exception=False, **named)


@cache
def description():
    """Return the API as it describes itself."""
    made = SchemaGenerator().get_schema(request=None, public=True)
    return _plain(made)


def _plain(value):
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, bool | int | float | type(None)) else str(value)


def operations(*methods):
    """Yield (method, path, operation) of the API's own description."""
    for path, held in description()["paths"].items():
        for method, operation in held.items():
            if method in methods:
                yield method, path, operation


def tables():
    """Return the tables whose rows are what the product holds."""
    names = connection.introspection.table_names()
    return sorted(name for name in names if not name.startswith((*OF_ATTEMPTS, "django_")))


def mark():
    """Return one digest for each table that holds anything: equal marks, nothing changed."""
    with connection.cursor() as cursor:
        names = tables()
        parts = " UNION ALL ".join(
            f"SELECT '{name}', ({LOOK.format(connection.ops.quote_name(name))})" for name in names
        )
        cursor.execute(parts)
        return dict(cursor.fetchall())


def touches():
    """Return how many rows of each table this transaction wrote so far, undone ones too."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return {name: count for name, count in cursor if not name.startswith(OF_ATTEMPTS)}


def changed(before):
    """Return the tables whose rows are others than at a mark."""
    after = mark()
    return sorted(name for name in before | after if before.get(name) != after.get(name))


def filled(path, values):
    """Return an address of the description with values in its places."""
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], "none")), path)


def shape_of(operation):
    """Return the schema of what an operation takes, empty where it takes nothing."""
    held = operation.get("requestBody", {}).get("content", {})
    given = next(iter(held.values()), {}).get("schema", {})
    return resolved(given)


def resolved(schema):
    """Return what a schema refers to."""
    if "$ref" in schema:
        return description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def properties_of(operation):
    """Return the names of what an operation takes."""
    return set(shape_of(operation).get("properties", {}))
