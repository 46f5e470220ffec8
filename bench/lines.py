"""A ledger of many lines, laid down set by set: bodies as the services write them, then sealed."""

import atexit
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

import psycopg
from django.conf import settings
from django.db import connection

from ledger.services.sealing import seal
from outbox import clock

SYSTEMS, PEOPLE = 50, 20
# Canonical as ledger.rules.canonical writes them: a person's change of an incident of a system.
FILL = """
WITH r AS (
  SELECT n, md5(n::text)::uuid AS incident, md5('s' || mod(n, %(systems)s))::uuid AS system,
    md5('p' || mod(n, %(people)s))::uuid AS person,
    encode(sha256(convert_to('p' || mod(n, %(people)s), 'UTF8')), 'hex') AS name,
    encode(sha256(convert_to('a' || n, 'UTF8')), 'hex') AS address,
    date_trunc('second', clock_timestamp()) - n * interval '1 second' AS at,
    (ARRAY['incident.acknowledged', 'incident.opened', 'decision.signed'])[1 + mod(n, 3)] AS verb
  FROM generate_series(1, %(lines)s) n
), entry AS (
  INSERT INTO ledger_entry (body, verb, object_type, object_id, object_label, incident_id,
    system_id, actor_kind, actor_id, actor_name, at, touched)
  SELECT convert_to(concat(
    '{"after":{"state":"INVESTIGATING"},"application":"0.1.0","at":"',
    to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS+00:00'),
    '","before":{"state":"OPEN"},"from":{"address":"commit:', address,
    '","auth_method":"password","channel":"web","request":"', incident,
    '","session":"a1b2c3d4"},"incident":"', incident, '","object":{"id":"', incident,
    '","label":"INC-2026-', n, '","type":"incident"},"system":"', system, '","v":1,"verb":"', verb,
    '","who":{"id":"', person, '","kind":"person","name":"commit:', name,
    '","role":"owner"}}'), 'UTF8'),
    verb, 'incident', incident::text, 'INC-2026-' || n, incident, system, 'person', person::text,
    '', at, ARRAY['incidents_incident:' || incident]
  FROM r ORDER BY n RETURNING id
)
INSERT INTO ledger_queue (entry_id) SELECT id FROM entry
"""


def own_folder() -> None:
    """Let the sealer of this bench keep its key and its checkpoints in a folder of its own."""
    settings.LEDGER_DIR = Path(mkdtemp(prefix="bench-ledger-"))
    atexit.register(shutil.rmtree, settings.LEDGER_DIR, ignore_errors=True)


def fill(lines: int) -> None:
    """Write entries that wait to be sealed."""
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"lines": lines, "systems": SYSTEMS, "people": PEOPLE})


def seal_waiting() -> float:
    """Seal what waits, as the sweep does; return the seconds."""
    at = clock.now()
    return timed(lambda: seal(at=at))


def timed(run: Callable[[], object]) -> float:
    """Return how long a call takes, seconds."""
    before = time.perf_counter()
    run()
    return time.perf_counter() - before


def settle() -> None:
    """Vacuum and gather statistics, as autovacuum would; that is the tables' owner's right."""
    url = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE ledger_entry, ledger_leaf, ledger_queue")
