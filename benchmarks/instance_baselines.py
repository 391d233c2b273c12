"""Baselines of the same-print search in one protocol: pHash, VLAD, ASMK, brute-force SIFT, and Iconoscope itself.

    python benchmarks/instance_baselines.py --images DIR --truth groundtruth_reprints.json

`--count` pictures are drawn from the folder as the collection, `--negatives` others are kept out of it (never known
copies of its pictures). All methods get the same queries (`indexer.evaluate.instance`). SIFT is the project's own, so
that VLAD, ASMK and brute force differ from Iconoscope only in what they do with it. Brute force compares the query with
every picture by the verification of `search.verify` (matches by ratio test, then the inliers of one transform; mirrored
too): slow, and an upper bound for what matching alone can do. ASMK runs where the package asmk is installed; otherwise
it is left out, and said to be.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from indexer.core.settings import SiftSettings
from indexer.core.types import Array, LocalFeatures
from indexer.evaluate.attacks import attacks_named
from indexer.evaluate.instance import evaluate_instance
from indexer.evaluate.instance_plan import Plan
from indexer.evaluate.instance_truth import Truth, known_copies, load_truth, matched
from indexer.evaluate.report import markdown
from indexer.evaluate.types import InstanceQuery, Loader, RankedHit, Ranking, SearchFn
from indexer.features.phash import hamming, phash
from indexer.features.sift import extract, mirror
from indexer.printshop.chance import generator

Named = Sequence[tuple[str, Loader]]
Verify = Callable[[LocalFeatures, LocalFeatures, float], tuple[float, Array | None]]
"""Score and transform (query to other, 3 × 3) of two sets of features; the float is the query's longer side."""
SETTINGS = SiftSettings()
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".gif")


def main() -> int:
    options = arguments()
    images, negatives, truth = choose(options)
    print(f"{len(images)} images, {len(negatives)} negatives, attacks {options.attacks or 'all'}", file=sys.stderr)
    results = {}
    for name in options.methods.split(","):
        start = time.perf_counter()
        built = METHODS[name](images)
        if built is None:
            print(f"{name}: not installed, left out", file=sys.stderr)
            continue
        search, size = built
        took = time.perf_counter() - start
        plan = Plan(
            images, attacks_named(options.attacks), options.per_class, negatives, truth=truth, seed=options.seed
        )
        report = evaluate_instance(plan, search, options.out / name if options.out else None, size)
        results[name] = {"build_s": took, **report.as_dict()}
        print(f"\n## {name} (built in {took:.1f} s)\n\n{markdown(report)}", flush=True)
    print("\n" + summary(results))
    if options.out:
        (options.out / "baselines.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="known copies: kept out of the negatives")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--negatives", type=int, default=60)
    parser.add_argument("--per-class", type=int, default=10)
    parser.add_argument("--attacks", metavar="LIST")
    parser.add_argument("--methods", default="phash,vlad,asmk,brute,iconoscope")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, metavar="DIR")
    return parser.parse_args()


def choose(options: argparse.Namespace) -> tuple[Named, Named, Truth | None]:
    """Draw the collection and the negatives; the truth is reduced to what is in the collection."""
    files = sorted(p for p in options.images.rglob("*") if p.suffix.lower() in SUFFIXES)
    order = generator(options.seed, "baselines").permutation(len(files))
    drawn = [files[i] for i in order[: options.count]]
    names = [p.relative_to(options.images).as_posix() for p in drawn]
    everything = [p.relative_to(options.images).as_posix() for p in files]
    full = matched(load_truth(options.truth), everything) if options.truth else None
    copies = known_copies(full)
    inside = set(names)
    others = [files[i] for i in order[options.count :]]
    free = [p for p in others if not copies.get(p.relative_to(options.images).as_posix(), frozenset()) & inside]
    truth = matched(full, names) if full else None
    present = {k: [q for q in queries if q.image in inside] for k, queries in (truth or {}).items()}
    images = [(name, partial(read, path)) for name, path in zip(names, drawn, strict=True)]
    kept_out = [(p.relative_to(options.images).as_posix(), partial(read, p)) for p in free[: options.negatives]]
    return images, kept_out, {k: q for k, q in present.items() if q}


def read(path: Path) -> Array:
    """sRGB as in the file, uint8 (h, w, 3), longer side at most 1536."""
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise OSError(f"cannot read {path.name}")
    scale = 1536 / max(bgr.shape[:2])
    small = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else bgr
    return np.ascontiguousarray(np.asarray(small)[:, :, ::-1])


