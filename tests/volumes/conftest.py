"""The gallery made once for all tests of this folder; each gets a copy of its own."""

import datetime as dt
import os

import psycopg
import pytest
from django.core.cache import cache
from django.db import connections
from django.test import override_settings

from outbox import clock
from tests.conftest import _clone, _drop, _use, url_of
from tests.volumes.house import House
from tests.walks.gallery import NOW, hang
from tests.walks.stage import set_clock


@pytest.fixture(scope="session")
def hung(server, template, django_db_setup, django_db_blocker, tmp_path_factory):
    """The gallery, and the database that holds it; nobody is connected to it any more."""
    shared = connections["default"].settings_dict["NAME"]
    name, folder = f"hung_{os.getpid()}_{os.urandom(4).hex()}", tmp_path_factory.mktemp("hung")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patched:
        _clone(server, template, name)
        _use(server.application, name)
        patched.setenv("LEDGER_DIR", str(folder / "ledger"))
        cache.clear()
        with override_settings(LEDGER_DIR=folder / "ledger", MEDIA_ROOT=folder):
            gallery = hang()
        clock.shift(dt.timedelta(0))
        connections.close_all()
        with psycopg.connect(url_of(server.admin or server.owner, name), autocommit=True) as owner:
            owner.execute("VACUUM (ANALYZE)")
        _use(server.application, shared)
        yield gallery, name
        _drop(server, name)


@pytest.fixture
def house(server, hung, django_db_blocker):
    """A copy of the gallery of the test's own, its clock at the gallery's NOW."""
    gallery, pattern = hung
    shared = connections["default"].settings_dict["NAME"]
    name = f"own_{os.getpid()}_{os.urandom(4).hex()}"
    with django_db_blocker.unblock():
        _clone(server, pattern, name)
        _use(server.application, name)
        cache.clear()
        set_clock(NOW)
        yield House(gallery, url_of(server.admin or server.owner, name))
        clock.shift(dt.timedelta(0))
        cache.clear()
        connections.close_all()
        _use(server.application, shared)
        _drop(server, name)
