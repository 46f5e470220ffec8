"""What somebody does who changes a pack, from the clumsy to the one who signs it all anew."""

import base64
import csv
import hashlib
import io
import json
import subprocess
import sys
import zipfile

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from ledger.rules.canonical import canonical
from ledger.rules.lines import leaf_hash
from ledger.rules.merkle import Frontier
from ledger.rules.notes import Ed25519Signer, checkpoint_text, head_of, sign
from reports.rules.sampling import SAMPLED, draw, key_of

AUDIT = "data/audit"


def unpacked(path):
    """Return the files of a pack by their name below its folder."""
    with zipfile.ZipFile(path) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def repack(path, files):
    """Write the pack anew, in the exact form of a pack, under the same folder."""
    with zipfile.ZipFile(path) as archive:
        top = archive.namelist()[0].partition("/")[0]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{top}/{name}", (1980, 1, 1, 0, 0, 0))
            entry.external_attr, entry.create_system = 0o100644 << 16, 3
            archive.writestr(entry, files[name])
    path.write_bytes(target.getvalue())


def relisted(files):
    """Mend both manifests and the count of bytes, as who knows how a bag works."""
    payload = [name for name in files if name.startswith("data/")]
    oxum = f"Payload-Oxum: {sum(len(files[name]) for name in payload)}.{len(payload)}"
    info = files["bag-info.txt"].decode().splitlines()
    info = [oxum if line.startswith("Payload-Oxum") else line for line in info]
    files["bag-info.txt"] = ("\n".join(info) + "\n").encode()
    files["manifest-sha256.txt"] = listing(files, payload)
    tags = [name for name in files if "/" not in name and "tagmanifest" not in name]
    files["tagmanifest-sha256.txt"] = listing(files, tags)


def listing(files, names):
    """Return a manifest of some files."""
    return "".join(
        f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(names)
    ).encode()


def lines_of(files, name="log.jsonl"):
    """Return the lines of a file of the record."""
    return files[f"{AUDIT}/{name}"].splitlines()


def set_lines(files, lines, name="log.jsonl"):
    """Put lines in place of those of a file of the record; log.csv and pack.json agree."""
    files[f"{AUDIT}/{name}"] = b"".join(line + b"\n" for line in lines)
    if name != "log.jsonl":
        return
    rows = list(csv.reader(io.StringIO(files[f"{AUDIT}/log.csv"].decode())))
    known = {row[1]: row for row in rows[1:]}
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(rows[0])
    for line in lines:
        entry = orjson.loads(line)
        row = known.get(str(entry["number"]), ["", str(entry["number"]), *[""] * 9])
        writer.writerow([entry["seq"], *row[1:-1], hashlib.sha256(line).hexdigest()])
    files[f"{AUDIT}/log.csv"] = target.getvalue().encode()
    edit_json(files, "data/pack.json", lambda about: about["ledger"].update(sha256=digest(files)))


def digest(files):
    """Return the SHA-256 of log.jsonl."""
    return hashlib.sha256(files[f"{AUDIT}/log.jsonl"]).hexdigest()


def edit_json(files, name, change):
    """Change a JSON file in place."""
    about = json.loads(files[name])
    change(about)
    files[name] = json.dumps(about).encode() + b"\n"


def signed_anew(files, number):
    """Make a whole pack of changed lines under a key of one's own; return that key (vkey)."""
    origin = head_of(files[f"{AUDIT}/checkpoint"].decode()).origin
    signer = Ed25519Signer(origin, Ed25519PrivateKey.generate())
    claim_to_open(files, signer)
    head = resealed(files, signer)
    root = base64.b64encode(head.root()).decode()
    edit_json(
        files,
        "data/pack.json",
        lambda about: about["seal"].update(root=root, key=signer.vkey),
    )
    relisted(files)
    listed = hashlib.sha256(files["tagmanifest-sha256.txt"]).hexdigest()
    text = f"countersign pack v1\n{number}\ntagmanifest-sha256 {listed}\n"
    note = sign(f"{text}checkpoint {head.size} {root}\n", signer)
    files["tagmanifest-sha256.note"] = note.encode()
    return signer.vkey


def claim_to_open(files, signer):
    """Put a key of one's own into the leaf that opens the log."""
    found = [orjson.loads(line) for line in lines_of(files, "neighbours.jsonl")]
    for line in found:
        if line["entry"]["verb"] == "ledger.opened":
            line["entry"]["details"]["key"] = signer.vkey
    set_lines(files, [canonical(line) for line in found], "neighbours.jsonl")


def resealed(files, signer):
    """Make hashes, checkpoint and keys anew from the lines; return the tree."""
    data = files[f"{AUDIT}/leaf-hashes.bin"]
    hashes = [data[start : start + 32] for start in range(0, len(data), 32)]
    for line in [*lines_of(files), *lines_of(files, "neighbours.jsonl")]:
        hashes[orjson.loads(line)["seq"]] = leaf_hash(line)
    tree = Frontier()
    tree.extend(hashes)
    note = sign(checkpoint_text(signer.name, tree.size, tree.root()), signer)
    sealed = orjson.loads(lines_of(files, "checkpoints.jsonl")[-1])["sealed"]
    kept = {name: data for name, data in files.items() if not name.startswith(f"{AUDIT}/proofs/")}
    files.clear()
    files.update(kept)
    keys = [{"vkey": signer.vkey, "from_size": 1, "to_size": None}]
    files[f"{AUDIT}/leaf-hashes.bin"] = b"".join(hashes)
    files[f"{AUDIT}/checkpoint"] = note.encode()
    files[f"{AUDIT}/checkpoints.jsonl"] = orjson.dumps({"note": note, "sealed": sealed}) + b"\n"
    files[f"{AUDIT}/keys.json"] = orjson.dumps(keys) + b"\n"
    drawn_anew(files, note)
    return tree


def drawn_anew(files, note):
    """Draw the sample by the forged root, as somebody does who thinks of everything."""
    root = base64.b64encode(head_of(note).root).decode()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["list", "place", "key", "sha256"])
    for name, columns in SAMPLED.items():
        text = files[f"data/populations/{name}.csv"].decode()
        keys = [key_of([row[it] for it in columns]) for row in csv.DictReader(io.StringIO(text))]
        for item in draw(root, name, keys):
            writer.writerow([item.list, item.place, item.key, item.sha256])
    files["data/populations/sample.csv"] = out.getvalue().encode()


def verdict(path, *arguments):
    """Run the verifier as an auditor does; return its exit code and the claims that it fails."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(settings.BASE_DIR / "countersign_verify.py"), str(path)]
        + [*arguments, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    claims = json.loads(done.stdout)["claims"]
    return done.returncode, {
        item["claim"]: item["words"] for item in claims if item["result"] == "FAIL"
    }


def said(path, *arguments):
    """Run the verifier alone and return all that it says."""
    command = [sys.executable, "-I", "-S", str(settings.BASE_DIR / "countersign_verify.py")]
    done = subprocess.run(
        [*command, str(path), "--json", *arguments], capture_output=True, text=True, check=False
    )
    return json.loads(done.stdout)


def sha256(text):
    """Return the SHA-256 of a text in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