def asked(query: InstanceQuery) -> Array:
    """The part of the query that is meant."""
    if query.box is None:
        return query.rgb
    x, y, w, h = (round(v) for v in query.box)
    return np.ascontiguousarray(query.rgb[y : y + h, x : x + w])


def features(rgb: Array) -> LocalFeatures:
    """SIFT at the usual side and count, coordinates in pixels of `rgb`."""
    scale = min(1.0, SETTINGS.side / max(rgb.shape[:2]))
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    return extract(np.asarray(small), scale, SETTINGS)


def ranked(names: Sequence[str], scores: Array, query: InstanceQuery, limit: int = 100) -> list[RankedHit]:
    """The best images by score, without the excluded ones."""
    order = np.argsort(-scores, kind="stable")
    hits = [RankedHit(names[i], float(scores[i])) for i in order[: limit + len(query.exclude)]]
    return [h for h in hits if h.image not in query.exclude and np.isfinite(h.score)][:limit]


def by_phash(images: Named) -> tuple[SearchFn, float]:
    """Hamming distance of 64-bit hashes."""
    names = [name for name, _ in images]
    hashes = np.array([phash(load()) for _, load in images], np.uint64)

    def search(query: InstanceQuery) -> list[RankedHit]:
        return ranked(names, 64.0 - hamming(hashes, phash(asked(query))), query)

    return search, 8.0


def by_vlad(images: Named) -> tuple[SearchFn, float]:
    """VLAD, 64 words × 128, residuals normalised word by word, square-rooted (Jégou 2010; Arandjelović 2013)."""
    import faiss

    names = [name for name, _ in images]
    each = [root(features(load())) for _, load in images]
    means = faiss.Kmeans(128, 64, niter=15, seed=1)
    means.train(np.vstack(each))
    table = np.stack([vlad(d, means.centroids) for d in each])

    def search(query: InstanceQuery) -> list[RankedHit]:
        return ranked(names, table @ vlad(root(features(asked(query))), means.centroids), query)

    return search, table.shape[1] * 4.0


def root(found: LocalFeatures) -> Array:
    """RootSIFT as float32 (n, 128) of unit length."""
    d = found.descriptors.astype(np.float32)
    return np.asarray(d / np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-6))


def vlad(descriptors: Array, words: Array) -> Array:
    """One vector, float32 (words · 128,), unit length (zero for no descriptors)."""
    out = np.zeros_like(words)
    if len(descriptors):
        nearest = (descriptors @ words.T - 0.5 * (words * words).sum(axis=1)).argmax(axis=1)
        np.add.at(out, nearest, descriptors - words[nearest])
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6)
    flat = np.sign(out) * np.sqrt(np.abs(out))
    return np.asarray((flat / max(float(np.linalg.norm(flat)), 1e-6)).ravel(), np.float32)


