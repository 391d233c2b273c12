"""Train the page network on made-up pages and, if given, on real ones; write the weights that the indexer ships.

    python benchmarks/page_training/train.py --pictures FOLDER [--truth layout.coco.json] \\
        --out indexer/regions/page_weights.npz

The network sees cells, not pixels (indexer/regions/cells.py), so that it stays small (about 300,000 weights) and trains
in minutes on one core. Its layers are those of indexer/regions/network.py, which runs it without torch.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import samples
import torch
from numpy.random import Generator, default_rng
from sheet import IGNORE, INITIAL, PICTURE
from torch import Tensor, nn
from torch.nn import functional

from indexer.regions.cells import CHANNELS
from indexer.regions.network import CLASSES, DILATIONS, WIDTHS

CROP = 144
"""Cells along the side of what the network sees at once in training."""
BATCH = 6
REAL_SHARE = 0.35
"""Share of real pages in training, when there are any."""
Weighted = tuple[np.ndarray, np.ndarray, np.ndarray]


class PageNetwork(nn.Module):
    """The network of indexer/regions/network.py, layer by layer in the order in which it reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(len(CHANNELS), WIDTHS[0], 1)])
        for level, (width, dilations) in enumerate(zip(WIDTHS, DILATIONS, strict=True)):
            if level:
                self.layers.append(nn.Conv2d(WIDTHS[level - 1], width, 2, stride=2))
            self.layers.extend(nn.Conv2d(width, width, 3, padding=d, dilation=d) for d in dilations)
        for level in reversed(range(len(WIDTHS) - 1)):
            self.layers.append(nn.Conv2d(WIDTHS[level + 1], WIDTHS[level], 1))
            self.layers.append(nn.Conv2d(WIDTHS[level], WIDTHS[level], 3, padding=1))
        self.layers.append(nn.Conv2d(WIDTHS[0], len(CLASSES), 1))

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
    """How much each cell counts, float32 (rows, columns): 0 where nothing is known, more in small pictures and along
    the edges of pictures and initials.
    """
    weights = (labels != IGNORE).astype(np.float32)
    for value, base in ((PICTURE, 2.5), (INITIAL, 3.0)):
        area = (labels == value).astype(np.uint8)
        _, parts, stats, _ = cv2.connectedComponentsWithStats(area, connectivity=4)
        boost = base * np.clip(np.sqrt(SMALL / np.maximum(stats[:, 4], 1)), 1, 3).astype(np.float32)
        weights = np.where(parts > 0, boost[parts], weights)
        edge = cv2.dilate(area, np.ones((3, 3), np.uint8)) != cv2.erode(area, np.ones((3, 3), np.uint8))
        weights = np.where(edge, np.maximum(weights, 1) * 1.5 * (weights > 0), weights)
    return weights


def loss_of(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Cross entropy; where only "no picture" is known, the classes paper and type share the credit."""
    logs = functional.log_softmax(logits, dim=1)
    either = torch.logsumexp(logs[:, :2], dim=1)
    all_logs = torch.cat([logs, either[:, None]], dim=1)
    picked = all_logs.gather(1, torch.where(labels != IGNORE, labels, 0)[:, None])[:, 0]
    focus = (1 - picked.exp()).detach() ** 0.5
    return -(picked * weights * focus).sum() / weights.sum()


def crop(sample: Weighted, rng: Generator) -> Weighted:
    """A square of cells, mirrored half of the time, edges filled with blank cells that do not count."""
    cells, labels, weights = sample
    rows, columns = labels.shape
    y, x = (int(rng.integers(0, max(n - CROP, 0) + 1)) for n in (rows, columns))
    window = np.s_[y : y + CROP, x : x + CROP]
    h, w = labels[window].shape
    out, out_labels = np.zeros((CROP, CROP, cells.shape[2]), np.float32), np.full((CROP, CROP), IGNORE, np.int64)
    out_weights = np.zeros((CROP, CROP), np.float32)
    out[:h, :w], out_labels[:h, :w], out_weights[:h, :w] = cells[window], labels[window], weights[window]
    if rng.random() < 0.5:
        out, out_labels, out_weights = out[:, ::-1], out_labels[:, ::-1], out_weights[:, ::-1]
    if rng.random() < 0.25:
        out[..., CHANNELS.index("colour")] *= 0
        out[..., CHANNELS.index("colour_max")] *= 0
    return out, out_labels, out_weights


def _draw(pool: list[Weighted], rng: Generator) -> Weighted:
    return crop(pool[int(rng.integers(len(pool)))], rng)


def train(
    made: list[samples.Sample],
    real: list[samples.Sample],
    steps: int,
    seed: int = 0,
    threads: int = 1,
    start: Path | None = None,
) -> PageNetwork:
    """Fit the network. `start`: weights to go on from."""
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    rng = default_rng(seed)
    net = PageNetwork().to(memory_format=torch.channels_last)
    if start is not None:
        net.load(start)
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3 if start is None else 2e-3, total_steps=steps)
    pools = [[(*sample, weights_of(sample[1])) for sample in pool] for pool in (made, real)]
    share = REAL_SHARE * bool(real)
    running = 0.0
    for step in range(steps):
        batch = [_draw(pools[int(rng.random() < share)], rng) for _ in range(BATCH)]
        cells = torch.from_numpy(np.stack([b[0] for b in batch])).permute(0, 3, 1, 2)  # channels last, as stored
        labels, weights = (torch.from_numpy(np.stack([b[k] for b in batch])) for k in (1, 2))
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(cells)
        loss = loss_of(logits.float(), labels, weights)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        running = 0.98 * running + 0.02 * float(loss.detach())
        if step % 100 == 99:
            print(f"step {step + 1}: loss {running / (1 - 0.98 ** (step + 1)):.4f}", flush=True)
    return net


def main() -> None:
    """Make samples, train, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True, help="folder of free pictures to print on the pages")
    parser.add_argument("--truth", type=Path, nargs="*", default=[], help="COCO files of pages to train on as well")
    parser.add_argument("--leave-out", nargs="*", default=[], help="beginnings of picture names not to use")
    parser.add_argument("--fonts", type=Path, nargs="*", default=[], help="folders of old faces and of initials")
    parser.add_argument("--pages", type=int, default=900)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    faces = samples.fonts(options.fonts)
    made = list(samples.synthetic(options.pictures, options.pages, 1, tuple(options.leave_out), faces))
    real = [sample for file in options.truth for _, sample in samples.real(file)]
    net = train(made, real, options.steps, threads=options.threads, start=options.start)
    np.savez_compressed(options.out, **net.arrays())


if __name__ == "__main__":
    main()
