"""Relevance feedback as a pure function."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from indexer.collection.rows import positions
from indexer.core.errors import QueryError
from indexer.core.types import Array
from search.feedback import FeedbackSettings, learn, learn_directed, products, rerank, suggest
from search.feedback_classifier import logistic
from search.feedback_exemplars import Exemplars, nearness
from search.feedback_judgements import resolve
from search.feedback_search import Asked, feedback_rows

NONE = np.zeros(0, np.int64)
LINEAR = FeedbackSettings(exemplars=0.0)


def unit(matrix: Array) -> Array:
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)


def clusters(n: int = 600, d: int = 48, kinds: int = 12, seed: int = 0) -> tuple[Array, Array]:
    """Noisy clusters: vectors and the kind of each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(kinds, d))
    kind = np.arange(n) % kinds
    return unit(centres[kind] + 2.6 * rng.normal(size=(n, d))), kind


def average_precision(scores: Array, relevant: Array) -> float:
    kept = np.isfinite(scores)
    ranked = relevant[kept][np.argsort(-scores[kept], kind="stable")]
    ranks = np.flatnonzero(ranked) + 1
    return float((np.arange(1, len(ranks) + 1) / ranks).mean())


def session(vectors: Array, relevant: Array, query: int, noise: float = 0.0, rounds: int = 3) -> tuple[float, float]:
    """Average precision on the unjudged rest before and after `rounds` of ten judgements."""
    rng = np.random.default_rng(query)
    prior = vectors @ vectors[query]
    scores, yes, no = prior.copy(), [query], []
    scores[query] = -np.inf
    for _ in range(rounds):
        for row in np.argsort(-scores, kind="stable")[:10]:
            (yes if relevant[row] != (rng.random() < noise) else no).append(int(row))
        scores, _ = rerank(vectors, prior, np.array(yes), np.array(no, np.int64))
    before = np.where(np.isfinite(scores), prior, -np.inf)
    return average_precision(before, relevant), average_precision(scores, relevant)


@pytest.mark.parametrize(("noise", "least"), [(0.0, 1.5), (0.1, 1.2)])
def test_three_rounds_gain_on_the_unjudged_rest(noise: float, least: float) -> None:
    vectors, kind = clusters()
    results = np.array([session(vectors, kind == kind[q], q, noise) for q in range(0, 48, 2)])
    before, after = results.mean(axis=0)
    assert after > least * before
    if not noise:
        assert (results[:, 1] >= results[:, 0] - 1e-9).mean() > 0.9


def test_better_than_moving_the_query_to_the_centroid() -> None:
    vectors, kind = clusters(seed=3)
    ours, rocchio = [], []
    for query in range(0, 36, 3):
        relevant = kind == kind[query]
        prior = vectors @ vectors[query]
        judged = np.argsort(-prior, kind="stable")[1:31]
        yes, no = judged[relevant[judged]], judged[~relevant[judged]]
        scores, _ = rerank(vectors, prior, yes, no)
        rest = np.isfinite(scores)
        centroid = vectors[query] + 0.75 * vectors[yes].mean(axis=0) - 0.15 * vectors[no].mean(axis=0)
        ours.append(average_precision(scores, relevant))
        rocchio.append(average_precision(np.where(rest, vectors @ centroid, -np.inf), relevant))
    assert np.mean(ours) > np.mean(rocchio)


def test_without_judgements_the_ranking_is_the_querys() -> None:
    vectors, _ = clusters(100)
    prior = vectors @ vectors[4]
    scores, suggestions = rerank(vectors, prior, NONE, NONE)
    assert np.array_equal(np.argsort(-scores, kind="stable"), np.argsort(-prior, kind="stable"))
    assert len(suggestions) == 10


def test_the_seed_dominates_a_single_judgement_but_not_many() -> None:
    vectors, kind = clusters(seed=5)
    prior = vectors @ vectors[0]
    other = np.flatnonzero(kind == 7)
    one, _ = rerank(vectors, prior, other[:1], NONE)
    many, _ = rerank(vectors, prior, other[:25], NONE)
    assert np.corrcoef(one[np.isfinite(one)], prior[np.isfinite(one)])[0, 1] > 0.7
    rest = np.isfinite(many)
    assert many[rest & (kind == 7)].mean() > many[rest & (kind == 0)].mean()


