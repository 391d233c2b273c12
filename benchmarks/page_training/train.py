"""Train the page network on made-up pages and, if given, on real ones; write the weights that the indexer ships.

    python benchmarks/page_training/train.py --pictures FOLDER [--truth layout.coco.json] \\
        --out indexer/regions/page_weights.npz

The network sees cells, not pixels (indexer/regions/cells.py), so that it stays small (65,000 weights) and trains in
minutes on two cores. Its layers are those of indexer/regions/network.py, which runs it without torch.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import samples
import torch
from numpy.random import Generator, default_rng
from pages import IGNORE, INITIAL, PICTURE
from torch import Tensor, nn
from torch.nn import functional

from indexer.regions.cells import CHANNELS
from indexer.regions.network import DILATIONS, WIDTH

CROP = 80


class PageNetwork(nn.Module):
    """A 1 × 1 layer, residual dilated 3 × 3 layers, and a 1 × 1 layer to four classes."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(len(CHANNELS), WIDTH, 1)
        self.middle = nn.ModuleList([nn.Conv2d(WIDTH, WIDTH, 3, padding=d, dilation=d) for d in DILATIONS])
        self.last = nn.Conv2d(WIDTH, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (b, 4, rows, columns) of cells (b, channels, rows, columns)."""
        x = functional.relu(self.first(x))
        for layer in self.middle:
            x = x + functional.relu(layer(x))
        logits: Tensor = self.last(x)
        return logits

    def load(self, path: Path) -> None:
        """Take over weights that `arrays` gave."""
        with np.load(path) as content, torch.no_grad():
            for i, layer in enumerate([self.first, *self.middle, self.last]):
                side = layer.kernel_size[0]
                matrix = torch.from_numpy(content[f"w{i}"].astype(np.float32))
                layer.weight.copy_(matrix.reshape(side, side, layer.in_channels, -1).permute(3, 2, 0, 1))
                layer.bias.copy_(torch.from_numpy(content[f"b{i}"].astype(np.float32)))

    def arrays(self) -> dict[str, np.ndarray]:
        """Weights as network.py reads them: (taps × in, out) matrices and biases."""
        out = {}
        for i, layer in enumerate([self.first, *self.middle, self.last]):
            weight = layer.weight.detach().permute(2, 3, 1, 0).reshape(-1, layer.weight.shape[0])
            out[f"w{i}"] = weight.numpy().astype(np.float16)
            out[f"b{i}"] = layer.bias.detach().numpy().astype(np.float16)
        return out


def loss_of(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy; where only "no picture" is known, the classes paper and type share the credit."""
    logs = functional.log_softmax(logits, dim=1)
    either = torch.logsumexp(logs[:, :2], dim=1)
    all_logs = torch.cat([logs, either[:, None]], dim=1)
    known = labels != IGNORE
    picked = all_logs.gather(1, torch.where(known, labels, 0)[:, None])[:, 0]
    weights = torch.where(labels == INITIAL, 3.0, torch.where(labels == PICTURE, 2.5, 1.0)) * known
    focus = (1 - picked.exp()).detach() ** 0.5
    return -(picked * weights * focus).sum() / weights.sum()


def crop(sample: samples.Sample, rng: Generator) -> tuple[np.ndarray, np.ndarray]:
    """A square of cells, mirrored half of the time, edges filled with blank cells that do not count."""
    cells, labels = sample
    rows, columns = labels.shape
    y, x = (int(rng.integers(0, max(n - CROP, 0) + 1)) for n in (rows, columns))
    part, part_labels = cells[y : y + CROP, x : x + CROP], labels[y : y + CROP, x : x + CROP]
    out = np.zeros((CROP, CROP, cells.shape[2]), np.float32)
    out_labels = np.full((CROP, CROP), IGNORE, np.int64)
    out[: part.shape[0], : part.shape[1]] = part
    out_labels[: part.shape[0], : part.shape[1]] = part_labels
    if rng.random() < 0.5:
        out, out_labels = out[:, ::-1], out_labels[:, ::-1]
    if rng.random() < 0.3:
        out[..., CHANNELS.index("colour")] *= 0
        out[..., CHANNELS.index("colour_max")] *= 0
    return out, out_labels


def train(
    made: list[samples.Sample],
    real: list[samples.Sample],
    steps: int,
    seed: int = 0,
    threads: int = 1,
    start: Path | None = None,
) -> PageNetwork:
    """Fit the network; a third of each batch are real pages when there are any. `start`: weights to go on from."""
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    rng = default_rng(seed)
    net = PageNetwork().to(memory_format=torch.channels_last)
    if start is not None:
        net.load(start)
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3 if start is None else 2e-3, total_steps=steps)
    running = 0.0
    for step in range(steps):
        batch = [crop(made[int(i)], rng) for i in rng.integers(0, len(made), 6 if real else 8)]
        batch += [crop(real[int(i)], rng) for i in rng.integers(0, len(real), 2)] if real else []
        cells = torch.from_numpy(np.stack([b[0] for b in batch])).permute(0, 3, 1, 2)  # channels last, as stored
        labels = torch.from_numpy(np.stack([b[1] for b in batch]))
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(cells)
        loss = loss_of(logits.float(), labels)
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
    parser.add_argument("--pages", type=int, default=1400)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    made = list(samples.synthetic(options.pictures, options.pages, 1, tuple(options.leave_out)))
    real = [sample for file in options.truth for _, sample in samples.real(file)]
    net = train(made, real, options.steps, threads=options.threads, start=options.start)
    np.savez_compressed(options.out, **net.arrays())


if __name__ == "__main__":
    main()