def by_asmk(images: Named) -> tuple[SearchFn, float] | None:
    """ASMK* (Tolias 2013) of the PyPI package: binary residuals, 1 word for the database, 5 for queries, α = 3."""
    try:
        from asmk.asmk_method import ASMKMethod
    except ImportError:
        return None
    names = [name for name, _ in images]
    each = [root(features(load())) for _, load in images]
    owners = np.repeat(np.arange(len(each)), [len(d) for d in each])
    pile = np.vstack(each)
    size = int(min(16384, max(64, len(pile) // 40)))
    method = ASMKMethod.initialize_untrained(asmk_settings(size)).train_codebook(pile).build_ivf(pile, owners)

    def search(query: InstanceQuery) -> list[RankedHit]:
        d = root(features(asked(query)))
        if not len(d):
            return []
        _, _, order, found = method.query_ivf(d, np.zeros(len(d), np.int64))
        scores = np.full(len(names), -np.inf)
        scores[order[0]] = found[0]
        return ranked(names, scores, query)

    return search, 20.0 * len(pile) / len(each)


def asmk_settings(size: int) -> dict[str, object]:
    """The settings of the authors' examples for SIFT."""
    return {
        "index": {"gpu_id": None},
        "train_codebook": {"codebook": {"size": size}},
        "build_ivf": {
            "kernel": {"binary": True}, "ivf": {"use_idf": False},
            "quantize": {"multiple_assignment": 1}, "aggregate": {},
        },
        "query_ivf": {
            "quantize": {"multiple_assignment": 5}, "aggregate": {}, "search": {"topk": None},
            "similarity": {"similarity_threshold": 0.0, "alpha": 3.0},
        },
    }  # fmt: skip


def verified(query: LocalFeatures, other: LocalFeatures, side: float) -> tuple[float, Array | None]:
    """Inliers of the one transform that most matches agree with, by `search.verify`."""
    from search.verify import agree, keypoint_rows, match, spots, squared_distances

    if len(query) < 4 or len(other) < 4:
        return 0.0, None
    squared = squared_distances(query.descriptors, other.descriptors)
    ours, theirs, quotient = match(squared, spots(query), spots(other))
    found = agree(keypoint_rows(query)[ours], keypoint_rows(other)[theirs], 1 - quotient, side)
    return (0.0, None) if found is None else (float(len(found.inliers)), found.transform)


def by_brute_force(images: Named, verify: Verify = verified) -> tuple[SearchFn, float]:
    """The query against every picture, as it is and mirrored."""
    names = [name for name, _ in images]
    each = [features(load()) for _, load in images]

    def search(query: InstanceQuery) -> list[RankedHit]:
        rgb = asked(query)
        side, width = float(max(rgb.shape[:2])), float(rgb.shape[1])
        plain = features(rgb)
        flipped = mirror(plain, width)
        hits = []
        for name, other in zip(names, each, strict=True):
            if name not in query.exclude:
                pairs = [(*verify(found, other, side), turned) for found, turned in ((plain, False), (flipped, True))]
                score, transform, turned = max(pairs, key=lambda p: p[0])
                placed = None if transform is None else transform @ to_part(query, turned, width)
                hits.append(RankedHit(name, score, inliers=int(score), transform=placed, mirrored=turned))
        return sorted(hits, key=lambda h: -h.score)[:100]

    return search, float(np.mean([144 * len(f) for f in each]))


def to_part(query: InstanceQuery, mirrored: bool, width: float) -> Array:
    """Pixels of the query's picture to pixels of its (mirrored) part, 3 × 3."""
    x, y = (query.box[0], query.box[1]) if query.box else (0.0, 0.0)
    part = np.array([[1, 0, -round(x)], [0, 1, -round(y)], [0, 0, 1]], np.float64)
    return np.array([[-1, 0, width], [0, 1, 0], [0, 0, 1]]) @ part if mirrored else part


def by_iconoscope(images: Named) -> tuple[SearchFn, float]:
    """The real thing: the pictures are written out, indexed by the command, and searched by the engine."""
    from search.engine import Engine
    from search.evaluate_instance import search_instance

    folder = Path(tempfile.mkdtemp(prefix="iconoscope-baseline-"))
    for name, load in images:
        path = folder / "images" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), load()[:, :, ::-1])
    command = [sys.executable, "-c", "import sys, iconoscope; sys.exit(iconoscope.main())", "index"]
    subprocess.run(
        [*command, str(folder / "images"), "--collection", str(folder / "c"), "--clip", "none", "--json"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    engine = Engine.open(folder / "c")

    def search(query: InstanceQuery) -> Ranking:
        hidden = frozenset(f"{name}.png" for name in query.exclude)
        found = search_instance(engine, InstanceQuery(query.name, query.rgb, query.box, hidden))
        hits = [
            RankedHit(h.image.removesuffix(".png"), h.score, h.same_print, h.inliers, h.transform, h.mirrored)
            for h in found.hits
        ]
        return Ranking(hits, found.timings_ms)

    return search, float(engine.info()["bytes_an_image"].get("instance", 0))


METHODS: dict[str, Callable[[Named], tuple[SearchFn, float] | None]] = {
    "phash": by_phash, "vlad": by_vlad, "asmk": by_asmk, "brute": by_brute_force, "iconoscope": by_iconoscope,
}  # fmt: skip


def summary(results: dict[str, dict]) -> str:
    """R@1 / R@0FP of every class and method, as Markdown."""
    kinds = list(dict.fromkeys(c["name"] for r in results.values() for c in r["classes"]))
    lines = [f"| R@1 / R@0FP | {' | '.join(results)} |", "|---" * (len(results) + 1) + "|"]
    for kind in [*kinds, "all"]:
        cells = []
        for result in results.values():
            found = {c["name"]: c for c in (*result["classes"], result["overall"])}[kind]
            zero = found["recall_zero_false"]
            cells.append(f"{found['recall_1']:.2f} / {'–' if zero is None else format(zero, '.2f')}")
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    speed = [f"{r['latency_ms']['whole']['p50']:.0f} ms, {r['bytes_per_image']:.0f} B" for r in results.values()]
    return "\n".join([*lines, f"| p50, bytes an image | {' | '.join(speed)} |"])


if __name__ == "__main__":
    sys.exit(main())