def test_judged_pictures_never_come_back() -> None:
    vectors, _ = clusters(200)
    yes, no = np.array([3, 5]), np.array([8])
    scores, suggestions = rerank(vectors, vectors @ vectors[3], yes, no)
    assert np.isneginf(scores[[3, 5, 8]]).all()
    assert np.isfinite(np.delete(scores, [3, 5, 8])).all()
    assert not set(suggestions.tolist()) & {3, 5, 8}


def test_only_negatives_push_away_and_keep_the_query() -> None:
    vectors, kind = clusters(seed=2)
    prior = vectors @ vectors[0]
    bad = np.flatnonzero(kind == 4)[:10]
    scores, _ = rerank(vectors, prior, NONE, bad)
    rest = np.isfinite(scores)
    blank, _ = rerank(vectors, prior, NONE, NONE)
    assert (scores - blank)[rest & (kind == 4)].mean() < (scores - blank)[rest & (kind != 4)].mean() - 0.2
    assert np.corrcoef(scores[rest], prior[rest])[0, 1] > 0.5


def test_judgements_alone_are_a_query() -> None:
    vectors, kind = clusters(seed=6)
    yes = np.flatnonzero(kind == 2)[:8]
    scores, _ = rerank(vectors, None, yes, NONE)
    assert average_precision(scores, kind == 2) > 3 * (1 / 12)
    alone, _ = rerank(vectors, None, NONE, yes)
    rest = np.isfinite(alone)
    assert alone[rest & (kind == 2)].mean() < alone[rest & (kind != 2)].mean()


def test_judging_both_ways_is_refused() -> None:
    vectors, _ = clusters(50)
    with pytest.raises(QueryError, match="judged both yes and no"):
        rerank(vectors, None, np.array([1, 2]), np.array([2]))


@pytest.mark.parametrize("rows", [[-1], [50]])
def test_rows_outside_are_refused(rows: list[int]) -> None:
    vectors, _ = clusters(50)
    with pytest.raises(ValueError, match="judged rows"):
        rerank(vectors, None, np.array(rows), NONE)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_tiny_collections(n: int) -> None:
    vectors, _ = clusters(n)
    scores, suggestions = rerank(vectors, vectors @ vectors[0], np.array([0]), NONE)
    assert np.isneginf(scores[0])
    assert sorted(suggestions.tolist()) == list(range(1, n))


def test_hits_only_priors_rank_the_unfound_last() -> None:
    vectors, _ = clusters(100)
    prior = np.full(100, -np.inf)
    prior[10:20] = np.linspace(1, 2, 10)
    scores, _ = rerank(vectors, prior, NONE, NONE)
    assert np.argsort(-scores, kind="stable")[:10].tolist() == list(range(19, 9, -1))
    flat, _ = rerank(vectors, np.ones(100), np.array([1]), NONE)
    assert np.isfinite(np.delete(flat, 1)).all()


def test_a_pure_function() -> None:
    vectors, _ = clusters(150)
    prior = vectors @ vectors[1]
    copy = vectors.copy(), prior.copy()
    first = rerank(vectors, prior, np.array([4, 7]), np.array([9]))
    second = rerank(vectors, prior, np.array([7, 4, 4]), np.array([9]))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])
    assert np.array_equal(vectors, copy[0])
    assert np.array_equal(prior, copy[1])


def test_half_precision_ranks_alike() -> None:
    vectors, kind = clusters(400)
    yes = np.flatnonzero(kind == 1)[:6]
    prior = vectors @ vectors[1]
    full, _ = rerank(vectors, prior, yes, NONE)
    half, _ = rerank(vectors.astype(np.float16), prior, yes, NONE)
    rest = np.isfinite(full)
    assert half[rest] == pytest.approx(full[rest], abs=0.05)


def test_one_scan_in_the_learnt_direction_ranks_as_the_linear_part() -> None:
    vectors, kind = clusters(300)
    query = vectors[2]
    yes, no = np.flatnonzero(kind == 2)[1:6], np.flatnonzero(kind == 3)[:3]
    prior = vectors @ query
    scores, _ = rerank(vectors, prior, yes, no, LINEAR)
    direction = learn(vectors, prior, yes, no).search_direction(query)
    rest = np.flatnonzero(np.isfinite(scores))
    order = rest[np.argsort(-(vectors @ direction)[rest], kind="stable")]
    assert scores[order] == pytest.approx(np.sort(scores[rest])[::-1], abs=1e-4)


