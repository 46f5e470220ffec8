"""Writers and sealers that are killed at random moments, and started again.

python -m tests.faults.ledger_run --changes 10000       on the database of DATABASE_URL

Eight processes make governed changes through services, and take some of them back after the entry
was written; two processes seal. Prints what came of it as one JSON line.
"""

import argparse
import json
import mmap
import os
import random
import signal
import struct
import time
from contextlib import suppress
from dataclasses import dataclass

import django

WRITERS, SEALERS = 8, 2
ROLLED_BACK_SHARE = 0.15
TICK_SECONDS = 0.02


class Rolled:
    """How many changes each writer took back, kept where a killed one's count stays."""

    def __init__(self):
        self._memory = mmap.mmap(-1, 8 * WRITERS)

    def add(self, writer):
        count = self.of(writer)
        struct.pack_into("q", self._memory, 8 * writer, count + 1)

    def of(self, writer):
        return struct.unpack_from("q", self._memory, 8 * writer)[0]

    def total(self):
        return sum(map(self.of, range(WRITERS)))


class TakenBack(Exception):
    """The change is to be rolled back, its entry too."""


def write_until(writer, quota, systems, rolled, seed):
    """Make changes until this writer's are as many as they should be."""
    from django.db import transaction

    wait_for_predecessor(writer)
    done, chance = committed(writer), random.Random(seed)
    while done < quota:
        with suppress(TakenBack), transaction.atomic():
            change(writer, done, systems)
            if chance.random() < ROLLED_BACK_SHARE:
                rolled.add(writer)
                raise TakenBack
            done += 1


def wait_for_predecessor(writer):
    """Hold a lock of this session: a killed writer's server process may still be at its commit."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [1000 + writer])


def change(writer, number, systems):
    """One governed change with its history and its entry: a version of a system, or a calendar."""
    from tests.registry import factories as registry

    if number % 3:
        registry.version(systems[writer], label=f"w{writer}-{number}", author=AUTHOR[0],
                         approved=False)  # fmt: skip
    else:
        registry.calendar(name=f"w{writer}-{number}")


def committed(writer=None):
    """How many changes are in the database, of one writer or of all."""
    from registry.models import SystemVersion, WorkCalendar

    mark = "w" if writer is None else f"w{writer}-"
    versions = SystemVersion.objects.filter(label__startswith=mark).count()
    return versions + WorkCalendar.objects.filter(name__startswith=mark).count()


def seal_until_stopped():
    """Seal again and again, until asked to end."""
    from ledger.services.sealing import seal
    from outbox import clock

    stop = []
    signal.signal(signal.SIGTERM, lambda *args: stop.append(True))
    while not stop:
        seal(at=clock.now())
        time.sleep(TICK_SECONDS)


AUTHOR = []


@dataclass
class Process:
    """A child, what it does, and whether it ended as it should."""

    kind: str
    number: int
    run: object
    pid: int = 0

    def start(self):
        from django.db import connections

        connections.close_all()
        self.pid = os.fork()
        if self.pid:
            return
        code = 1
        try:
            self.run()
            code = 0
        finally:
            os._exit(code)

    def kill(self):
        """Kill it as the kernel does; it had not ended if this returns True."""
        os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        return os.WIFSIGNALED(status)

    def ended(self):
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid and status:
            raise RuntimeError(f"{self.kind} {self.number} failed with {status}")
        return bool(pid)

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        _, status = os.waitpid(self.pid, 0)
        if status:
            raise RuntimeError(f"{self.kind} {self.number} failed with {status}")


def run(changes, kills, seed):
    """Let them work until every change is made; return the figures."""
    chance, rolled = random.Random(seed), Rolled()
    systems = stage()
    quota = changes // WRITERS
    writers = [
        Process("writer", n, lambda n=n: write_until(n, quota, systems, rolled, chance.random()))
        for n in range(WRITERS)
    ]
    sealers = [Process("sealer", n, seal_until_stopped) for n in range(SEALERS)]
    for process in (*sealers, *writers):
        process.start()
    before = time.perf_counter()
    killed = watch(writers, sealers, moments(changes, kills, chance), chance)
    seconds = time.perf_counter() - before
    for sealer in sealers:
        sealer.stop()
    return {
        "run": "ledger crash run",
        "changes": committed(),
        "rolled_back": rolled.total(),
        "writers": WRITERS,
        "sealers": SEALERS,
        "kills": killed,
        "seconds": round(seconds, 1),
        "changes_per_second": round(changes / seconds, 1),
        "seed": seed,
    }


def moments(changes, kills, chance):
    """At how many committed changes somebody is killed."""
    return sorted(chance.uniform(0.02, 0.95) * changes for _ in range(kills))


def watch(writers, sealers, due, chance):
    """Kill at the due moments and start anew, until every writer came to its end."""
    killed, alive = {"writer": 0, "sealer": 0}, list(writers)
    while alive:
        time.sleep(TICK_SECONDS * chance.random())
        alive = [writer for writer in alive if not writer.ended()]
        while alive and due and committed() >= due[0]:
            victim = chance.choice([*alive, *sealers, *sealers])
            if victim.kill():
                due.pop(0)
                killed[victim.kind] += 1
            victim.start()
    return killed


def stage():
    """A system for every writer."""
    from tests.registry import factories as registry

    unit = registry.unit()
    AUTHOR.append(registry.user(of=unit))
    people = {"owner": AUTHOR[0], "deputy": registry.user(of=unit)}
    return [registry.system(of=unit, **people) for _ in range(WRITERS)]


def main():
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    print(json.dumps(run(options.changes, options.kills, options.seed)), flush=True)


if __name__ == "__main__":
    main()
