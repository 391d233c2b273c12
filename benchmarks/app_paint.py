"""How soon the web app shows what the server answered, and how it scrolls through ten thousand hits.

    python benchmarks/app_paint.py --collection DIR [--rounds 9] [--chromium /usr/bin/chromium] --out DIR

Starts the server and a headless Chromium on this machine. First pictures: the time from sending the search to the frame
after the first card stands in the page (`paint`), and to the frame after the first picture in view is decoded
(`pictures`), beside the time until the answer's body is read (`answer`), for searches by pictures drawn at random. The
target is 1.2 × answer + 100 ms. Scrolling: an answer of ten thousand hits is made up on the browser's way to the server
(its pictures are real), the page scrolls 400 pixels a frame for 300 frames, and the gaps between animation frames are
taken. Without a graphics card Chromium draws in software (SwiftShader); `--gpu` leaves the choice to Chromium.
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from common import machine

HITS = 10_000
FIRST = """async () => {
  const { promise, resolve } = Promise.withResolvers();
  const original = window.fetch;
  let answered = 0;
  window.fetch = async (...given) => {
    const response = await original(...given);
    if (!String(given[0]).includes('/api/search')) return response;
    const text = await response.text();
    answered = performance.now();
    return new Response(text, { status: response.status, headers: response.headers });
  };
  const frame = () => new Promise(requestAnimationFrame);
  document.querySelectorAll('.card').forEach(c => c.remove());
  const start = performance.now();
  window.send();
  while (!answered || !document.querySelector('.card .card-why')) await frame();
  await frame();
  const paint = performance.now();
  const seen = [...document.querySelectorAll('.card img')].filter(i => i.getBoundingClientRect().top < innerHeight);
  await Promise.race(seen.map(i => i.decode().catch(() => new Promise(() => {}))));
  await frame();
  window.fetch = original;
  return { answer: answered - start, paint: paint - start, pictures: performance.now() - start };
}"""
SCROLL = """async () => {
  scrollTo(0, 0);
  const gaps = [];
  let last = await new Promise(requestAnimationFrame);
  for (let i = 0; i < 300; i++) {
    scrollBy(0, 400);
    const now = await new Promise(requestAnimationFrame);
    gaps.push(now - last);
    last = now;
  }
  return { gaps, cards: document.querySelectorAll('.card').length, heap: performance.memory?.usedJSHeapSize ?? 0 };
}"""


@contextmanager
def served(collection: Path) -> Iterator[str]:
    """The address of a server over the collection."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "iconoscope", "serve", "--port", str(port), "--collection", str(collection)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1200):
            try:
                with urllib.request.urlopen(f"{url}/api/health", timeout=2):
                    break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(20)


def first_pictures(page: Any, ids: list[int], rounds: int) -> list[dict[str, float]]:
    """One row a search, each by another picture."""
    rows = []
    for image in ids[: rounds + 2]:
        page.goto(f"/?t=nothing-of-the-kind-{image}&mode=keyword")
        page.wait_for_selector(".results[aria-busy=false]")
        page.evaluate(
            """id => { window.send = () => {
                 history.pushState(null, '', `/?like=${id}&mode=signature`);
                 dispatchEvent(new PopStateEvent('popstate')); } }""",
            image,
        )
        rows.append(page.evaluate(FIRST))
    return rows[2:]


def made_up(limit: int, ids: list[int]) -> str:
    """An answer of so many hits over real pictures."""
    hits = [
        {
            "image": f"{n}.jpg",
            "image_id": ids[n % len(ids)],
            "region_id": 10_000_000 + n,
            "box": [0, 0, 500 + 53 * (n % 13), 800],
            "width": 500 + 53 * (n % 13),
            "height": 800,
            "score": 1 / (n + 1),
            "channels": {"signature": 0.5},
            "same_print": n % 9 == 0,
            "fields": {"title": f"A picture, number {n}", "creator": "Somebody"},
            "reasons": [],
        }
        for n in range(min(limit, HITS))
    ]
    return json.dumps({"id": "", "mode": "auto", "took_ms": 1, "hits": hits, "total": HITS, "cutoff": 40, "notes": []})


def scrolling(page: Any, ids: list[int]) -> dict[str, Any]:
    """Frames of a page with all hits."""

    def answer(route: Any) -> None:
        route.fulfill(body=made_up(route.request.post_data_json["limit"], ids), content_type="application/json")

    page.route("**/api/search?*", answer)
    page.goto("/?t=anything")
    page.wait_for_selector(".card-picture img")
    for _ in range(400):
        if page.locator(".card").first.get_attribute("aria-setsize") == str(HITS):
            break
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_timeout(100)
    page.wait_for_timeout(1000)
    found = page.evaluate(SCROLL)
    gaps = np.array(found["gaps"])
    return {
        "hits": HITS,
        "frames_a_second": round(1000 / float(gaps.mean()), 1),
        "median_ms": round(float(np.median(gaps)), 1),
        "p95_ms": round(float(np.quantile(gaps, 0.95)), 1),
        "longest_ms": round(float(gaps.max()), 1),
        "cards_in_the_page": found["cards"],
        "heap_mb": round(found["heap"] / 1e6, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collection", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--gpu", action="store_true", help="let Chromium use a graphics card")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with served(options.collection) as url, sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-background-networking"] + ([] if options.gpu else ["--disable-gpu"])
        browser = driver.chromium.launch(executable_path=options.chromium, args=flags)
        page = browser.new_page(base_url=url, viewport={"width": 1280, "height": 860}, locale="en-US")
        with urllib.request.urlopen(f"{url}/api/images?limit=500&shuffle=1") as answer:
            ids = [hit["image_id"] for hit in json.load(answer)["hits"]]
        rows = first_pictures(page, ids, options.rounds)
        frames = scrolling(page, ids)
        version = browser.version
        browser.close()
    middle = {key: round(statistics.median(row[key] for row in rows), 1) for key in ("answer", "paint", "pictures")}
    kept = sum(row["paint"] <= 1.2 * row["answer"] + 100 for row in rows)
    result = {
        "machine": machine(),
        "chromium": version,
        "first_pictures_ms": {**middle, "rounds": len(rows), "within_target": kept},
        "scrolling": frames,
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "app_paint.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
