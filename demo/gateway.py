"""The gateway of the demo's four systems: obeys signed orders, reports back, sends what follows.

It stands for what an organisation runs in front of its own models. An order comes in as a signed
webhook (Standard Webhooks); the gateway switches the version or stops the system, answers with a
receipt of what it now observes, and from then on sends the readings of the version that serves:
the story's `after` windows, each when its time has come. A stopped system sends nothing but
heartbeats, so that its silence can be told from a broken line.

    python -m demo.gateway --base-url http://127.0.0.1:8000 --port 8001 --secret whsec_… \
        --token-file token --window 5
"""

import argparse
import json
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from demo.client import SendError, events, send, windows_in
from demo.past import SYSTEMS, grid

HEARTBEAT_SECONDS = 1.0
TRIES = 20


class Gateway:
    """What serves, what is stopped, and the orders that were carried out, by idempotency key."""

    def __init__(self, base_url: str, token: str, window_seconds: int) -> None:
        self.base_url, self.token, self.window_seconds = base_url.rstrip("/"), token, window_seconds
        self.stopped: set[str] = set()
        self.done: set[str] = set()
        self.lock = threading.Lock()
        self.http = httpx.Client(timeout=30, headers={"Authorization": f"Token {token}"})

    def obey(self, order: dict[str, Any]) -> None:
        """Carry out an order once, however often it comes, and report what is observed."""
        with self.lock:
            first = order["idempotency_key"] not in self.done
            self.done.add(order["idempotency_key"])
        observed = self._carry_out(order)
        self._report(order, observed)
        if first and order["system"] not in self.stopped:
            self._send_after(order["system"])

    def _carry_out(self, order: dict[str, Any]) -> dict[str, Any]:
        if order["type"] == "action.suspend":
            self.stopped.add(order["system"])
            return {"serving": False}
        if order["target"]:
            return {"serving": True, **order["target"]}
        return {"serving": True, "restricted": True, "done": True}

    def _report(self, order: dict[str, Any], observed: dict[str, Any]) -> None:
        body = {"nonce": order["nonce"], "how": "callback", "observed": observed}
        url = f"{self.base_url}/api/v1/actions/{order['action']}/receipts"
        for attempt in range(TRIES):
            try:
                reply = self.http.post(url, json=body)
            except httpx.HTTPError as problem:
                say(f"receipt not sent: {problem}")
            else:
                say(f"{order['type']} {order['system']}: {reply.status_code} {reply.text[:300]}")
                if reply.status_code < 500:
                    return
            time.sleep(min(5, 0.2 * 2**attempt))

    def _send_after(self, system: str) -> None:
        """Send the windows after the action in real time, from the first that begins now on."""
        begins = grid(datetime.now(UTC), self.window_seconds) + self._length()
        for window in windows_in(system, "after"):
            rows = list(events(system, "after", [window], begins, self.window_seconds))
            begins += self._length()
            wait = (begins - datetime.now(UTC)).total_seconds()
            time.sleep(max(0.0, wait))
            try:
                report = send(self.base_url, self.token, rows, batch=len(rows))
            except SendError as problem:
                say(f"readings not sent: {problem}")
                return
            say(f"{system} after {window}: {report['accepted']} events")

    def _length(self) -> timedelta:
        return timedelta(seconds=self.window_seconds)

    def beat(self) -> None:
        """Say once a second that the gateway lives, also for systems that are stopped."""
        while True:
            for system in SYSTEMS:
                try:
                    self.http.post(f"{self.base_url}/api/v1/heartbeats", json={"system": system})
                except httpx.HTTPError as problem:
                    say(f"heartbeat not sent: {problem}")
            time.sleep(HEARTBEAT_SECONDS)


def say(words: str) -> None:
    """Write a line to the log."""
    print(f"{datetime.now(UTC):%H:%M:%S} {words}", flush=True)


def handler(gateway: Gateway, secret: str) -> type[BaseHTTPRequestHandler]:
    """Return the class that takes orders for `gateway`, signed with `secret`."""
    verifier = Webhook(secret)

    class Orders(BaseHTTPRequestHandler):
        """One order a request; 202 when its signature holds, 401 when not."""

        def do_POST(self) -> None:
            """Verify, answer, then carry out in a thread of its own."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                verifier.verify(body, headers)
            except WebhookVerificationError:
                self._answer(401)
                return
            self._answer(202)
            order = json.loads(body)
            threading.Thread(target=gateway.obey, args=[order], daemon=True).start()

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            """Keep the log to what was done."""

    return Orders


def main() -> int:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m demo.gateway", description=__doc__)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--token-file", type=Path, required=True)
    parser.add_argument("--window", type=int, default=5)
    options = parser.parse_args()
    gateway = Gateway(options.base_url, options.token_file.read_text().strip(), options.window)
    threading.Thread(target=gateway.beat, daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", options.port), handler(gateway, options.secret))
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