def test_feedback_over_an_index_equals_scoring_everything() -> None:
    vectors, kind = clusters(500)
    query = vectors[2]
    yes, no = np.flatnonzero(kind == 2)[1:7], np.flatnonzero(kind == 3)[:3]
    everything, suggested = rerank(vectors, vectors @ query, yes, no)
    asked: list[int] = []

    def scan(direction: Array, k: int) -> tuple[Array, Array]:
        assert np.linalg.norm(direction) == pytest.approx(1, abs=1e-5)
        asked.append(k)
        cosines = vectors @ direction
        order = np.argsort(-cosines, kind="stable")[:k]
        return order, cosines[order]

    rows, scores, suggestions = feedback_rows(vectors, scan, Asked(query), yes, no, 40)
    assert len(asked) == 1
    assert rows.tolist() == np.argsort(-everything, kind="stable")[:40].tolist()
    assert scores == pytest.approx(everything[rows], abs=1e-3)
    assert sorted(suggestions.tolist()) == sorted(suggested.tolist())
    assert not set(rows.tolist()) & {*yes.tolist(), *no.tolist()}
    alone, _, _ = feedback_rows(vectors, scan, Asked(), yes, no, 10)
    assert (kind[alone] == 2).mean() > 0.5
    nothing, _, _ = feedback_rows(vectors, scan, Asked(), NONE, NONE, 10)
    assert len(nothing) == 0


def test_the_querys_own_picture_counts_as_liked() -> None:
    """With nothing but no, what is like the query stays above the rest."""
    vectors, kind = clusters(400)
    query = vectors[2]
    no = np.flatnonzero(kind == 3)[:12]
    seeded, _ = rerank(vectors, vectors @ query, NONE, no, seeds=query[None])
    plain, _ = rerank(vectors, vectors @ query, NONE, no)
    alike, rest = np.flatnonzero(kind == 2), np.flatnonzero((kind != 2) & (kind != 3))

    def lead(scores: Array) -> float:
        return float((scores[alike].mean() - scores[rest].mean()) / scores[rest].std())

    assert lead(seeded) > lead(plain) + 0.1
    nothing, _ = rerank(vectors, vectors @ query, NONE, NONE, seeds=query[None])
    assert np.argsort(-nothing, kind="stable").tolist() == np.argsort(-(vectors @ query), kind="stable").tolist()


def test_words_that_have_no_direction_are_a_prior_over_an_index_too() -> None:
    vectors, kind = clusters(500)
    rng = np.random.default_rng(3)
    found = np.sort(rng.permutation(500)[:60])
    values = rng.random(60).astype(np.float32)
    prior = np.full(500, -np.inf, np.float32)
    prior[found] = values
    yes, no = np.flatnonzero(kind == 2)[1:7], np.flatnonzero(kind == 3)[:3]
    everything, _ = rerank(vectors, prior, yes, no)

    def scan(direction: Array, k: int) -> tuple[Array, Array]:
        order = np.argsort(-(vectors @ direction), kind="stable")[: min(k, 100)]
        return order, (vectors @ direction)[order]

    rows, scores, _ = feedback_rows(vectors, scan, Asked(found=(found, values)), yes, no, 40)
    assert rows.tolist() == np.argsort(-everything, kind="stable")[:40].tolist()
    assert scores == pytest.approx(everything[rows], abs=1e-3)


def test_nearness_is_the_mean_of_the_three_nearest() -> None:
    rows = np.array([[1.0, 0], [0, 1]], np.float32)
    exemplars = np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.2], [-1, 0]], np.float32)
    assert nearness(rows, exemplars) == pytest.approx([0.5, (0.5 + 0.2 + 0.1) / 3])
    assert nearness(rows, exemplars[:2]) == pytest.approx([0.7, 0.3])
    assert nearness(rows, exemplars[:0]).tolist() == [0, 0]


def test_neighbours_of_a_liked_picture_rise_and_random_ones_stay() -> None:
    vectors, kind = clusters(600, kinds=6)
    yes, no = np.flatnonzero(kind == 1)[:5], np.flatnonzero(kind == 2)[:5]
    exemplars = Exemplars.of(vectors, yes, no, np.arange(600))
    scores = exemplars.scores(vectors)
    assert scores[kind == 1].mean() > 0.5
    assert scores[kind == 2].mean() < -0.5
    assert abs(scores.mean()) < 0.05
    none = Exemplars.of(vectors, NONE, NONE, np.arange(20))
    assert not none.scores(vectors).any()


