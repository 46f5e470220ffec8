"""The verifier's own arithmetic against published vectors and against `cryptography`."""

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign_verify import (
    FIELD,
    ORDER,
    P256,
    P384,
    decode_point,
    encode_point,
    verify_ecdsa,
    verify_ed25519,
    verify_rsa,
    verify_rsa_pss,
)

# RFC 8032, 7.1: public key, message, signature.
VECTORS = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     hashlib.sha512(b"abc").hexdigest(),
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
     "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
]  # fmt: skip
# Points whose order divides 8, and encodings of y that are not reduced.
SMALL = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]
LOOSE = [
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "0200000000000000000000000000000000000000000000000000000000000000",
]


def raw(private):
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def agrees(public, signature, message):
    """What `cryptography` says."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_vectors_of_rfc_8032_verify(public, message, signature):
    assert verify_ed25519(*map(bytes.fromhex, (public, signature, message)))


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_vectors_over_another_message_do_not(public, message, signature):
    assert not verify_ed25519(*map(bytes.fromhex, (public, signature, message + "00")))


@pytest.mark.parametrize("public", SMALL)
def test_a_key_of_small_order_verifies_nothing(public):
    signature = bytes.fromhex(SMALL[0]) + bytes(32)

    assert decode_point(bytes.fromhex(public)) is not None or public == SMALL[3]
    assert not verify_ed25519(bytes.fromhex(public), signature, b"anything")


@pytest.mark.parametrize("public", LOOSE)
def test_an_encoding_that_is_not_canonical_is_no_point(public):
    assert decode_point(bytes.fromhex(public)) is None


def test_a_scalar_that_is_not_reduced_is_refused():
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    signature = private.sign(b"text")
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    stretched = signature[:32] + scalar.to_bytes(32, "little")

    assert verify_ed25519(raw(private), signature, b"text")
    assert not verify_ed25519(raw(private), stretched, b"text")


@pytest.mark.parametrize(("key", "signature"), [(31, 64), (33, 64), (32, 63), (32, 65), (0, 0)])
def test_another_length_is_refused(key, signature):
    assert not verify_ed25519(bytes(key), bytes(signature), b"")


def test_points_read_back_as_written():
    point = decode_point(bytes.fromhex(VECTORS[1][0]))

    assert point[0] < FIELD
    assert encode_point(point).hex() == VECTORS[1][0]


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_random_keys_agree_with_cryptography(seed, message):
    private = Ed25519PrivateKey.from_private_bytes(seed)

    assert verify_ed25519(raw(private), private.sign(message), message)


@settings(deadline=None)
@given(st.integers(0, 95), st.integers(1, 255), st.binary(max_size=40))
def test_mutated_signatures_agree_with_cryptography(place, flip, message):
    private = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    blob = bytearray(raw(private) + private.sign(message))
    blob[place] ^= flip

    public, signature = bytes(blob[:32]), bytes(blob[32:])

    assert verify_ed25519(public, signature, message) == agrees(public, signature, message)


DIGESTS = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


@pytest.fixture(scope="module")
def rsa_key():
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def odd_rsa_key():
    """A modulus of a length that is no multiple of 8 bits plus one: PSS drops a byte there."""
    return rsa.generate_private_key(65537, 2049)


def numbers(key):
    public = key.public_key().public_numbers()
    return public.n, public.e


@pytest.mark.parametrize("digest", DIGESTS)
def test_rsa_agrees_with_cryptography(rsa_key, digest):
    signature = rsa_key.sign(b"text", padding.PKCS1v15(), DIGESTS[digest])
    flipped = signature[:-1] + bytes([signature[-1] ^ 1])

    assert verify_rsa(numbers(rsa_key), digest, signature, b"text")
    assert not verify_rsa(numbers(rsa_key), digest, flipped, b"text")
    assert not verify_rsa(numbers(rsa_key), digest, signature, b"other")
    assert not verify_rsa(numbers(rsa_key), digest, b"\x00" + signature, b"text")


@pytest.mark.parametrize("digest", DIGESTS)
@pytest.mark.parametrize("salt", [0, 20, 32])
def test_rsa_pss_agrees_with_cryptography(rsa_key, odd_rsa_key, digest, salt):
    for key in (rsa_key, odd_rsa_key):
        scheme = padding.PSS(padding.MGF1(DIGESTS[digest]), salt)
        signature = key.sign(b"text", scheme, DIGESTS[digest])
        flipped = signature[:-1] + bytes([signature[-1] ^ 1])

        assert verify_rsa_pss(numbers(key), digest, salt, signature, b"text")
        assert not verify_rsa_pss(numbers(key), digest, salt, flipped, b"text")
        assert not verify_rsa_pss(numbers(key), digest, salt, signature, b"other")
        assert not verify_rsa_pss(numbers(key), digest, salt + 1, signature, b"text")


def test_a_short_rsa_key_is_refused():
    # 1024 bits is what `cryptography` still makes; time stamps of today are longer.
    key = rsa.generate_private_key(65537, 1024)
    signature = key.sign(b"text", padding.PKCS1v15(), hashes.SHA256())

    assert not verify_rsa(numbers(key), "sha256", signature, b"text")


@pytest.mark.parametrize(("curve", "ours"), [(ec.SECP256R1(), P256), (ec.SECP384R1(), P384)])
@pytest.mark.parametrize("digest", DIGESTS)
def test_ecdsa_agrees_with_cryptography(curve, ours, digest):
    key = ec.generate_private_key(curve)
    public = key.public_key().public_numbers()
    pair = decode_dss_signature(key.sign(b"text", ec.ECDSA(DIGESTS[digest])))

    assert verify_ecdsa(ours, (public.x, public.y), digest, pair, b"text")
    assert not verify_ecdsa(ours, (public.x, public.y), digest, pair, b"other")
    assert not verify_ecdsa(ours, (public.x, public.y), digest, (pair[0], pair[1] + 1), b"text")
    assert not verify_ecdsa(ours, (public.x, public.y + 1), digest, pair, b"text")
    assert not verify_ecdsa(ours, (public.x, public.y), digest, (0, 0), b"text")
