"""Sends the story's past: the windows before today, one request a window, up to this moment.

    python -m demo.past --base-url http://127.0.0.1:8000 --token-file token --window 5

A window of the demo stands for a week; `--window` is its length in seconds.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from demo.client import SendError, events, send, windows_in

SYSTEMS = ("claims-form-reader", "claims-approval", "support-assistant", "paying-agent")


def grid(instant: datetime, window_seconds: int) -> datetime:
    """Return the newest window end that is not after `instant`; windows are aligned to 1970."""
    seconds = int(instant.timestamp()) // window_seconds * window_seconds
    return datetime.fromtimestamp(seconds, UTC)


def send_past(base_url: str, token: str, system: str, end: datetime, window_seconds: int) -> int:
    """Send one system's windows so that the last ends at `end`; return how many were accepted."""
    windows = windows_in(system, "before")
    start = end - timedelta(seconds=len(windows) * window_seconds)
    accepted = 0
    for index, window in enumerate(windows):
        begins = start + timedelta(seconds=index * window_seconds)
        rows = list(events(system, "before", [window], begins, window_seconds))
        report = send(base_url, token, rows, batch=len(rows))
        if report["rejected"]:
            raise SendError(f"{system}, window {window}: {report['rejected'][0]}")
        accepted += report["accepted"]
    return accepted


def main() -> int:
    """Send all systems at once; exit code 1 with a sentence where one fails."""
    parser = argparse.ArgumentParser(prog="python -m demo.past", description=__doc__)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--token-file", type=Path, required=True)
    parser.add_argument("--window", type=int, default=5)
    parser.add_argument("--end", type=datetime.fromisoformat, help="end of the last window")
    options = parser.parse_args()
    token = options.token_file.read_text().strip()
    end = grid(options.end or datetime.now(UTC), options.window)
    with ThreadPoolExecutor(len(SYSTEMS)) as pool:
        jobs = {
            system: pool.submit(send_past, options.base_url, token, system, end, options.window)
            for system in SYSTEMS
        }
    for system, job in jobs.items():
        try:
            print(f"{system}: {job.result()} events")
        except SendError as problem:
            print(f"not sent: {problem}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
