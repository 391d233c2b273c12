"""Frames per second of the exported map in Chromium with SwiftShader (no graphics card), and how soon it shows.

    python -m benchmarks.map_viewer /tmp/map20k

Method: 1280 × 800 pixels, device ratio 1. The camera is set so that the wanted number of pictures is visible (counted
by the viewer from its own places), then moves a little before each of `frames` frames; each is drawn, finished with
`gl.finish` through a one-pixel read-back, and timed on the page. Panning and zooming are measured apart; the figure is
the median, with the slowest tenth beside it. `processor_ms_a_frame` is the processor time of all the browser's
processes a frame: what counts when other work shares the machine. Memory is their proportional set size.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import threading
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--no-sandbox",
    "--disable-background-networking",
]

MEASURE = """
async ([wanted, motion, frames]) => {
  const { viewer } = iconoscopeMap;
  const { camera, cloud } = viewer;
  const wait = () => new Promise((done) => requestAnimationFrame(done));
  const visible = () => { let n = 0; cloud.visible(camera.view(), 0, () => n++); return n; };
  const home = camera.home();
  const p = cloud.places;
  let best = 0, most = -1;  // zoom into the densest spot of a few
  for (let k = 0; k < 60; k++) {
    const i = Math.floor((k * viewer.count) / 60);
    let near = 0;
    cloud.near(p[2 * i], p[2 * i + 1], 0.05, () => near++);
    if (near > most) [most, best] = [near, i];
  }
  if (wanted < viewer.count) Object.assign(home, { x: p[2 * best], y: p[2 * best + 1] });
  camera.jump(home);
  let low = 1, high = 400;
  for (let k = 0; k < 24 && visible() > wanted; k++) {
    const zoom = Math.sqrt(low * high);
    camera.jump({ ...home, scale: home.scale * zoom });
    if (visible() > wanted) low = zoom; else high = zoom;
    if (high / low < 1.01) break;
  }
  viewer.redraw();
  await new Promise((done) => setTimeout(done, 400));
  while (!viewer.pages.settled) await wait();
  const { gl } = viewer.renderer;
  const pixel = new Uint8Array(4);
  const times = [];
  for (let k = 0; k < frames; k++) {
    const direction = k % 40 < 20 ? 1 : -1;
    if (motion === "pan") camera.panBy(7 * direction, 3 * direction);
    else camera.zoomAt(640, 400, direction > 0 ? 1.01 : 1 / 1.01);
    const before = viewer.frames;
    const start = performance.now();
    viewer.redraw();
    while (viewer.frames === before) await wait();
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return {
    visible: visible(), size: viewer.sizeAt(), median_ms: times[frames >> 1], tenth_ms: times[Math.floor(frames * 0.9)],
  };
}
"""


def serve(folder: Path) -> http.server.ThreadingHTTPServer:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def memory_mb(mine: psutil.Process) -> int:
    """Proportional set size of the browser's processes, in MB."""
    browsers = [p for p in mine.children(recursive=True) if "chrom" in p.name()]
    return round(sum(p.memory_full_info().pss for p in browsers) / 1e6)


def processor_seconds(mine: psutil.Process) -> float:
    """Seconds of processor time that the browser's processes have used so far."""
    times = [p.cpu_times() for p in mine.children(recursive=True) if "chrom" in p.name()]
    return sum(t.user + t.system for t in times)


def first_picture(page: Page, url: str) -> dict[str, float]:
    """Seconds until the first atlas page is drawn, and until all of the first view is there; MB transferred."""
    received: list[int] = []
    page.on("response", lambda r: received.append(int(r.headers.get("content-length", 0))))
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_function("() => globalThis.iconoscopeMap?.viewer?.pages?.loaded > 0", timeout=60_000)
    first = time.perf_counter() - start
    page.wait_for_function("() => iconoscopeMap.ready && iconoscopeMap.viewer.pages.settled", timeout=60_000)
    page.wait_for_timeout(500)
    whole = time.perf_counter() - start - 0.5
    return {"first_picture_s": round(first, 2), "first_view_s": round(whole, 2), "mb": round(sum(received) / 1e6, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--visible", type=int, nargs="+", default=[20_000, 5_000, 500])
    parser.add_argument("--frames", type=int, default=60)
    options = parser.parse_args()
    server = serve(options.folder)
    mine = psutil.Process()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        result: dict[str, object] = first_picture(page, f"http://127.0.0.1:{server.server_address[1]}/")
        for wanted in options.visible:
            for motion in ("pan", "zoom"):
                page.evaluate(MEASURE, [wanted, motion, 2])  # set up, so that only frames are counted
                before = processor_seconds(mine)
                measured = page.evaluate(MEASURE, [wanted, motion, options.frames])
                cpu = 1000 * (processor_seconds(mine) - before) / options.frames
                result[f"{motion} {wanted}"] = {k: round(v, 1) for k, v in measured.items()} | {
                    "fps": round(1000 / max(measured["median_ms"], 1e-6), 1),
                    "processor_ms_a_frame": round(cpu, 1),
                }
        result["browser_mb"] = memory_mb(mine)
        browser.close()
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
