"""The CLIP stage against the bare network on the same pictures. Target: at least 0.85 of bare encode_image.

python benchmarks/clip_stage.py [--model ViT-B-32] [--images 64] [--rounds 5] [--json]
Random weights: the same cost as trained ones. The bare network gets normalised tensors that lie on the device, at the
precision and the batch size that are fastest for it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.common import in_turn, ratio

PRECISIONS = ("fp32", "bf16")


def main() -> None:
    """Print a table, or with --json one JSON list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="ViT-B-32")
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), options.model, options.images, options.rounds, options.device)
    if options.json:
        print(json.dumps(rows))
    else:
        for row in rows:
            print(f"{row['what']}: {row['value']} {row['unit']} (target: {row['target'] or 'none'})")


def measure(folder: Path, name: str, images: int, rounds: int, device: str) -> list[dict]:
    """Rows of results."""
    import numpy as np

    from indexer.features.clip import load_clip
    from indexer.models.random_clip import save_random_clip

    model = load_clip(str(save_random_clip(folder / name, name)), device)
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (images, 900, 700, 3), np.uint8)
    pixels = np.stack([model.preprocess(picture) for picture in pictures])
    for _ in range(4):
        model.encode_images(pixels)  # finds its batch size
    bare, how = best_bare(folder / name, name, model, pixels)
    synchronise = wait_for(model)
    seconds = in_turn(
        {
            "ours": lambda: (model.encode_images(pixels), synchronise()),
            "bare": lambda: (bare(), synchronise()),
            "preprocess": lambda: [model.preprocess(picture) for picture in pictures],
        },
        rounds,
    )
    encode = ratio(seconds, "ours", "bare")
    rate = images / min(seconds["ours"])
    each = 1000 * min(seconds["preprocess"]) / images
    return [
        row(
            f"CLIP stage ({name}, random weights) of bare encode_image ({how})",
            round(encode, 3),
            "×",
            "≥ 0.85",
            encode >= 0.85,
        ),
        row(f"CLIP stage on {model.device.label}, {model.batch_size} at once", round(rate, 1), "images/s"),
        row("resize and crop from 900 × 700 in a worker process", round(each, 2), "ms an image"),
    ]


def row(what: str, value: float, unit: str, target: str = "", met: bool = True) -> dict:
    return {"what": what, "value": value, "unit": unit, "target": target, "met": met}


def best_bare(folder: Path, name: str, model, pixels):
    """The fastest way to run the bare network over all pictures, and its description."""
    import open_clip
    import torch
    from torch.nn.functional import normalize

    x = torch.from_numpy(pixels).float().div(255)
    mean, std = (torch.tensor(v)[:, None, None] for v in (model.preprocess.mean, model.preprocess.std))
    x = ((x - mean) / std).to(model.device.name)
    best = (0.0, None, "")
    for precision in PRECISIONS:
        network = open_clip.create_model(f"local-dir:{folder}", precision=precision, device=model.device.name).eval()
        typed = x.to(torch.bfloat16) if precision == "bf16" else x
        for batch in (8, 16, 32, 64):
            run = bare_run(network, typed, batch, normalize)
            run()
            start = time.perf_counter()
            run()
            wait_for(model)()
            rate = len(pixels) / (time.perf_counter() - start)
            if rate > best[0]:
                best = (rate, run, f"{precision}, {batch} at once")
    return best[1], best[2]


def bare_run(network, x, batch: int, normalize):
    """All of `x` through the network in batches."""
    import torch

    def run() -> None:
        with torch.inference_mode():
            for start in range(0, len(x), batch):
                normalize(network.encode_image(x[start : start + batch]).float(), dim=-1)

    return run


def wait_for(model):
    """What waits for a GPU to finish; nothing on a CPU."""
    import torch

    return torch.cuda.synchronize if model.device.is_cuda else lambda: None


if __name__ == "__main__":
    main()
