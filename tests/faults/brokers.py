"""Real brokers on loopback, and a worker of ours on each: started by a test, stopped with it."""

import datetime as dt
import os
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager

from celery import Celery
from django.conf import settings

from tests.faults.processes import wait_until

RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def redis(folder):
    """A Redis of the test's own; yields its URL."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with _running([*command, "--dir", str(folder)], os.environ):
        url = f"redis://127.0.0.1:{port}/0"
        wait_until(lambda: _answers(url))
        yield url


@contextmanager
def rabbitmq(folder):
    """A RabbitMQ of the test's own, with its own port mapper; yields its URL."""
    port, mapper = free_port(), free_port()
    environment = os.environ | {
        "HOME": str(folder),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(mapper),
        "RABBITMQ_NODENAME": f"countersign{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_BASE": str(folder),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
    }
    try:
        with _running([RABBITMQ], environment):
            url = f"amqp://guest:guest@127.0.0.1:{port}//"
            wait_until(lambda: _answers(url))
            yield url
    finally:
        subprocess.run(["epmd", "-port", str(mapper), "-kill"], capture_output=True, check=False)


@contextmanager
def stopped(folder):
    """A broker that has stopped: an address at which nobody answers."""
    yield f"redis://127.0.0.1:{free_port()}/0"


def hinting(broker):
    """An application of Celery that sends its hints to a broker, set up as ours is."""
    app = Celery("hints", broker=broker, set_as_current=False)
    app.conf.task_default_queue = settings.CELERY_TASK_DEFAULT_QUEUE
    app.conf.broker_connection_timeout = settings.CELERY_BROKER_CONNECTION_TIMEOUT
    app.conf.broker_transport_options = {
        name: value
        for name, value in settings.CELERY_BROKER_TRANSPORT_OPTIONS.items()
        if name.startswith(("interval", "max_retries"))
    }
    return app


@contextmanager
def worker(url, broker, *, at):
    """A worker on a database and a broker, with its clock at `at`."""
    offset = (at - dt.datetime.now(dt.UTC)).total_seconds()
    environment = os.environ | {
        "COUNTERSIGN_TESTING": "1",
        "DATABASE_URL": url,
        "CELERY_BROKER_URL": broker,
        "CLOCK_OFFSET_SECONDS": str(offset),
        "EMAIL_URL": "dummymail://",
    }
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "warning"]
    with _running([*command, *quiet], environment):
        yield


def installed(name):
    """Whether a broker's program is there."""
    return shutil.which(name) is not None or os.path.exists(name)


def _answers(url):
    try:
        with hinting(url).connection_for_write() as connection:
            connection.ensure_connection(max_retries=0, timeout=1)
    except Exception:  # noqa: BLE001  whatever a broker that is not up yet answers
        return False
    return True


@contextmanager
def _running(command, environment):
    process = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, 15)
        process.wait(timeout=30)
