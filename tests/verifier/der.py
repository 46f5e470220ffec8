"""An RFC 3161 response written by hand, for certificates that `openssl ts` refuses to use."""

import hashlib
from datetime import UTC, datetime, timedelta

from cryptography import x509

SHA256 = bytes.fromhex("300b0609608648016503040201")
ECDSA = bytes.fromhex("300a06082a8648ce3d040302")
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
CERTIFICATE_ID = bytes.fromhex("060b2a864886f70d010910022f")
POLICY = bytes.fromhex("06042a030401")


def tlv(tag, *parts):
    """A DER value."""
    body = b"".join(parts)
    size = len(body)
    length = bytes([size]) if size < 128 else b""
    if size >= 128:
        count = (size.bit_length() + 7) // 8
        length = bytes([0x80 | count]) + size.to_bytes(count, "big")
    return bytes([tag]) + length + body


def number(value):
    """An INTEGER."""
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def response(data, certificate, sign, ahead=timedelta(days=2)):
    """A TimeStampResp over data, two days from now, with a certificate and a function to sign."""
    moment = (datetime.now(UTC) + ahead).strftime("%Y%m%d%H%M%SZ").encode()
    imprint = tlv(0x30, SHA256, tlv(4, hashlib.sha256(data).digest()))
    info = tlv(0x30, number(1), POLICY, imprint, number(7), tlv(0x18, moment))
    identity = tlv(0x30, tlv(0x30, tlv(0x30, tlv(4, hashlib.sha256(certificate).digest()))))
    attributes = [
        tlv(0x30, CONTENT_TYPE, tlv(0x31, TST_INFO)),
        tlv(0x30, MESSAGE_DIGEST, tlv(0x31, tlv(4, hashlib.sha256(info).digest()))),
        tlv(0x30, CERTIFICATE_ID, tlv(0x31, identity)),
    ]
    signature = sign(tlv(0x31, *attributes))
    loaded = x509.load_der_x509_certificate(certificate)
    who = tlv(0x30, loaded.issuer.public_bytes(), number(loaded.serial_number))
    signer = tlv(0x30, number(1), who, SHA256, tlv(0xA0, *attributes), ECDSA, tlv(4, signature))
    content = tlv(0x30, TST_INFO, tlv(0xA0, tlv(4, info)))
    held, digests = tlv(0xA0, certificate), tlv(0x31, SHA256)
    signed = tlv(0x30, number(3), digests, content, held, tlv(0x31, signer))
    token = tlv(0x30, SIGNED_DATA, tlv(0xA0, signed))
    return tlv(0x30, tlv(0x30, number(0)), token)
