"""Real RFC 3161 time stamps by a local `openssl ts`, good and falsified."""

import hashlib

import pytest

import countersign_verify as verifier
from tests.verifier import making
from tests.verifier.authority import Authority

TOP = "ledger-2026-03-02"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """An authority with P-256 keys."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stamp(authority, story):
    """A stamp over the story's third checkpoint."""
    return authority.stamp(story.checkpoints[2][1].encode())


def stamped(story, stamp, size=None):
    size = size or story.checkpoints[2][0]
    return making.export(story) | {f"{TOP}/anchors/{size}-test.tsr": stamp}


def test_a_stamp_by_the_authority_given_passes(check, story, key, stamp, authority):
    said = check(stamped(story, stamp), key, tsa_ca=authority.ca)

    assert said.code == 0, said.words
    assert (said.result["anchors"], said.result["authority"]) == ("PASS", "PASS")


def test_without_an_authority_the_check_is_partial(check, story, key, stamp):
    said = check(stamped(story, stamp), key)

    assert (said.code, said.result["anchors"], said.result["authority"]) == (3, "PASS", "SKIP")
    assert "give --tsa-ca" in said.words["authority"]


@pytest.mark.parametrize(
    ("kind", "digest"),
    [
        ("rsa", "sha256"),
        ("rsa", "sha384"),
        ("rsa", "sha512"),
        ("p384", "sha384"),
        ("p256", "sha512"),
    ],
)
def test_stamps_of_other_algorithms_pass(check, story, key, tmp_path, kind, digest):
    authority = Authority(tmp_path / "authority", kind, digest)
    stamp = authority.stamp(story.checkpoints[2][1].encode())

    said = check(stamped(story, stamp), key, tsa_ca=authority.ca)

    assert said.code == 0, said.words


def test_a_certificate_signed_with_rsa_pss_passes(check, story, key, tmp_path):
    options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]
    authority = Authority(tmp_path / "authority", "rsa", options=options)
    stamp = authority.stamp(story.checkpoints[2][1].encode())

    said = check(stamped(story, stamp), key, tsa_ca=authority.ca)

    assert said.code == 0, said.words


def test_a_stamp_in_a_pack_passes(check, authority):
    ledger = making.story()
    size, note, _ = ledger.checkpoints[-1]
    files = making.pack(ledger, anchors={f"{size}-test.tsr": authority.stamp(note.encode())})

    said = check(files, ledger.signer.vkey, tsa_ca=authority.ca)

    assert said.code == 0, said.words


def test_a_stamp_by_somebody_else_is_caught(check, story, key, stamp, tmp_path):
    other = Authority(tmp_path / "other")

    said = check(stamped(story, stamp), key, tsa_ca=other.ca)

    assert (said.code, said.failed) == (1, {"authority"})


@pytest.mark.parametrize("purpose", ["serving", "loose"])
def test_a_certificate_for_another_purpose_is_caught(check, story, key, tmp_path, purpose):
    authority = Authority(tmp_path / "authority")
    good = Authority.stamp(authority, story.checkpoints[2][1].encode())
    assert check(stamped(story, good), key, tsa_ca=authority.ca).code == 0
    authority._run("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                   "-CAcreateserial", "-sha256", "-days", "10", "-extfile", "conf",
                   "-extensions", purpose, "-out", "other.pem")  # fmt: skip
    stamp = restamped(authority, story.checkpoints[2][1].encode(), "other.pem")

    said = check(stamped(story, stamp), key, tsa_ca=authority.ca)

    assert (said.code, said.failed) == (1, {"authority"})
    assert "not for time stamping alone" in said.words["authority"]


def restamped(authority, data, certificate):
    """A response made by hand around another certificate, since openssl refuses to."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    from tests.verifier import der

    private = serialization.load_pem_private_key((authority.folder / "tsa.key").read_bytes(), None)
    loaded = x509.load_pem_x509_certificate((authority.folder / certificate).read_bytes())
    return der.response(
        data,
        loaded.public_bytes(serialization.Encoding.DER),
        lambda message: private.sign(message, ec.ECDSA(hashes.SHA256())),
    )


def test_a_certificate_that_had_ended_is_caught(check, story, key, tmp_path):
    authority = Authority(tmp_path / "authority")
    authority._run("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                   "-CAcreateserial", "-sha256", "-days", "1", "-extfile", "conf",
                   "-extensions", "stamping", "-out", "short.pem")  # fmt: skip
    stamp = restamped(authority, story.checkpoints[2][1].encode(), "short.pem")

    said = check(stamped(story, stamp), key, tsa_ca=authority.ca)

    assert (said.code, said.failed) == (1, {"authority"})
    assert "no valid chain" in said.words["authority"]


def test_a_stamp_over_another_checkpoint_is_caught(check, story, key, stamp, authority):
    size = story.checkpoints[3][0]

    said = check(stamped(story, stamp, size), key, tsa_ca=authority.ca)

    assert (said.code, said.failed) == (1, {"anchors"})
    assert "over something else" in said.words["anchors"]


def test_a_stamp_over_a_checkpoint_that_is_not_listed_is_caught(check, story, key, stamp):
    said = check(stamped(story, stamp, 5), key)

    assert (said.code, said.failed) == (1, {"anchors"})


def test_a_stamp_older_than_the_seal_shows_a_wrong_clock(check, authority):
    ledger = making.Ledger()
    ledger.now = making.START.replace(year=2126)
    making.story(ledger, rounds=1)
    size, note, _ = ledger.checkpoints[-1]
    files = making.export(ledger)
    files[f"{TOP}/anchors/{size}-test.tsr"] = authority.stamp(note.encode())

    said = check(files, ledger.signer.vkey, tsa_ca=authority.ca)

    assert (said.code, said.failed) == (1, {"anchors"})
    assert "the ledger's clock was wrong" in said.words["anchors"]


def test_a_stamp_over_another_digest_is_caught(check, story, key, authority):
    stamp = authority.stamp(story.checkpoints[2][1].encode(), digest="sha512")

    said = check(stamped(story, stamp), key, tsa_ca=authority.ca)

    assert (said.code, said.failed) == (1, {"anchors"})
    assert "not over SHA-256" in said.words["anchors"]


def test_every_changed_byte_is_caught_but_the_unsigned_status(authority):
    good, digest = authority.stamp(b"hello"), hashlib.sha256(b"hello").digest()
    trusted = verifier.parse_pem(authority.ca.read_text())

    accepted = [
        place
        for place in range(len(good))
        if is_accepted(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :], digest, trusted)
    ]

    assert is_accepted(good, digest, trusted)
    # RFC 3161 leaves one thing unsigned: 'granted' or 'granted with modifications'.
    assert accepted == [8]


def is_accepted(stamp, digest, trusted):
    """Whether a stamp and its chain are taken for right."""
    try:
        verifier.check_authority(verifier.parse_stamp(stamp, digest, trusted), trusted)
    except (verifier.Fault, verifier.Skip, *verifier.MALFORMED):
        return False
    return True


@pytest.mark.parametrize("left", [0, 1, 2, 9, 40, 200, -1])
def test_a_torn_stamp_is_caught(check, story, key, stamp, left):
    said = check(stamped(story, stamp[:left]), key)

    assert (said.code, said.failed) == (1, {"anchors"})


def test_a_stamp_that_was_refused_is_caught(check, story, key, authority):
    refusal = bytes.fromhex("30053003020102")

    said = check(stamped(story, refusal), key, tsa_ca=authority.ca)

    assert (said.code, said.failed) == (1, {"anchors"})
    assert "was not granted" in said.words["anchors"]
