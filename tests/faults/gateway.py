"""The reference gateway: a process of its own that stands before an AI system.

It verifies signed orders (Standard Webhooks), carries each out once, whatever is repeated, and
calls back with the nonce; it asks the state API whether it may serve, keeps an answer for
`ttl_seconds`, and without a fresh one does what `fail_mode` says.
`python -m tests.faults.gateway` starts it; tests use `running()`.

    POST /orders     an order; 202 once it is carried out or known
    GET  /state      what it runs: version, digest, serving (for probes)
    GET  /ask        a question to the system: 200 where it serves, 503 with the reason where not
    GET  /log        what came and what was done, as JSON
    POST /behave     {"mode": …}: obey; idle (202, does nothing); hang (does it, answers too late);
                     gone (410); decline (403 with its reason); refuse (calls back that it will not)
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import httpx
from standardwebhooks import webhooks
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

HANGS_FOR = 20.0
ASKS_EVERY = 0.2
PATIENCE = 30.0
ROOT = Path(__file__).resolve().parents[2]


class Gateway:
    """What it runs, what it was ordered, and what it was last told of whether it may serve."""

    def __init__(self, options):
        self.options = options
        self.running = {"version": options.version, "digest": options.digest, "serving": True}
        self.mode, self.done, self.log = "obey", {}, []
        self.known, self.known_at, self.fail_mode = None, 0.0, "closed"
        self.lock = threading.Lock()

    def note(self, what, **facts):
        """Keep what happened."""
        self.log.append({"what": what, "at": datetime.now(UTC).isoformat(), **facts})

    def take(self, headers, body):
        """Verify an order and carry it out once; returns the status to answer with."""
        try:
            order = Webhook(self.options.secret).verify(body, dict(headers))
        except WebhookVerificationError as error:
            self.note("refused", why=str(error))
            return 401
        self.note("order", id=headers["webhook-id"], key=order["idempotency_key"])
        if self.mode == "gone":
            return 410
        if self.mode == "decline":
            return 403
        if self.mode == "idle":
            return 202
        if self.mode == "refuse":
            self.call_back(order, {"refused": "a human holds the switch"})
            return 202
        self.obey(order)
        if self.mode == "hang":
            time.sleep(HANGS_FOR)
        return 202

    def obey(self, order):
        """Do what was ordered, unless it was done under this key before, and report it."""
        with self.lock:
            key = order["idempotency_key"]
            if key not in self.done:
                self.carry_out(order)
                self.done[key] = {**self.running, "stopped_at": datetime.now(UTC).isoformat()}
                self.note("carried out", key=key, type=order["type"])
        self.call_back(order, self.done[key])

    def carry_out(self, order):
        """Change what runs, as an action or an emergency containment orders it."""
        kind = order["type"].partition(".")[2]
        if order.get("target"):
            self.running |= order["target"] | {"serving": True}
        elif kind in ("suspend", "retire", "stop"):
            self.running["serving"] = False
        elif kind in ("resume", "lifted"):
            self.running["serving"] = True
        elif kind == "restrict":
            self.running["restricted"] = True

    def call_back(self, order, observed):
        """Report in a thread of its own: the sender may still wait for its answer."""

        what = "action" if "action" in order else "containment"

        def send():
            try:
                answer = self.ask(
                    "POST",
                    f"/{what}s/{order[what]}/receipts",
                    json={"nonce": order["nonce"], "observed": observed},
                )
            except httpx.HTTPError as error:
                self.note("not called back", why=str(error))
                return
            self.note("called back", status=answer.status_code, body=answer.json())

        if self.mode != "hang":
            threading.Thread(target=send, daemon=True).start()

    def ask(self, method, path, **more):
        """Ask the product's API."""
        return httpx.request(
            method,
            f"{self.options.api}{path}",
            headers={"Authorization": f"Token {self.options.token}"},
            timeout=PATIENCE,
            **more,
        )

    def poll(self):
        """Ask whether it may serve, again before each answer is too old, for ever."""
        while True:
            self.learn()
            time.sleep(ASKS_EVERY)

    def learn(self):
        """Keep a new answer; without one the last counts until it is too old."""
        query = {"environment": "production", "version": self.running["version"]}
        try:
            answer = self.ask("GET", f"/systems/{self.options.system}/state", params=query)
            answer.raise_for_status()
        except httpx.HTTPError:
            if self.known and time.monotonic() - self.known_at > self.ttl():
                self.note("too old")
            return
        with self.lock:
            self.known, self.known_at = answer.json(), time.monotonic()
            self.fail_mode = self.known["fail_mode"]
            self.note("learnt", may_serve=self.known["may_serve"])

    def ttl(self):
        """For how many seconds the last answer holds."""
        return min(self.known["ttl_seconds"], self.options.longest_ttl) if self.known else 0

    def why_not(self):
        """Return why nothing is served now, '' where it may be."""
        with self.lock:
            known, age, ttl = self.known, time.monotonic() - self.known_at, self.ttl()
        if not self.running["serving"]:
            return "stopped"
        if known is None or age > ttl:
            return "" if self.fail_mode == "open" else "no fresh answer, and it fails closed"
        return "" if known["may_serve"] else known["reason"]


