"""Train the page network on made-up pages and, if given, on real ones; write the weights that the indexer ships.

    python benchmarks/page_training/train.py SAMPLES --share 0 --steps 5000 --out made.npz
    python benchmarks/page_training/train.py SAMPLES --start made.npz --steps 900 --rate 1.5e-3 --out weights.npz

SAMPLES is a folder that prepare.py filled. A run that is stopped by `--minutes` goes on when it is called again.

The network sees cells, not pixels (indexer/regions/cells.py), so that it stays small (about 300,000 weights) and trains
in minutes on one core. Its layers are those of indexer/regions/network.py, which runs it without torch.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import prepare
import torch
from numpy.random import Generator, default_rng
from sheet import IGNORE, INITIAL, MARK, NO_PICTURE, PICTURE
from torch import Tensor, nn
from torch.nn import functional

from indexer.regions.cells import CELL, CHANNELS, MEASURES
from indexer.regions.network import CLASSES, DILATIONS, WIDTHS

CROP = 144
"""Cells along the side of what the network sees at once in training."""
BATCH = 6
KEEP = 0.998
"""Of the running mean of the weights, how much stays in a step."""
REAL_SHARE = 0.35
"""Share of real pages in training, when there are any."""
Weighted = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Measures, labels and weights of the cells of a page, and their pixels."""
Crop = tuple[np.ndarray, np.ndarray, np.ndarray]
"""All channels, labels and weights of a square of cells."""


class PageNetwork(nn.Module):
    """The network of indexer/regions/network.py, layer by layer in the order in which it reads them."""

    def __init__(self, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(len(CHANNELS), widths[0], 1)])
        for level, (width, dilations) in enumerate(zip(widths, DILATIONS, strict=True)):
            if level:
                self.layers.append(nn.Conv2d(widths[level - 1], width, 2, stride=2))
            self.layers.extend(nn.Conv2d(width, width, 3, padding=d, dilation=d) for d in dilations)
        for level in reversed(range(len(widths) - 1)):
            self.layers.append(nn.Conv2d(widths[level + 1], widths[level], 1))
            self.layers.append(nn.Conv2d(widths[level], widths[level], 3, padding=1))
        self.layers.append(nn.Conv2d(widths[0], len(CLASSES), 1))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (b, 4, rows, columns) of cells (b, channels, rows, columns); rows and columns are multiples of 8."""
        layers = iter(self.layers)
        x = functional.relu(next(layers)(x))
        levels = []
        for level, dilations in enumerate(DILATIONS):
            x = functional.relu(next(layers)(x)) if level else x
            for _ in dilations:
                x = x + functional.relu(next(layers)(x))
            levels.append(x)
        for finer in reversed(levels[:-1]):
            x = finer + functional.interpolate(functional.relu(next(layers)(x)), scale_factor=2.0)
            x = x + functional.relu(next(layers)(x))
        logits: Tensor = next(layers)(x)
        return logits

    def load(self, path: Path) -> None:
        """Take over weights that `arrays` gave."""
        with np.load(path) as content, torch.no_grad():
            for i, layer in enumerate(self.layers):
                side = layer.kernel_size[0]
                matrix = torch.from_numpy(content[f"w{i}"].astype(np.float32))
                layer.weight.copy_(matrix.reshape(side, side, layer.in_channels, -1).permute(3, 2, 0, 1))
                layer.bias.copy_(torch.from_numpy(content[f"b{i}"].astype(np.float32)))

    def arrays(self) -> dict[str, np.ndarray]:
        """Weights as network.py reads them: (taps × in, out) matrices and biases."""
        out = {}
        for i, layer in enumerate(self.layers):
            weight = layer.weight.detach().permute(2, 3, 1, 0).reshape(-1, layer.weight.shape[0])
            out[f"w{i}"] = weight.numpy().astype(np.float16)
            out[f"b{i}"] = layer.bias.detach().numpy().astype(np.float16)
        return out


SMALL = 1600
"""Cells of a picture below which its cells count more, so that a line filler is not lost beside a plate."""


def weights_of(labels: np.ndarray) -> np.ndarray:
    """How much each cell counts, float32 (rows, columns): 0 where nothing is known, more in small pictures, along the
    edges of pictures and initials, and in what only looks like a picture.
    """
    weights = (labels != IGNORE).astype(np.float32)
    for value, base in ((PICTURE, 2.5), (INITIAL, 3.0), (MARK, 1.3)):
        area = (labels == value).astype(np.uint8)
        _, parts, stats, _ = cv2.connectedComponentsWithStats(area, connectivity=4)
        boost = base * np.clip(np.sqrt(SMALL / np.maximum(stats[:, 4], 1)), 1, 3).astype(np.float32)
        weights = np.where(parts > 0, boost[parts], weights)
        if value != MARK:
            edge = cv2.dilate(area, np.ones((3, 3), np.uint8)) != cv2.erode(area, np.ones((3, 3), np.uint8))
            weights = np.where(edge, np.maximum(weights, 1) * 1.5 * (weights > 0), weights)
    return weights


def loss_of(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Cross entropy; where only "no picture" is known, the classes paper and type share the credit."""
    logs = functional.log_softmax(logits, dim=1)
    either = torch.logsumexp(logs[:, :2], dim=1)
    all_logs = torch.cat([logs, either[:, None]], dim=1)
    picked = all_logs.gather(1, torch.where(labels != IGNORE, labels, 0)[:, None])[:, 0]
    # Rounding lets the shared credit pass 1 by a hair, and the root of less than nothing is no number.
    focus = (1 - picked.exp()).clamp(min=0).detach() ** 0.5
    return -(picked * weights * focus).sum() / weights.sum()


