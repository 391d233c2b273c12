"""How well the visual signature finds what looks alike: each block, naive baselines, and the whole.

    python benchmarks/signature_quality.py --collection DIR --fields genre,subjects,iconclass,dataset \
        --pairs ../shared/data/groundtruth_reprints.json --out DIR [--search] [--sheets]

Labels come from the collection's catalogue. The index is learnt anew, so that the present code is measured.
`--search` also looks for block weights on one half of the labels and measures them on the other.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from indexer.collection.signature_learning import Reader, learn_model
from indexer.collection.snapshot import Snapshot, open_snapshot
from indexer.core.types import Array
from indexer.evaluate.retrieval import RetrievalSettings, evaluate_retrieval
from indexer.evaluate.retrieval_metrics import average_precision
from indexer.evaluate.retrieval_truth import labels_of_field
from indexer.features.signature import BLOCKS
from indexer.features.signature_model import PLANS


class Bench:
    """The whole-picture regions of a collection with their blocks, labels and known pairs."""

    def __init__(self, snapshot: Snapshot, fields: list[str], pairs: Path | None) -> None:
        self.snapshot = snapshot
        reader = Reader(snapshot)
        model = learn_model(reader)
        kinds = np.asarray(list(snapshot.regions.kinds))
        ids = reader.ids[kinds[snapshot.regions.positions(reader.ids)] == "whole"]
        self.images = snapshot.regions.image_ids[snapshot.regions.positions(ids)]
        self.row = {int(image): at for at, image in enumerate(self.images)}
        raw, vlad = reader.raw(ids), reader.aggregated(model.codebook, ids)
        self.blocks = {name: model.blocks[name].embed(raw[:, where]) for name, where in BLOCKS.items()}
        self.blocks["vlad"] = model.blocks["vlad"].embed(vlad) * np.any(vlad, axis=1)[:, None]
        self.plain = {name: raw[:, where] for name, where in BLOCKS.items()} | {"vlad": vlad}
        self.whole = model.embed(raw, vlad)
        self.labels = {field: labels_of_field(snapshot, field) for field in fields}
        self.pairs = _pairs(snapshot, pairs) if pairs else {}

    def measure(self, vectors: Array, seed: int = 1) -> dict[str, float]:
        """mAP of every field and of the pairs, and the share of right votes among five neighbours."""
        similarity = vectors @ vectors.T

        def rank(image: int) -> list[int]:
            order = np.argsort(-similarity[self.row[image]], kind="stable")
            return [int(i) for i in self.images[order]]

        settings = RetrievalSettings(depths=(10,), least=10, queries=15, seed=seed)
        values = {f: evaluate_retrieval(labels, rank, settings).overall["map"] for f, labels in self.labels.items()}
        for field in self.labels:
            if all(len(v) == 1 for v in self.labels[field].values()):
                values[f"{field} 5-NN"] = self._votes(similarity, field)
        if self.pairs:
            values["pairs"] = float(np.nanmean([self._pair(rank(i), i) for i in self.pairs]))
        return values

    def _pair(self, ranking: list[int], image: int) -> float:
        found, ignored = self.pairs[image]
        return average_precision(np.array([i in found for i in ranking if i not in ignored and i != image]), len(found))

    def _votes(self, similarity: Array, field: str) -> float:
        labels = {image: next(iter(v)) for image, v in self.labels[field].items() if image in self.row}
        common = {name for name, n in Counter(labels.values()).items() if n >= 10}
        rows = np.array([self.row[i] for i, name in labels.items() if name in common])
        names = [name for name in labels.values() if name in common]
        near = similarity[np.ix_(rows, rows)].copy()
        np.fill_diagonal(near, -9)
        right = 0
        for at, order in enumerate(np.argsort(-near, axis=1)[:, :5]):
            votes: Counter[str] = Counter()
            for j in order:
                votes[names[j]] += 1 + float(near[at, j])  # ties go to the nearer ones
            right += votes.most_common(1)[0][0] == names[at]
        return right / len(rows)


def _pairs(snapshot: Snapshot, path: Path) -> dict[int, tuple[set[int], set[int]]]:
    """By image: its other impressions, and what counts neither way."""
    result = {}
    for name, entry in json.loads(path.read_text()).items():
        images = snapshot.find_images(name)
        found = {i for other in entry["positives"] for i in snapshot.find_images(other)}
        ignored = {i for k in ("partial", "ignore") for other in entry.get(k, []) for i in snapshot.find_images(other)}
        if images and found:
            result[images[0]] = (found, ignored)
    return result


def unit(vectors: Array) -> Array:
    centred = vectors - vectors.mean(axis=0)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)


def thumbnails_32(bench: Bench) -> Array:
    """The naive baseline: 32 × 32 grey pixels."""
    import cv2

    small = bench.snapshot.thumbnails(bench.images.tolist())
    rows = []
    for image in bench.images.tolist():
        picture = cv2.imdecode(np.frombuffer(small[image], np.uint8), cv2.IMREAD_GRAYSCALE)
        rows.append(cv2.resize(picture, (32, 32), interpolation=cv2.INTER_AREA).ravel())
    return np.asarray(rows, np.float32)


def weighted(blocks: Mapping[str, Array], weights: Mapping[str, float]) -> Array:
    vectors = np.concatenate([weights[name] * block for name, block in blocks.items()], axis=1)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def search_weights(bench: Bench, objective: Callable[[dict[str, float]], float]) -> dict[str, float]:
    """Hill climbing from equal weights, one block after the other."""
    weights = dict.fromkeys(bench.blocks, 1.0)
    best = objective(bench.measure(weighted(bench.blocks, weights)))
    for step in (1.6, 1.4, 1.2):
        for name in weights:
            for factor in (step, 1 / step):
                trial = {**weights, name: weights[name] * factor}
                value = objective(bench.measure(weighted(bench.blocks, trial)))
                if value > best + 1e-4:
                    weights, best = trial, value
                    break
    return weights


def held_out(bench: Bench) -> list[tuple[str, dict[str, float]]]:
    """Weights found on one half of every field's labels, measured on the other half, and equal ones beside them."""
    rows = []
    everything = bench.labels
    for half in (0, 1):
        tune, test = _halves(everything, half), _halves(everything, 1 - half)
        bench.labels = tune
        usual = bench.measure(weighted(bench.blocks, dict.fromkeys(bench.blocks, 1.0)))

        def objective(values: dict[str, float], usual: dict[str, float] = usual) -> float:
            return float(np.mean([values[k] / usual[k] for k in values]))

        weights = search_weights(bench, objective)
        bench.labels = test
        equal = dict.fromkeys(bench.blocks, 1.0)
        shrunk = {name: weight**0.5 for name, weight in weights.items()}
        for title, chosen in (("equal", equal), ("found", weights), ("found, halved in log", shrunk)):
            rows.append((f"half {half + 1}: {title}", bench.measure(weighted(bench.blocks, chosen))))
        print(json.dumps({name: round(w, 2) for name, w in weights.items()}))
    bench.labels = everything
    return rows


