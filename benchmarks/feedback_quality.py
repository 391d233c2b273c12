"""What relevance feedback gains: simulated users over labelled images, against Rocchio and nearest neighbours.

    python benchmarks/feedback_quality.py --collection DIR --fields genre,subjects,iconclass [--vectors signature] \
        [--noise 0,0.1] [--rounds 3] [--judgements 10] [--queries 6] [--tune] [--speed] --out DIR

Every method sees the same protocol (indexer/evaluate/retrieval_users.py): in each round the user judges the first
unjudged pictures of that method's own list; mean average precision is taken on what is unjudged at the end, for the
first ranking and for the last. `--speed` times learning and scoring over a million vectors instead.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from indexer.collection.signature_index import SignatureIndex
from indexer.collection.snapshot import open_snapshot
from indexer.core.types import Array
from indexer.evaluate.retrieval import Labels, RetrievalSettings
from indexer.evaluate.retrieval_truth import labels_of_field
from indexer.evaluate.retrieval_users import UserSettings, simulate_feedback
from search.cutoff import Background, likely_end
from search.feedback import DEFAULTS, FeedbackSettings, learn_directed, products, rerank
from search.feedback_search import Asked, feedback_rows

Method = Callable[[int, Array, Array], Array]
"""(query row, positive rows, negative rows) → scores of all rows."""


class Pictures:
    """Whole pictures of a collection with their vectors."""

    def __init__(self, folder: Path, name: str) -> None:
        snapshot = open_snapshot(folder)
        if name == "signature":
            index = SignatureIndex.open(snapshot.index_folder("signature"))
            ids, vectors = index.region_ids, index.vectors
        else:
            ids, vectors = snapshot.vectors(name)
        rows = snapshot.regions.positions(ids)
        whole = np.asarray(list(snapshot.regions.kinds))[rows] == "whole"
        self.snapshot = snapshot
        self.images = snapshot.regions.image_ids[rows][whole]
        self.vectors = np.asarray(vectors[whole], np.float32)
        self.vectors /= np.maximum(np.linalg.norm(self.vectors, axis=1, keepdims=True), 1e-9)
        self.row = {int(image): at for at, image in enumerate(self.images)}

    def rank(self, image: int) -> list[int]:
        return self.ordered(self.vectors @ self.vectors[self.row[image]])

    def ordered(self, scores: Array) -> list[int]:
        return [int(i) for i in self.images[np.argsort(-scores, kind="stable")]]

    def feedback(self, method: Method) -> Callable[[int, Sequence[int], Sequence[int]], list[int]]:
        def answer(query: int, positive: Sequence[int], negative: Sequence[int]) -> list[int]:
            yes = np.array([self.row[i] for i in positive], np.int64)
            no = np.array([self.row[i] for i in negative], np.int64)
            return self.ordered(method(self.row[query], yes, no))

        return answer


def methods(vectors: Array) -> dict[str, Method]:
    """The contenders; all take the query's picture as one more positive."""

    def ours(query: int, yes: Array, no: Array, settings: FeedbackSettings = DEFAULTS) -> Array:
        return rerank(vectors, vectors @ vectors[query], yes, no, settings, vectors[[query]])[0]

    def rocchio(query: int, yes: Array, no: Array) -> Array:
        centre = vectors[query].copy()  # α = 1, β = 0.75, γ = 0.15: Manning, Raghavan & Schütze 2008, 9.1.1
        centre += 0.75 * vectors[yes].mean(axis=0) if len(yes) else 0
        centre -= 0.15 * vectors[no].mean(axis=0) if len(no) else 0
        return vectors @ centre

    def one_nearest(query: int, yes: Array, no: Array) -> Array:
        """Our reading of Nara et al. 2024: a 1-NN classifier over the judgements; within a class, the nearer first."""
        near = (vectors @ vectors[[*yes, query]].T).max(axis=1)
        far = (vectors @ vectors[no].T).max(axis=1) if len(no) else np.full(len(vectors), -1.0)
        return near + 4.0 * (near >= far)

    def ratio(query: int, yes: Array, no: Array) -> Array:
        """Giacinto 2007: distance to the nearest non-relevant over the sum of both distances."""
        near = np.sqrt(np.maximum(2 - 2 * (vectors @ vectors[[*yes, query]].T).max(axis=1), 0))
        if not len(no):
            return -near
        far = np.sqrt(np.maximum(2 - 2 * (vectors @ vectors[no].T).max(axis=1), 0))
        return far / np.maximum(near + far, 1e-9)

    return {"ours": ours, "Rocchio": rocchio, "1-NN (Nara 2024)": one_nearest, "NN ratio (Giacinto 2007)": ratio}


def quality(pictures: Pictures, fields: dict[str, Labels], options: argparse.Namespace) -> list[str]:
    lines = [
        "| labels | noise | method | mAP before | after | gain | sessions worse |",
        "|---|---|---|---|---|---|---|",
    ]
    settings = RetrievalSettings(least=15, queries=options.queries)
    for field, labels in fields.items():
        for noise in (float(n) for n in options.noise.split(",")):
            users = UserSettings(options.rounds, options.judgements, noise)
            for name, method in methods(pictures.vectors).items():
                row = simulate_feedback(labels, pictures.rank, pictures.feedback(method), settings, users).overall
                lines.append(
                    f"| {field} | {noise:.0%} | {name} | {row['map_before']:.3f} | {row['map_after']:.3f} "
                    f"| × {row['gain']:.2f} | {row['worse']:.0%} |"
                )
                print(lines[-1], flush=True)
    return lines


