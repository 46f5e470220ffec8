"""A pytest plugin that takes one guard out: `-p tests.faults.without_guard`, with the id of the
failure in COUNTERSIGN_WITHOUT_GUARD.

It does nothing before the tests are collected, so that whatever a test module imported is replaced
too, and nothing at all in a run that does not load it.
"""

import os

import psycopg
from hypothesis import Phase, settings

NAME = "COUNTERSIGN_WITHOUT_GUARD"


def pytest_configure(config):
    """Let properties stop at the first example that fails: it need not be the smallest."""
    settings.register_profile("noticing", phases=(Phase.explicit, Phase.generate), database=None)
    settings.load_profile("noticing")


def pytest_collection_finish(session):
    """Take the guard out of the program, and of every database that is made from now on."""
    from tests.faults.guards import GUARDS

    guard = GUARDS[os.environ[NAME]]
    if guard.patch is not None:
        guard.patch()
    if guard.sql:
        _open_databases(guard.sql)


def _open_databases(statements):
    from tests import conftest

    clone = conftest._clone

    def cloned(urls, template, name):
        clone(urls, template, name)
        with psycopg.connect(conftest.url_of(urls.owner, name)) as owner:
            for statement in statements:
                owner.execute(statement)

    conftest._clone = cloned
