"""How "not like this" is best answered: vector arithmetic, score subtraction, or filtering at a learnt threshold.

    python benchmarks/negative_terms.py --collection DIR [--fields genre,iconclass] [--vectors signature] --out DIR

A query is a picture of label A. What it should not be is told by one or three pictures of other labels: the first
wrong ones of the list (`seen`), others of the label that intrudes most (`intruder`), others of a label that many of A
carry as well (`both`: wanted is A without it), or of a label drawn at random (`unrelated`, which should change
nothing). Measured on the rest of the list: mean average precision of the wanted and of the unwanted. Each method's
numbers are chosen on every other label: the largest difference of the two among those that lose at most a hundredth
of the wanted; the report is on the remaining labels. Scores are deviations above the mean of the collection, z.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from feedback_quality import Pictures

from indexer.core.types import Array
from indexer.evaluate.retrieval import Labels
from indexer.evaluate.retrieval_truth import labels_of_field
from search.cutoff import Background, likely_end

Method = Callable[[Array, Array], Array]
"""(z of the query (n,), z of the negatives (m, n)) → scores (n,)."""
KINDS = ("seen", "intruder", "both", "unrelated")
KEPT = 0.99
"""A setting may lose a hundredth of the wanted pictures' mean average precision."""
OUT = 1e3
"""Taken from the score of what is filtered out, so that it comes last."""


@dataclass(frozen=True)
class Case:
    """One query: its row, the rows of its negatives, bool (n,) of what is wanted, unwanted, and labelled at all."""

    query: int
    negatives: tuple[int, ...]
    wanted: Array
    unwanted: Array
    known: Array


def arithmetic(weight: float) -> Method:
    """The negatives' mean vector is taken from the query's; the same as subtracting their scores."""
    return lambda q, n: np.asarray(q - weight * n.mean(axis=0))


def excess(weight: float, start: float) -> Method:
    """Only what a score for a negative exceeds the ordinary by is taken away."""
    return lambda q, n: q - weight * np.maximum(0.0, n.max(axis=0) - start)


def comparison(weight: float, start: float) -> Method:
    """What is more like the negative than like the query loses the difference."""
    return lambda q, n: q - weight * np.maximum(0.0, n.max(axis=0) - np.maximum(q, start))


def either(weight: float, start: float, share: float) -> Method:
    """The larger of a comparison and of a share of the excess above one deviation."""

    def scores(q: Array, n: Array) -> Array:
        worst = n.max(axis=0)
        return q - np.maximum(
            weight * np.maximum(0.0, worst - np.maximum(q, start)), share * np.maximum(0.0, worst - 1.0)
        )

    return scores


def threshold(most: float) -> Method:
    """What scores more than `most` for a negative goes to the end of the list."""
    return lambda q, n: q - OUT * (n.max(axis=0) > most)


def marked(q: Array, n: Array) -> Array:
    """What stands before "likely ends here" in the negative's own list goes to the end: a threshold for each term."""
    return q - OUT * np.any([before_the_end(row) for row in n], axis=0)


def before_the_end(scores: Array) -> Array:
    """bool (n,): hits before the marker of `search/cutoff.py`."""
    order = np.argsort(-scores)
    inside = np.zeros(len(scores), bool)
    inside[order[: likely_end(scores[order], Background.fit(scores), len(scores)) or 0]] = True
    return inside


FAMILIES: Mapping[str, Mapping[str, Method]] = {
    "no negative": {"": lambda q, n: q},
    "vector arithmetic": {f"{w}": arithmetic(w) for w in (0.2, 0.35, 0.5, 0.75, 1.0)},
    "score subtraction, the excess": {
        f"{w} above {s}": excess(w, s) for w in (0.25, 0.5, 1.0) for s in (0.0, 1.0, 2.0)
    },
    "score subtraction, by comparison": {
        f"{w} above {s}": comparison(w, s) for w in (0.5, 1.0, 2.0, 4.0) for s in (0.0, 1.0, 2.0)
    },
    "score subtraction, the larger of both": {
        f"{w}, {c}": either(w, 0.0, c) for w in (0.5, 1.0, 2.0) for c in (0.25, 0.35, 0.5)
    },
    "filter at a learnt threshold": {f"{t}": threshold(t) for t in (2.0, 2.5, 3.0, 3.5, 4.0)},
    "filter at the negative's own end": {"": marked},
}


def cases(
    pictures: Pictures, labels: Labels, names: Sequence[str], kind: str, count: int, queries: int
) -> Iterator[Case]:
    """The queries of some labels; the same for the same arguments."""
    own = [labels.get(int(i), frozenset()) for i in pictures.images]
    members = {name: np.array([name in row for row in own]) for name in sorted(set().union(*own))}
    members = {name: rows for name, rows in members.items() if 15 <= rows.sum() <= len(own) / 2}
    known = np.array([bool(row) for row in own])
    rng = np.random.default_rng(3)
    for name in (n for n in names if n in members):
        for query in rng.permutation(np.flatnonzero(members[name]))[:queries].tolist():
            order = np.argsort(-(pictures.vectors @ pictures.vectors[query]), kind="stable")
            first = order[(order != query) & known[order]][:50]
            case = negatives(kind, query, name, first, members, known, rng)
            if case and len(case.negatives) >= count:
                yield replace(case, negatives=case.negatives[:count])