def _halves(fields: Mapping[str, Any], half: int) -> dict[str, Any]:
    result = {}
    for field, labels in fields.items():
        names = sorted({name for values in labels.values() for name in values})
        kept = set(np.random.default_rng(0).permutation(names)[half::2].tolist())
        result[field] = {image: frozenset(values & kept) for image, values in labels.items() if values & kept}
    return result


def rows_of(bench: Bench) -> list[tuple[str, dict[str, float]]]:
    contenders = {
        "colour histogram": unit(bench.plain["palette"]),
        "32 × 32 thumbnail": unit(thumbnails_32(bench)),
        "HOG": unit(bench.plain["hog"]),
        "VLAD": unit(bench.plain["vlad"]),
        **{f"block {name}": block for name, block in bench.blocks.items()},
        "all blocks, equal": weighted(bench.blocks, dict.fromkeys(bench.blocks, 1.0)),
    }
    for name in bench.blocks:
        rest = {k: v for k, v in bench.blocks.items() if k != name}
        contenders[f"without {name}"] = weighted(rest, {k: PLANS[k].weight for k in rest})
    contenders["signature"] = bench.whole
    return [(name, bench.measure(vectors)) for name, vectors in contenders.items()]


def sheets(bench: Bench, folder: Path, queries: int = 20) -> None:
    """Random pictures with their ten neighbours, for looking at."""
    import cv2

    chosen = np.random.default_rng(4).choice(len(bench.images), min(queries, len(bench.images)), replace=False)
    lines = []
    for row in chosen:
        near = np.argsort(-(bench.whole @ bench.whole[row]), kind="stable")[:11]
        small = bench.snapshot.thumbnails(bench.images[near].tolist())
        lines.append(np.hstack([_tile(cv2, small[int(i)]) for i in bench.images[near]]))
    for part in range(0, len(lines), 10):
        cv2.imwrite(str(folder / f"neighbours-{part // 10 + 1}.png"), np.vstack(lines[part : part + 10]))


def _tile(cv2: Any, webp: bytes, side: int = 120) -> Array:
    picture = cv2.imdecode(np.frombuffer(webp, np.uint8), cv2.IMREAD_COLOR)
    scale = (side - 2) / max(picture.shape[:2])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.full((side, side, 3), 200, np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small
    return tile


def table(rows: list[tuple[str, dict[str, float]]]) -> str:
    names = list(rows[0][1])
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    lines += [f"| {title} | " + " | ".join(f"{values[n]:.3f}" for n in names) + " |" for title, values in rows]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collection", type=Path, required=True)
    parser.add_argument("--fields", default="genre")
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--search", action="store_true")
    parser.add_argument("--sheets", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    bench = Bench(open_snapshot(options.collection), options.fields.split(","), options.pairs)
    if options.sheets:
        sheets(bench, options.out)
    rows = held_out(bench) if options.search else rows_of(bench)
    text = table(rows)
    (options.out / ("held-out.md" if options.search else "blocks.md")).write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