def tune(pictures: Pictures, fields: dict[str, Labels], options: argparse.Namespace) -> list[str]:
    """Settings on one half of the labels; choose there, report on the other with the plain run."""
    lines = ["| ridge | prior | background | mean gain clean | with 10 % wrong | worse |", "|---|---|---|---|---|---|"]
    ours = methods(pictures.vectors)["ours"]
    settings = RetrievalSettings(least=15, queries=options.queries, seed=7)
    for ridge in (0.1, 0.3):
        for prior in (1.0, 1.5):
            for background in (1.0, 3.0):
                chosen = replace(DEFAULTS, ridge=ridge, prior=prior, background=background)
                gains: list[list[float]] = []
                for noise in (0.0, 0.1):
                    users = UserSettings(options.rounds, options.judgements, noise)
                    rows = [
                        simulate_feedback(
                            half(labels),
                            pictures.rank,
                            pictures.feedback(lambda q, y, n, c=chosen: ours(q, y, n, c)),  # type: ignore[misc]
                            settings,
                            users,
                        ).overall
                        for labels in fields.values()
                    ]
                    gains.append([float(np.mean([r[k] for r in rows])) for k in ("gain", "worse")])
                lines.append(
                    f"| {ridge} | {prior} | {background} | {gains[0][0]:.2f} | {gains[1][0]:.2f} | {gains[1][1]:.0%} |"
                )
                print(lines[-1], flush=True)
    return lines


def half(labels: Labels) -> Labels:
    """Every other label, so that what is tuned is not tuned on all that is reported."""
    names = sorted({name for values in labels.values() for name in values})
    kept = set(np.random.default_rng(0).permutation(names)[::2].tolist())
    return {image: frozenset(values & kept) for image, values in labels.items() if values}


def ends(pictures: Pictures, fields: dict[str, Labels]) -> list[str]:
    """Precision before and recall after the marker "likely ends here"."""
    lines = ["| labels | queries | hits before the marker (median) | precision before | recall at it |"]
    lines.append("|---|---|---|---|---|")
    for field, labels in fields.items():
        rows = []
        for image in np.random.default_rng(0).permutation(sorted(labels))[:300].tolist():
            if image not in pictures.row:
                continue
            scores = pictures.vectors @ pictures.vectors[pictures.row[image]]
            scores[pictures.row[image]] = -np.inf
            order = np.argsort(-scores, kind="stable")[:-1]
            end = likely_end(scores[order], Background.fit(scores), len(order)) or 0
            same = np.array([bool(labels.get(int(i), frozenset()) & labels[image]) for i in pictures.images[order]])
            known = np.array([int(i) in labels for i in pictures.images[order[:end]]], bool)
            precision = same[:end][known].mean() if known.any() else np.nan
            rows.append((end, precision, same[:end].sum() / max(same.sum(), 1)))
        length, precision, recall = np.array(rows).T
        lines.append(
            f"| {field} | {len(rows)} | {np.median(length):.0f} | {np.nanmean(precision):.2f} | {recall.mean():.3f} |"
        )
        print(lines[-1], flush=True)
    return lines


def speed(n: int = 1_000_000, d: int = 512, judged: int = 1000) -> list[str]:
    """Feedback beside a plain exact search over the same vectors, as an index holds them; best of seven."""
    import faiss

    rng = np.random.default_rng(0)
    index = faiss.IndexScalarQuantizer(d, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    for _ in range(0, n, 50_000):
        part = rng.normal(size=(50_000, d)).astype(np.float32)
        index.add(part / np.linalg.norm(part, axis=1, keepdims=True))
    codes = faiss.rev_swig_ptr(index.codes.data(), n * d * 2)
    vectors = codes.view(np.float16).reshape(n, d)
    query = vectors[0].astype(np.float32)
    rows = rng.permutation(n)[:judged].astype(np.int64)
    yes, no = np.sort(rows[: judged // 2]), np.sort(rows[judged // 2 :])

    def scan(direction: Array, k: int) -> tuple[Array, Array]:
        scores, found = index.search(direction[None], k)
        return found[0], scores[0]

    def feedback() -> None:
        feedback_rows(vectors, scan, Asked(query, seeds=query[None]), yes, no, 200)

    actions = {
        "search": lambda: index.search(query[None], 200),
        "search of 3,000": lambda: index.search(query[None], 3000),
        "learning": lambda: learn_directed(vectors, query, yes, no, seeds=query[None]),
        "feedback (learning, one search of 3,000, refining)": feedback,
        "scores of all rows in numpy": lambda: products(vectors, query),
    }
    best = {}
    for name, action in actions.items():
        times = []
        for _ in range(7 if "numpy" not in name else 1):
            start_time = time.process_time()  # of the processor: others use this machine
            action()
            times.append(time.process_time() - start_time)
        best[name] = 1000 * min(times)
    lines = [f"- {name}: {value:.0f} ms ({value / best['search']:.2f} of a search)" for name, value in best.items()]
    print("\n".join(lines))
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collection", type=Path)
    parser.add_argument("--fields", default="genre")
    parser.add_argument("--vectors", default="signature")
    parser.add_argument("--noise", default="0,0.1")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--judgements", type=int, default=10)
    parser.add_argument("--queries", type=int, default=6)
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.speed:
        (options.out / "speed.md").write_text("\n".join(speed()) + "\n", encoding="utf-8")
        return
    pictures = Pictures(options.collection, options.vectors)
    fields = {name: labels_of_field(pictures.snapshot, name) for name in options.fields.split(",")}
    lines = tune(pictures, fields, options) if options.tune else quality(pictures, fields, options)
    lines += [] if options.tune else ["", *ends(pictures, fields)]
    name = "tuning.md" if options.tune else "feedback.md"
    (options.out / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
