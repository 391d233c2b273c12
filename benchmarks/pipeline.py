"""The whole indexing run against the sum of its bare stages. Target: at least 0.9 of that bound on a CPU.

    python benchmarks/pipeline.py [FOLDER] [--images 240] [--model ViT-B-32] [--bare-of 1]

The bound is the processor time of what cannot be left out, divided by the cores: bare decoding (OpenCV, at the
reduced scale that the format offers), OpenCV's SIFT on the same pictures, the bare network (random weights, bf16
where the processor has it, best batch). Ours is `iconoscope index` from the start of the process to its end, with
regions, signature, thumbnails, tables and search indexes. The ratio is the product of two: how much of our processor
time is the bare stages', and how much of the cores' time we used. Default FOLDER: a sample print shop.
With `--bare-of 4` the bare stages run over every fourth picture only, and count four times.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import numpy as np

from indexer.device import cpu_count

EXTENSIONS = {".jpg", ".jpeg", ".png"}


def main() -> None:
    """Print one JSON list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--images", type=int, default=240)
    parser.add_argument("--model", default="ViT-B-32")
    parser.add_argument("--bare-of", type=int, default=1, metavar="N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        source = linked(options.folder or sample(work), work / "source", options.images)
        model = saved_model(work, options.model)
        ours = run_index(source, work / "collection", model)
        bare = apart(source, model, options.bare_of)
    print(json.dumps(rows(ours, bare)))


def sample(work: Path) -> Path:
    from indexer.printshop import build_print_shop

    return Path(build_print_shop(work / "shop", pages=40).folder)


def saved_model(work: Path, name: str) -> Path:
    from indexer.models.random_clip import save_random_clip

    return Path(save_random_clip(work / name, name))


def linked(folder: Path, target: Path, count: int) -> Path:
    """A folder of links to `count` pictures, again and again when there are fewer (as copies of other names)."""
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in EXTENSIONS)
    target.mkdir()
    for i in range(count):
        path = files[i % len(files)]
        (target / f"{i:05d}{path.suffix}").symlink_to(path.resolve())
    return target


def run_index(source: Path, collection: Path, model: Path) -> dict[str, float]:
    """Wall and processor seconds of `iconoscope index` with everything it starts."""
    command = [sys.executable, "-m", "iconoscope", "index", str(source), "--collection", str(collection)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run([*command, "--clip", str(model), "--json"], capture_output=True, text=True, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = json.loads(done.stdout)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "cpu": cpu, "images": report["added"], "bottleneck": report["bottleneck"]}


def apart(source: Path, model: Path, of: int) -> dict[str, float]:
    """`bare_seconds` in a process with the workers' memory settings and one thread."""
    from indexer.workers import MALLOC_TUNABLES

    code = f"from benchmarks.pipeline import bare_seconds; bare_seconds({str(source)!r}, {str(model)!r}, {of})"
    environment = os.environ | {"GLIBC_TUNABLES": MALLOC_TUNABLES, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def bare_seconds(source: str, model: str, of: int) -> None:
    """Print the processor seconds of each bare stage over all pictures, from every `of`th."""
    every = sorted(Path(source).iterdir())
    paths = every[::of]
    seconds = {"decode": bare_decode(paths), "sift": bare_sift(paths), "clip": bare_clip(len(paths), model)}
    print(json.dumps({stage: value * len(every) / len(paths) for stage, value in seconds.items()}))


def bare_decode(paths: list[Path]) -> float:
    """OpenCV, at half, a quarter or an eighth where that is still as large as our decoder's pictures."""
    import cv2

    from indexer.core.settings import DecodeSettings

    cv2.setNumThreads(1)
    side = DecodeSettings().max_side
    start = time.process_time()
    for path in paths:
        longest = max(cv2.imread(str(path), cv2.IMREAD_COLOR).shape) if path.suffix == ".png" else _jpeg_side(path)
        flag = cv2.IMREAD_COLOR
        for factor, name in (
            (8, "IMREAD_REDUCED_COLOR_8"),
            (4, "IMREAD_REDUCED_COLOR_4"),
            (2, "IMREAD_REDUCED_COLOR_2"),
        ):
            if longest >= factor * side:
                flag = getattr(cv2, name)
                break
        cv2.imread(str(path), flag)
    return time.process_time() - start


def _jpeg_side(path: Path) -> int:
    from PIL import Image

    with Image.open(path) as image:
        return max(image.size)


def bare_sift(paths: list[Path]) -> float:
    """OpenCV's SIFT on the pictures that our stage describes, nothing else."""
    import cv2

    from benchmarks.sift_stage import recorded_views, replay

    views = recorded_views([str(p) for p in paths])
    cv2.setNumThreads(1)
    start = time.process_time()
    replay(views)
    return time.process_time() - start


def bare_clip(count: int, model: str) -> float:
    """`encode_image` of one thread on tensors that are there, at the batch that is quickest."""
    import open_clip
    import torch

    from indexer.device import cpu_bf16

    torch.set_num_threads(1)
    bf16 = bool(cpu_bf16())
    network = open_clip.create_model(f"local-dir:{model}", precision="bf16" if bf16 else "fp32").eval()
    best = np.inf
    for batch in (8, 16, 32):
        pixels = torch.zeros(batch, 3, 224, 224, dtype=torch.bfloat16 if bf16 else torch.float32)
        with torch.inference_mode():
            network.encode_image(pixels)
            start = time.process_time()
            for _ in range(3):
                network.encode_image(pixels)
            best = min(best, (time.process_time() - start) / (3 * batch))
    return float(best) * count


def rows(ours: dict[str, float], bare: dict[str, float]) -> list[dict]:
    """What benchmarks/run.py collects."""
    from benchmarks.common import row

    bound = sum(bare.values()) / cpu_count()
    whole, useful, used = (
        bound / ours["wall"],
        sum(bare.values()) / ours["cpu"],
        ours["cpu"] / cpu_count() / ours["wall"],
    )
    rate = ours["images"] / ours["wall"]
    shares = ", ".join(f"{name} {value:.1f} s" for name, value in bare.items())
    return [
        row(f"indexing run of the bound by its bare stages ({shares})", round(whole, 3), "×", "≥ 0.9", whole >= 0.9),
        row("… of which: bare stages in our processor time", round(useful, 3), "of 1"),
        row("… and: cores used during the run", round(used, 3), "of 1"),
        row(f"indexing run, limited by the {ours['bottleneck']}", round(rate, 1), "images/s"),
    ]


if __name__ == "__main__":
    main()
