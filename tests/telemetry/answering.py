"""A server on loopback that answers as a test says, and keeps what it was asked."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class Handler(BaseHTTPRequestHandler):
    """Asks the test's function for (code, body, headers)."""

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        parts = urlsplit(self.path)
        form = dict(parse_qsl(body)) if "urlencoded" in (self.headers.get_content_type()) else {}
        asked = {"path": parts.path, "headers": dict(self.headers), "body": body}
        asked["query"] = dict(parse_qsl(parts.query)) | form
        self.server.seen.append(asked)
        code, said, headers = self.server.reply(asked)
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            return

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class Answering(ThreadingHTTPServer):
    """A server whose `reply(asked)` says (code, body, headers); `seen` is what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []
        self.reply = lambda asked: (404, {}, {})
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def says(self, body, code=200, **headers):
        """Answer everything alike."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.reply = lambda asked: (code, body, named)

    def close(self):
        """Stop it."""
        self.shutdown()
        self.server_close()


def matrix(*series):
    """A range answer of Prometheus: (labels, [(instant, value), …]) each."""
    result = [
        {"metric": labels, "values": [[at.timestamp(), value] for at, value in values]}
        for labels, values in series
    ]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}