def crop(sample: Weighted, rng: Generator) -> Crop:
    """A square of cells, mirrored half of the time, edges filled with blank cells that do not count."""
    cells, labels, weights, pixels = sample
    rows, columns = labels.shape
    y, x = (int(rng.integers(0, max(n - CROP, 0) + 1)) for n in (rows, columns))
    window = np.s_[y : y + CROP, x : x + CROP]
    h, w = labels[window].shape
    out, out_labels = np.zeros((CROP, CROP, len(CHANNELS)), np.float32), np.full((CROP, CROP), IGNORE, np.int64)
    out_weights = np.zeros((CROP, CROP), np.float32)
    out[:h, :w, : len(MEASURES)] = cells[window]
    out_labels[:h, :w], out_weights[:h, :w] = labels[window], weights[window]
    out_labels[out_labels == MARK] = NO_PICTURE
    flips = slice(None, None, -1 if rng.random() < 0.06 else 1), slice(None, None, -1 if rng.random() < 0.5 else 1)
    part = pixels[window].reshape(h, w, CELL, CELL)[:, :, flips[0], flips[1]]
    out[:h, :w, len(MEASURES) :] = part.reshape(h, w, CELL**2).astype(np.float32) / 255
    out, out_labels, out_weights = out[flips], out_labels[flips], out_weights[flips]
    return _vary(out, rng), out_labels, out_weights


TONES = [CHANNELS.index(name) for name in ("dark", "dark_max", "dark_min", "contrast", "across", "down", "slope")]
COLOURS = [CHANNELS.index(name) for name in ("colour", "colour_max")]


def _vary(cells: np.ndarray, rng: Generator) -> np.ndarray:
    """Cells without colour or pixels, with more or less of it, with more or less contrast, of slightly other type."""
    if rng.random() < 0.25:
        cells[..., COLOURS] = 0
    elif rng.random() < 0.4:
        cells[..., COLOURS] *= rng.uniform(0.5, 1.5)
    if rng.random() < 0.4:
        strength = rng.uniform(0.75, 1.25)
        cells[..., TONES] *= strength
        cells[..., len(MEASURES) :] *= strength
    if rng.random() < 0.25:
        cells[..., len(MEASURES) :] = 0
    if rng.random() < 0.3:
        cells[..., CHANNELS.index("unit")] *= rng.uniform(0.8, 1.25)
    return cells


def _draw(pool: list[Weighted], rng: Generator) -> Crop:
    return crop(pool[int(rng.integers(len(pool)))], rng)


@dataclass
class Run:
    """A training in the making: what a piece of it leaves for the next one.

    Attributes:
        net: The network as it stands.
        mean: Running mean of its weights over the last few hundred steps: what is kept in the end, since single
            states wander (Polyak & Juditsky 1992).
        step: Steps done.
    """

    net: PageNetwork
    mean: PageNetwork
    optimiser: torch.optim.Optimizer
    rng: Generator
    step: int = 0

    @classmethod
    def begin(cls, seed: int, start: Path | None, widths: Sequence[int] = WIDTHS) -> Run:
        """From nothing, or from weights that `arrays` gave."""
        torch.manual_seed(seed)
        net = PageNetwork(widths).to(memory_format=torch.channels_last)
        if start is not None:
            net.load(start)
        optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-4)
        return cls(net, deepcopy(net), optimiser, default_rng(seed))

    def save(self, path: Path) -> None:
        """Keep everything needed to go on."""
        state = {"net": self.net.state_dict(), "mean": self.mean.state_dict(), "optimiser": self.optimiser.state_dict()}
        torch.save({**state, "rng": self.rng.bit_generator.state, "step": self.step}, path)

    def resume(self, path: Path) -> None:
        """Go on from what `save` kept."""
        state = torch.load(path, weights_only=True)
        for name in ("net", "mean", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        self.rng.bit_generator.state, self.step = state["rng"], state["step"]


def rate(step: int, steps: int, peak: float) -> float:
    """Learning rate: up in a line over the first twentieth, then down along a cosine."""
    warm = max(steps // 20, 1)
    if step < warm:
        return peak * (step + 1) / warm
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(steps - warm, 1))))


