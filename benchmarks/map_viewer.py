"""Frames per second of the exported map in Chromium with SwiftShader (no graphics card), and how soon it shows.

    python -m benchmarks.map_viewer FOLDER

Method: 1280 × 800 pixels, device ratio 1. The camera is set so that the wanted number of pictures is visible (counted
by the viewer from its own places). Then it is moved at each animation frame of the browser, as a hand would: panning
goes 12 pixels a frame along one direction for 60 frames, then back (farther than what is drawn ahead); zooming goes
1.5 % a frame for 40 frames (1.8 times), then back. The figure is the time between animation frames, which the browser
only gives when the graphics process keeps up: mean, median and the slowest tenth. `stale_frames` counts the frames in
which the edge of what is drawn came into view. `processor_ms_a_frame` is the processor time a frame of the graphics
process and of all the browser's processes: what counts when other work shares the machine; `load` is the machine's load
average. Memory is the processes' proportional set size. First picture: from the request to the first painted frame
with pictures in it, by the browser's own paint timing (Element Timing); then until the map answers, and until all of it
is sharp.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import os
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
  for (let k = 0; k < 40 && high / low > 1.004; k++) {
    const zoom = k ? Math.sqrt(low * high) : 1;
    camera.jump({ ...home, scale: home.scale * zoom });
    if (visible() > wanted) low = zoom;
    else high = zoom;
  }
  viewer.redraw();
  await new Promise((done) => setTimeout(done, 400));
  while (!viewer.pages.settled) await wait();
  while (viewer.pending) await wait();
  const count = visible();
  const size = viewer.sizeAt();
  const times = [];
  let stale = 0;
  let last = await wait();
  for (let k = 0; k < frames; k++) {
    if (motion === "pan") {
      const direction = k % 120 < 60 ? 1 : -1;
      camera.panBy(11 * direction, 5 * direction);
    } else camera.zoomAt(640, 400, k % 80 < 40 ? 1.015 : 1 / 1.015);
    viewer.redraw();
    const now = await wait();
    times.push(now - last);
    last = now;
    const box = viewer.canvas.getBoundingClientRect();
    if (box.left > 0.5 || box.top > 0.5 || box.right < innerWidth - 0.5 || box.bottom < innerHeight - 0.5) stale++;
  }
  const mean = times.reduce((a, b) => a + b, 0) / frames;
  times.sort((a, b) => a - b);
  return {
    visible: count, size, mean_ms: mean, median_ms: times[frames >> 1], tenth_ms: times[Math.floor(frames * 0.9)],
    stale_frames: stale,
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
    return int(sum(p.memory_full_info().pss for p in browsers) / 1e6)


def processor_seconds(mine: psutil.Process) -> tuple[float, float]:
    """Seconds of processor time so far: of the browser's graphics process, and of all its processes."""
    graphics = every = 0.0
    for process in mine.children(recursive=True):
        if "chrom" not in process.name():
            continue
        times = process.cpu_times()
        every += times.user + times.system
        graphics += (times.user + times.system) * ("--type=gpu-process" in process.cmdline())
    return graphics, every


OBSERVE = """
globalThis.painted = [];
new PerformanceObserver((list) => painted.push(...list.getEntries())).observe({ type: "element", buffered: true });
"""
PAINTED = "() => globalThis.painted?.find((e) => e.identifier === 'overview')?.renderTime ?? 0"


def first_picture(page: Page, url: str) -> dict[str, float]:
    """Seconds until pictures are first painted, until the map can be used, and until the first view is sharp; MB."""
    received: list[int] = []
    page.on("response", lambda r: received.append(int(r.headers.get("content-length", 0))))
    page.add_init_script(OBSERVE)
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_function(f"() => ({PAINTED})() > 0", timeout=60_000)
    first = page.evaluate(PAINTED) / 1000
    page.wait_for_function("() => globalThis.iconoscopeMap?.ready", timeout=60_000)
    usable = time.perf_counter() - start
    page.wait_for_function("() => iconoscopeMap.viewer.pages.settled && !iconoscopeMap.viewer.pending", timeout=60_000)
    whole = time.perf_counter() - start
    page.wait_for_timeout(500)
    return {
        "first_picture_s": round(first, 2),
        "usable_s": round(usable, 2),
        "first_view_s": round(whole, 2),
        "mb": round(sum(received) / 1e6, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--visible", type=int, nargs="+", default=[20_000, 5_000, 500])
    parser.add_argument("--frames", type=int, default=240)
    options = parser.parse_args()
    server = serve(options.folder)
    mine = psutil.Process()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        result: dict[str, object] = dict(first_picture(page, f"http://127.0.0.1:{server.server_address[1]}/"))
        for wanted in options.visible:
            for motion in ("pan", "zoom"):
                page.evaluate(MEASURE, [wanted, motion, 2])  # set up, so that only frames are counted
                before = processor_seconds(mine)
                measured = page.evaluate(MEASURE, [wanted, motion, options.frames])
                graphics, every = (
                    1000 * (b - a) / options.frames for a, b in zip(before, processor_seconds(mine), strict=True)
                )
                result[f"{motion} {wanted}"] = {k: round(v, 1) for k, v in measured.items()} | {
                    "fps": round(1000 / max(measured["mean_ms"], 1e-6), 1),
                    "processor_ms_a_frame": {"graphics": round(graphics, 1), "all": round(every, 1)},
                    "load": round(os.getloadavg()[0], 1),
                }
        result["browser_mb"] = memory_mb(mine)
        browser.close()
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
