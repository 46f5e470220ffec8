"""A time-stamping authority on this machine: real `openssl ts` behind a small HTTP server."""

import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
CN = Test
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[stamping]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[authority]
serial = ./serial
crypto_device = builtin
signer_cert = ./tsa.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""
KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config openssl.cnf"


class Authority:
    """One authority: its certificates in a folder, and how it behaves."""

    def __init__(self, folder):
        self.folder = folder
        self.ca = folder / "ca.pem"
        self.url = ""
        self.answer = self.stamped
        self.queries = []
        self._one_at_a_time = threading.Lock()
        (folder / "openssl.cnf").write_text(CONFIGURATION)
        (folder / "serial").write_text("01")
        self._run(f"req -x509 {KEY} -keyout ca.key -out ca.pem -days 30 -subj /CN=Root"
                  " -extensions ca")  # fmt: skip
        self._run(f"req {KEY} -keyout tsa.key -out tsa.csr -subj /CN=Authority")
        self._run("x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30"
                  " -extfile openssl.cnf -extensions stamping -out tsa.pem")  # fmt: skip

    def stamped(self, query):
        """Answer a request as it should be."""
        with self._one_at_a_time:
            (self.folder / "query").write_bytes(query)
            self._run(
                "ts -reply -config openssl.cnf -section authority -queryfile query -out reply"
            )
            return 200, (self.folder / "reply").read_bytes()

    def of_something_else(self, query):
        """Stamp other data."""
        return self.stamped(request_over(b"something else"))

    def _run(self, arguments):
        subprocess.run(
            ["openssl", *arguments.split()], cwd=self.folder, check=True, capture_output=True
        )


def request_over(data):
    """The bytes of a request over data, with a nonce of its own."""
    builder = TimestampRequestBuilder(data=data, hash_algorithm=HashAlgorithm.SHA256)
    return builder.build().as_bytes()


@contextmanager
def serving(authority):
    """Serve an authority on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            query = self.rfile.read(int(self.headers["Content-Length"]))
            authority.queries.append(query)
            status, body = authority.answer(query)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    authority.url = f"http://127.0.0.1:{server.server_port}/tsr"
    try:
        yield authority
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
