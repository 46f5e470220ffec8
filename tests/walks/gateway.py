"""The gateway of the walks: takes signed orders on loopback, and reports what it then observes."""

import datetime as dt
import http.server
import json
import threading
from contextlib import contextmanager, suppress

from standardwebhooks.webhooks import Webhook

from tests.walks.stage import SECRET
from tests.walks.visitor import Machine


class Gateway:
    """What it was ordered, in order of arrival; `answers` are the statuses that it gives first."""

    def __init__(self):
        self.orders, self.ids, self.answers = [], [], []
        self.server, self.free = None, threading.Event()
        self.free.set()

    def pause(self):
        """Take what comes, but let the sender wait for an answer."""
        self.free.clear()

    def go_on(self):
        """Answer again."""
        self.free.set()

    @property
    def url(self):
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}/orders"

    def take(self, headers, body):
        """Check the signature of an order and keep it. The walk's clock is not this machine's,
        so the age of the signature is left to tests/outbox."""
        message, sent = headers["webhook-id"], int(headers["webhook-timestamp"])
        instant = dt.datetime.fromtimestamp(sent, dt.UTC)
        signature = Webhook(SECRET).sign(message, instant, body.decode())
        assert signature in headers["webhook-signature"].split()
        self.orders.append(json.loads(body))
        self.ids.append(message)

    def report(self, token, order, **observed):
        """Tell what is observed after an order, with its nonce; returns the answer."""
        return Machine(token).send(
            f"/actions/{order['action']}/receipts",
            {"nonce": order["nonce"], "observed": observed or carried_out(order)},
        )


def carried_out(order):
    """What is observed where an order was carried out."""
    if order["type"] == "action.suspend":
        return {"serving": False}
    return {"serving": True, **order["target"]}


@contextmanager
def listening():
    """A gateway that listens until the block ends."""
    gateway = Gateway()

    class Orders(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            gateway.take(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
            gateway.free.wait()
            self.send_response(gateway.answers.pop(0) if gateway.answers else 202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            """Say nothing."""

        def finish(self):
            with suppress(OSError):
                super().finish()

    gateway.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Orders)
    thread = threading.Thread(target=gateway.server.serve_forever)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.go_on()
        gateway.server.shutdown()
        thread.join()
        gateway.server.server_close()