def clock_ahead(by):
    """The clock by which timestamps of orders are judged, moved as a test moves all clocks."""

    class Ahead(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + by

    return Ahead


class Doors(BaseHTTPRequestHandler):
    """The gateway's addresses."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path == "/behave":
            self.server.gateway.mode = json.loads(body)["mode"]
            return self.say(200, {})
        status = self.server.gateway.take(self.headers, body)
        told = {"refused": "a human holds the switch"} if status == 403 else {}
        return self.say(status, told)

    def do_GET(self):
        gateway = self.server.gateway
        if self.path == "/state":
            return self.say(200, gateway.running)
        if self.path == "/log":
            return self.say(200, gateway.log)
        why = gateway.why_not()
        return self.say(503 if why else 200, {"why": why})

    def say(self, status, told):
        content = json.dumps(told).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            return

    def log_message(self, *_):
        pass


class Handle:
    """What a test holds of a gateway in another process."""

    def __init__(self, process, port):
        self.process, self.url = process, f"http://127.0.0.1:{port}"

    def log(self, what=None):
        """Return what happened there, or what of one kind."""
        rows = httpx.get(f"{self.url}/log", timeout=PATIENCE).json()
        return [row for row in rows if what in (None, row["what"])]

    def behave(self, mode):
        """Tell it how to behave from now on."""
        httpx.post(f"{self.url}/behave", json={"mode": mode}, timeout=PATIENCE)

    def serves(self):
        """Whether a question to the system is answered now."""
        return httpx.get(f"{self.url}/ask", timeout=PATIENCE).status_code == 200

    def state(self):
        """What it says that it runs."""
        return httpx.get(f"{self.url}/state", timeout=PATIENCE).json()


@contextmanager
def running(**options):
    """A gateway in a process of its own until the block ends."""
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.gateway", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Handle(process, int(process.stdout.readline()))
    finally:
        process.terminate()
        process.communicate()


class _Api(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def product_api(application):
    """The product's API on loopback, on threads of this process, until the block ends."""
    server = _Api(("127.0.0.1", 0), _Quiet)
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def main():
    """Listen on a free port, say which, and ask the state API for ever."""
    words = argparse.ArgumentParser()
    for name in ("api", "token", "system", "secret", "version"):
        words.add_argument(f"--{name}", required=True)
    words.add_argument("--digest", default="")
    words.add_argument("--longest-ttl", type=float, default=3600.0)
    words.add_argument("--ahead", type=float, default=0.0, help="seconds that its clock is ahead")
    options = words.parse_args()
    webhooks.datetime = clock_ahead(timedelta(seconds=options.ahead))
    gateway = Gateway(options)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Doors)
    server.gateway = gateway
    print(server.server_port, flush=True)  # noqa: T201  how a test learns where it listens
    threading.Thread(target=gateway.poll, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
