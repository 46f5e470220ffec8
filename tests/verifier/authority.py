"""A time stamp authority of the test's own, made and run by the `openssl` command."""

import subprocess

CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Placeholder
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[stamping]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = critical, timeStamping
[serving]
extendedKeyUsage = critical, serverAuth
[loose]
extendedKeyUsage = timeStamping
[tsa]
default_tsa = one
[one]
serial = serial
crypto_device = builtin
signer_digest = DIGEST
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
KEYS = {
    "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
}


class Authority:
    """A root and a time stamping certificate under it; `ca` is the file to trust."""

    def __init__(self, folder, kind="p256", digest="sha256", purpose="stamping", options=()):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.ca = folder, folder / "ca.pem"
        (folder / "conf").write_text(CONFIG.replace("DIGEST", digest))
        (folder / "serial").write_text("01\n")
        for name in ("ca", "tsa"):
            self._run("genpkey", *KEYS[kind], "-out", f"{name}.key")
        self._run("req", "-x509", "-new", "-key", "ca.key", "-sha256", "-days", "3650",
                  "-config", "conf", "-extensions", "ca", "-subj", "/CN=Test root",
                  "-out", "ca.pem")  # fmt: skip
        self._run("req", "-new", "-key", "tsa.key", "-config", "conf", "-subj", "/CN=Test stamps",
                  "-out", "tsa.csr")  # fmt: skip
        self._run("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                  "-CAcreateserial", f"-{digest}", "-days", "3650", "-extfile", "conf",
                  "-extensions", purpose, "-out", "tsa.pem", *options)  # fmt: skip

    def stamp(self, data, digest="sha256"):
        """A TimeStampResp over some bytes."""
        (self.folder / "data").write_bytes(data)
        self._run("ts", "-query", "-data", "data", f"-{digest}", "-cert", "-out", "query")
        self._run("ts", "-reply", "-queryfile", "query", "-config", "conf", "-signer", "tsa.pem",
                  "-inkey", "tsa.key", "-out", "reply")  # fmt: skip
        return (self.folder / "reply").read_bytes()

    def _run(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)
