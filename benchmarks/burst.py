"""A burst of clients at once: every query answered without error, memory bounded.

    python benchmarks/burst.py COLLECTION [--clients 1000]

Starts `iconoscope serve` on the collection and lets all clients ask at the same moment, each its own query: words, the
look of a stored picture, and the same print of one, in turn. Tells errors, latencies, and how much the server's memory
grew from before the burst to its highest point.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import numpy as np

from benchmarks.common import row

GROWTH_MB = 500.0
"""More memory than this for a burst would not be bounded by anything but its size."""


def main() -> None:
    """Print one JSON list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--clients", type=int, default=1_000)
    options = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "iconoscope",
        "serve",
        "--collection",
        str(options.collection),
        "--port",
        str(port),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        print(json.dumps(asyncio.run(burst(f"http://127.0.0.1:{port}", options.clients, server.pid))))
    finally:
        server.terminate()
        server.wait()


async def burst(address: str, clients: int, pid: int) -> list[dict]:
    """Wait for the server, warm it with one query of each kind, then ask everything at once."""
    import httpx

    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=600) as client:
        await ready(client)
        names = [r["image"] for r in (await client.get("/api/images?limit=200")).json()["hits"]]
        queries = [query(i, names) for i in range(clients)]
        for warm in queries[:3]:
            (await client.post("/api/search", json=warm)).raise_for_status()
        with Peak(pid) as peak:
            answers = await asyncio.gather(*(ask(client, q) for q in queries))
    seconds = [s for s, status in answers if status == 200]
    failed = Counter(str(status) for _, status in answers if status != 200)
    named = "".join(f", {count} × {status}" for status, count in failed.items())
    return [
        row(f"{clients:,} clients at once: errors{named}", failed.total(), "", "0", not failed),
        row("… median until the answer", round(float(np.median(seconds)), 2), "s"),
        row("… 95th percentile", round(float(np.percentile(seconds, 95)), 2), "s"),
        row(
            "… growth of the server's memory", round(peak.growth), "MB", f"≤ {GROWTH_MB:.0f}", peak.growth <= GROWTH_MB
        ),
    ]


def query(number: int, names: list[str]) -> dict:
    """Queries of three kinds in turn, all different as long as there are pictures."""
    name = names[number % len(names)]
    if number % 3 == 0:
        return {"text": [f"ship {number} map flower"], "mode": "keyword", "limit": 50}
    return {"like": [name], "mode": "signature" if number % 3 == 1 else "instance", "limit": 50}


async def ready(client) -> None:
    """Until the server answers, a minute at most."""
    import httpx

    for _ in range(240):
        try:
            if (await client.get("/api/health")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.25)
    raise SystemExit("the server did not start")


async def ask(client, body: dict) -> tuple[float, int | str]:
    """Seconds until the answer, and its status (what went wrong, when none came)."""
    import httpx

    start = time.perf_counter()
    try:
        answer = await client.post("/api/search", json=body)
        return time.perf_counter() - start, answer.status_code
    except httpx.TransportError as error:
        return time.perf_counter() - start, f"{type(error).__name__} {error}".strip()


class Peak:
    """Growth of a process's memory (PSS, MB) while the block runs."""

    def __init__(self, pid: int) -> None:
        import psutil

        self._process = psutil.Process(pid)
        self._stop = threading.Event()
        self._before = self._now()
        self.growth = 0.0

    def _now(self) -> float:
        return float(self._process.memory_full_info().pss) / 1e6

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            self.growth = max(self.growth, self._now() - self._before)

    def __enter__(self) -> Peak:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


if __name__ == "__main__":
    main()