def negatives(
    kind: str, query: int, name: str, first: Array, members: Mapping[str, Array], known: Array, rng: np.random.Generator
) -> Case | None:
    """What a query should stay away from, with up to three pictures that say so, for a list that begins so."""
    wanted = members[name]
    others = {n: rows & ~wanted for n, rows in members.items() if n != name}
    if kind == "seen":
        shown = [int(i) for i in first if not wanted[i]][:3]
        bad = np.any([rows for rows in others.values() if rows[shown].any()] or [~wanted], axis=0)
        return Case(query, tuple(shown), wanted, bad, known)
    if kind == "both":
        shared = {n: (members[n] & wanted).sum() for n in others if not members[n][query] and others[n].sum() >= 3}
        label = max(shared, key=lambda n: shared[n], default="")
        if not label or shared[label] < 5 or (wanted & ~members[label]).sum() < 5:
            return None
        chosen = rng.permutation(np.flatnonzero(others[label])).tolist()[:3]
        return Case(query, tuple(chosen), wanted & ~members[label], wanted & members[label], known)
    label = max(others, key=lambda n: others[n][first].sum()) if kind == "intruder" else str(rng.choice(list(others)))
    return Case(query, tuple(rng.permutation(np.flatnonzero(others[label])).tolist()[:3]), wanted, others[label], known)


def average_precision(relevant: Array) -> float:
    """Of a ranking, bool (n,) best first; NaN without relevant ones."""
    if not relevant.any():
        return float("nan")
    return float((np.cumsum(relevant) / np.arange(1, len(relevant) + 1))[relevant].mean())


def measured(pictures: Pictures, case: Case, method: Method) -> tuple[float, float, float]:
    """mAP of the wanted, of the unwanted, and the share of wanted less that of unwanted among the first 50."""
    rows = pictures.vectors @ pictures.vectors[[case.query, *case.negatives]].T
    z = ((rows - rows.mean(axis=0)) / rows.std(axis=0)).T
    order = np.argsort(-method(z[0], z[1:]), kind="stable")
    order = order[case.known[order] & ~np.isin(order, [case.query, *case.negatives])]
    wanted, unwanted = case.wanted[order], case.unwanted[order]
    top = float(wanted[:50].mean() - unwanted[:50].mean())
    return average_precision(wanted), average_precision(unwanted), top


def table(pictures: Pictures, fields: Mapping[str, Labels], queries: int) -> list[str]:
    """Chosen on one half of the labels, reported on the other."""
    halves: list[dict[str, list[Case]]] = [{}, {}]
    for labels in fields.values():
        names = np.random.default_rng(0).permutation(sorted({n for row in labels.values() for n in row})).tolist()
        for half, into in enumerate(halves):
            for kind in KINDS:
                for count in (1, 3):
                    into.setdefault(f"{kind}, {count}", []).extend(
                        cases(pictures, labels, names[half::2], kind, count, queries)
                    )
    lines = ["| negatives | method | chosen | mAP of wanted | of unwanted | difference | wanted − unwanted in 50 |"]
    lines.append("|---|---|---|---|---|---|---|")
    chosen = {name: best(pictures, family, halves[0]) for name, family in FAMILIES.items()}
    for kind, those in halves[1].items():
        for name, family in FAMILIES.items():
            row = mean(pictures, those, family[chosen[name]])
            told = f"| {kind} ({len(those)}) | {name} | {chosen[name]} | {row[0]:.3f} | {row[1]:.3f} "
            lines.append(told + f"| {row[0] - row[1]:+.3f} | {row[2]:+.3f} |")
            print(lines[-1], flush=True)
    return lines


def mean(pictures: Pictures, those: Sequence[Case], method: Method) -> Array:
    """Means over cases, float64 (3,)."""
    found: Array = np.nanmean([measured(pictures, case, method) for case in those], axis=0)
    return found


def best(pictures: Pictures, family: Mapping[str, Method], half: Mapping[str, list[Case]]) -> str:
    """The setting with the largest difference of those that keep `KEPT` of the wanted; else what keeps most."""
    if len(family) == 1:
        return next(iter(family))

    def row(method: Method) -> Array:
        found: Array = np.mean([mean(pictures, those, method) for those in half.values() if those], axis=0)
        return found

    least = KEPT * row(FAMILIES["no negative"][""])[0]
    rows = {name: row(method) for name, method in family.items()}
    keeping = {name: r for name, r in rows.items() if r[0] >= least}
    if not keeping:
        return max(rows, key=lambda name: rows[name][0])
    return max(keeping, key=lambda name: keeping[name][0] - keeping[name][1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collection", type=Path, required=True)
    parser.add_argument("--fields", default="genre,iconclass")
    parser.add_argument("--vectors", default="signature")
    parser.add_argument("--queries", type=int, default=10)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    pictures = Pictures(options.collection, options.vectors)
    fields = {name: labels_of_field(pictures.snapshot, name) for name in options.fields.split(",")}
    lines = table(pictures, fields, options.queries)
    (options.out / "negative_terms.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