def test_logistic_meets_the_condition_of_its_minimum() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 6)), rng.choice([-1.0, 1.0], 80)
    weights, offset = rng.random(80) + 0.1, rng.normal(size=80)
    direction, bias = logistic(x, y, weights, offset, 0.5)
    slope = -y * weights / (1 + np.exp(y * (x @ direction + bias + offset)))
    assert x.T @ slope + 0.5 * direction == pytest.approx(np.zeros(6), abs=1e-2)
    assert slope.sum() + 5e-4 * bias == pytest.approx(0, abs=1e-2)


@pytest.mark.parametrize("n", [0, 1, 16383, 16384, 16385, 40000])
def test_products_equal_one_product(n: int) -> None:
    rng = np.random.default_rng(n)
    vectors, direction = rng.normal(size=(n, 8)).astype(np.float16), rng.normal(size=8).astype(np.float32)
    assert products(vectors, direction) == pytest.approx(vectors.astype(np.float32) @ direction, abs=1e-4)


def test_suggestions_are_uncertain_and_unlike_each_other() -> None:
    rng = np.random.default_rng(1)
    vectors = unit(rng.normal(size=(300, 16)))
    vectors[:10] = vectors[0]  # ten copies of the most uncertain picture
    scores = -np.abs(rng.normal(size=300)).astype(np.float32) - 1
    scores[:10] = 0
    chosen = suggest(vectors, scores, 5)
    assert len(set(chosen.tolist())) == 5
    assert np.sum(chosen < 10) == 1
    pool = np.sort(np.abs(scores))[24]
    assert (np.abs(scores[chosen]) <= pool + 1e-6).all()


def test_learning_from_the_query_vector_equals_learning_from_its_scores() -> None:
    vectors, kind = clusters(900)
    query = vectors[2]
    yes, no = np.flatnonzero(kind == 2)[1:9], np.flatnonzero(kind == 3)[:4]
    for half in (vectors, vectors.astype(np.float16)):
        directed = learn_directed(half, query, yes, no)
        plain = learn(half, half.astype(np.float32) @ query, yes, no)
        assert directed.direction == pytest.approx(plain.direction, abs=2e-3)
        assert directed.bias == pytest.approx(plain.bias, abs=2e-3)
    with pytest.raises(QueryError):
        learn_directed(vectors, query, yes, yes[:1])
    alone = learn_directed(vectors, None, yes, no)
    assert np.array_equal(alone.search_direction(query), alone.direction)


def test_learning_does_not_grow_with_the_collection() -> None:
    """A thousand judgements: what is read is the judged and two samples, however many rows there are."""

    class Counting(np.ndarray):
        touched = 0

        def __getitem__(self, key: object) -> Array:
            found = np.asarray(super().__getitem__(key))  # type: ignore[index]
            Counting.touched += len(found) if found.ndim == 2 else 1
            return found

    rng = np.random.default_rng(2)
    vectors = unit(rng.normal(size=(200_000, 16))).view(Counting)
    judged = rng.permutation(200_000)[:1000].astype(np.int64)
    Counting.touched = 0
    learn_directed(vectors, np.ones(16, np.float32), judged[:500], judged[500:])
    assert Counting.touched < 9_000


def snapshot() -> SimpleNamespace:
    """Image 1: regions 10 (whole) and 11; image 2: region 12; image 7: region 2, whose id is also an image's."""
    ids = np.array([2, 10, 11, 12])
    return SimpleNamespace(
        regions=SimpleNamespace(
            ids=ids,
            image_ids=np.array([7, 1, 1, 2]),
            kinds=["whole", "whole", "illustration", "whole"],
            positions=lambda wanted: positions(ids, np.asarray(wanted, np.int64)),
        )
    )


def test_ids_of_regions_and_images_become_rows() -> None:
    found = resolve(snapshot(), np.array([2, 10, 11, 12]), [11, 1], [2, 99])
    assert found.positive.tolist() == [1, 2]
    assert found.negative.tolist() == [0]
    assert found.images == {1, 7}
    assert found.notes == ("1 judged pictures are no longer in the collection and were left out.",)


def test_an_image_and_its_region_judged_both_ways_are_refused() -> None:
    with pytest.raises(QueryError, match="region 10"):
        resolve(snapshot(), np.array([2, 10, 11, 12]), [1], [10])


def test_no_judgements_are_empty_rows() -> None:
    found = resolve(snapshot(), np.array([2, 10, 11, 12]), [], [])
    assert len(found.positive) == len(found.negative) == 0
    assert found.notes == ()