def advance(run: Run, pools: list[list[Weighted]], share: float, steps: int, peak: float, minutes: float) -> bool:
    """Train until `steps` are done or the time is over; whether they are done.

    Args:
        run: What is trained.
        pools: Made-up pages and real ones.
        share: Share of crops from the real ones.
        steps: Steps of the whole training, on which the learning rate depends.
        peak: Highest learning rate.
        minutes: Time for this piece.
    """
    start, running, seen = time.monotonic(), 0.0, 0
    while run.step < steps and time.monotonic() - start < 60 * minutes:
        for group in run.optimiser.param_groups:
            group["lr"] = rate(run.step, steps, peak)
        batch = [_draw(pools[int(run.rng.random() < share)], run.rng) for _ in range(BATCH)]
        running, seen = 0.98 * running + 0.02 * _step(run, batch), seen + 1
        if run.step % 100 == 0:
            print(f"step {run.step}: loss {running / (1 - 0.98**seen):.4f} {time.process_time():.0f} s", flush=True)
    return run.step >= steps


def _step(run: Run, batch: list[Crop]) -> float:
    """One step of the optimiser; returns the loss."""
    cells = torch.from_numpy(np.stack([b[0] for b in batch])).permute(0, 3, 1, 2)  # channels last, as stored
    labels, weights = (torch.from_numpy(np.stack([b[k] for b in batch])) for k in (1, 2))
    with torch.autocast("cpu", torch.bfloat16):
        logits = run.net(cells)
    loss = loss_of(logits.float(), labels, weights)
    if not torch.isfinite(loss):
        raise FloatingPointError(f"The loss of step {run.step} is not finite; the last checkpoint is as it was.")
    run.optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(run.net.parameters(), 1.0)
    run.optimiser.step()
    run.step += 1
    keep = min(KEEP, run.step / (run.step + 10))
    with torch.no_grad():
        for mean, now in zip(run.mean.parameters(), run.net.parameters(), strict=True):
            mean.lerp_(now, 1 - keep)
    return float(loss.detach())


def load_pools(folders: Sequence[Path], books: frozenset[str] | None, without: frozenset[str]) -> list[list[Weighted]]:
    """Made-up and real samples of prepare.py; of the real ones those of `books`, or all but those of `without`."""
    pools: list[list[Weighted]] = [[], []]
    for path in sorted(p for folder in folders for p in folder.glob("*.npz")):
        for name, (cells, labels, pixels) in prepare.read(path):
            book = Path(name).stem.rsplit("_", 1)[0]
            if name and (book in without or (books is not None and book not in books)):
                continue
            pools[bool(name)].append((cells, labels, weights_of(labels).astype(np.float16), pixels))
    return pools


def main() -> None:
    """Read samples, train, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", type=Path, nargs="+", help="folders that prepare.py filled")
    parser.add_argument("--books", nargs="*", help="real pages of these books only")
    parser.add_argument("--without", nargs="*", default=[], help="no real pages of these books")
    parser.add_argument("--share", type=float, default=REAL_SHARE, help="share of crops from real pages")
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--rate", type=float, default=3e-3, help="highest learning rate")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so long; the same command goes on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--widths", type=int, nargs="*", default=WIDTHS, help="channels of each level")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    books = None if options.books is None else frozenset(options.books)
    pools = load_pools(options.samples, books, frozenset(options.without))
    run, checkpoint = Run.begin(options.seed, options.start, options.widths), options.out.with_suffix(".checkpoint")
    if checkpoint.exists():
        run.resume(checkpoint)
    share = options.share if pools[1] else 0.0
    print(
        f"{len(pools[0])} made-up pages, {len(pools[1])} real ones ({share:.2f} of the crops); step {run.step}",
        flush=True,
    )
    done = advance(run, pools, share, options.steps, options.rate, options.minutes)
    run.save(checkpoint)
    np.savez_compressed(options.out, **run.mean.arrays())
    print("done" if done else "to be continued")


if __name__ == "__main__":
    main()
