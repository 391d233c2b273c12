"""The CLIP stage against the bare network on the same pictures. Target: at least 0.85 of bare encode_image.

python benchmarks/clip_stage.py [--model ViT-B-32] [--images 64] [--rounds 5] [--json]
Random weights: the same cost as trained ones. The bare network gets normalised tensors that lie on the device, at the
precision and the batch size that are fastest for it.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.common import in_turn, ratio, row, run_model_benchmark

PRECISIONS = ("fp32", "bf16")


def measure(folder: Path, options: argparse.Namespace) -> list[dict]:
    """Rows of results."""
    import numpy as np

    from indexer.features.clip import load_clip
    from indexer.models.random_clip import save_random_clip

    name, images = options.model, options.images
    model = load_clip(str(save_random_clip(folder / name, name)), options.device)
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
        options.rounds,
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
    run_model_benchmark(str(__doc__), measure, {"images": 64, "rounds": 5})
