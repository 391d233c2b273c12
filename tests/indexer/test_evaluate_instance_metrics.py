import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.core.errors import UsageError
from indexer.evaluate.instance_metrics import average_precision, calibrate, percentile, recall_above, recall_at
from indexer.evaluate.instance_truth import TruthQuery, known_copies, load_audit, load_truth, matched
from indexer.evaluate.statistics import wilson


def test_recall_at() -> None:
    assert recall_at([1, 2, 11, None], 1) == 0.25
    assert recall_at([1, 2, 11, None], 10) == 0.5
    assert math.isnan(recall_at([], 1))


@pytest.mark.parametrize(
    ("relevant", "positives", "expected"),
    [
        ([True], 1, 1.0),
        ([False, True], 1, 0.5),
        ([True, False, True], 2, (1 + 2 / 3) / 2),
        ([True, False, True], 4, (1 + 2 / 3) / 4),
        ([], 3, 0.0),
    ],
)
def test_average_precision(relevant: list[bool], positives: int, expected: float) -> None:
    assert average_precision(relevant, positives) == pytest.approx(expected)


def test_wilson_matches_published_values() -> None:
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-3)
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-3)
    assert wilson(0, 0) == (0.0, 1.0)


def test_recall_above_is_strict() -> None:
    assert recall_above([5.0, 4.0, None, 6.0], 5.0) == 0.25


def test_percentile_of_nothing_is_nan() -> None:
    assert percentile([1, 2, 3, 4], 50) == 2.5
    assert math.isnan(percentile([], 50))


def test_calibrate_by_hand() -> None:
    """From the top: 10+ 9+ 8+ 7- 6+: at 7 precision is 3/4, so 0.8 stops at 8; 0.7 would go on to 6 (4/5)."""
    strict = calibrate([7, 1], [10, 9, 8, 6], 0.8)
    assert (strict.threshold, strict.precision, strict.recall, strict.false_positives) == (8.0, 1.0, 0.75, 0)
    loose = calibrate([7, 1], [10, 9, 8, 6], 0.7)
    assert (loose.threshold, loose.precision, loose.recall, loose.false_positives) == (6.0, 0.8, 1.0, 1)


def test_calibrate_accepts_nothing_when_the_best_is_false() -> None:
    result = calibrate([9.0], [1.0, 2.0])
    assert result.threshold > 9.0
    assert result.recall == 0.0
    assert math.isnan(result.precision)


def test_calibrate_refuses_nonsense() -> None:
    with pytest.raises(UsageError):
        calibrate([1.0], [2.0], 0.0)
    with pytest.raises(UsageError):
        calibrate([math.nan], [2.0])


scores = st.lists(st.integers(0, 12).map(float), max_size=30)


@settings(deadline=None)
@given(scores, scores, st.sampled_from([0.5, 0.8, 0.99, 1.0]))
def test_calibrate_agrees_with_the_naive_scan(negative: list[float], positive: list[float], wanted: float) -> None:
    result = calibrate(negative, positive, wanted)
    naive = None
    for t in sorted({*negative, *positive}, reverse=True):
        true, false = sum(s >= t for s in positive), sum(s >= t for s in negative)
        if true / (true + false) < wanted:
            break
        naive = t
    if naive is None:
        assert sum(s >= result.threshold for s in [*negative, *positive]) == 0
    else:
        assert result.threshold == naive
        assert result.precision >= wanted


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_reprints_file(tmp_path: Path) -> None:
    data = {"a": {"positives": ["b"], "partial": ["c"], "ignore": ["d"]}, "e": {"positives": [], "partial": []}}
    truth = load_truth(write(tmp_path / "t.json", json.dumps(data)))
    assert truth == {
        "reprints": [TruthQuery("a", frozenset("b"), frozenset("cd"))],
        "reprints partial": [TruthQuery("a", frozenset("c"), frozenset("bd"))],
    }


def test_crop_to_page_file(tmp_path: Path) -> None:
    truth = load_truth(write(tmp_path / "t.csv", "crop,page,x,y,w,h\nc.jpg,p.png,1,2,30,40.5\n"))
    assert truth == {"crop to page": [TruthQuery("c.jpg", frozenset(["p.png"]), place=(1.0, 2.0, 30.0, 40.5))]}


def test_print_shop_file(tmp_path: Path) -> None:
    region = {"block": "lion", "kind": "emblem", "box": [1, 2, 3, 4]}
    data = {
        "images": {
            "a": {"regions": [region]},
            "b": {"regions": [region]},
            "c": {"regions": [{**region, "block": "ox"}]},
        },
        "groups": {"lion": ["a", "b"], "ox": ["c"]},
    }
    truth = load_truth(write(tmp_path / "t.json", json.dumps(data)))
    box = (1.0, 2.0, 3.0, 4.0)
    assert truth == {
        "shop emblem": [
            TruthQuery("a", frozenset("b"), frozenset("a"), box),
            TruthQuery("b", frozenset("a"), frozenset("b"), box),
        ]
    }


@pytest.mark.parametrize("text", ["", "[1, 2]", '{"a": 3}', '{"a": {"positives": 3}}', '"x"'])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"truth file"):
        load_truth(write(tmp_path / "t.json", text))


def test_a_csv_with_other_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"truth file"):
        load_truth(write(tmp_path / "t.csv", "a,b\n1,2\n"))


def test_names_are_matched_by_the_end_of_the_path_and_absent_ones_dropped() -> None:
    truth = {"reprints": [TruthQuery("images/a.png", frozenset(["images/b.png", "images/gone.png"]))]}
    found = matched(truth, ["a.png", "b.png", "c.png"])
    assert found == {"reprints": [TruthQuery("a.png", frozenset(["b.png"]))]}
    assert matched(truth, ["x/images/b.png", "y/images/b.png"]) == {}


def test_known_copies_join_the_whole_group() -> None:
    truth = {"reprints": [TruthQuery("a", frozenset("b"), frozenset("c"))]}
    assert known_copies(truth) == {"a": frozenset("bc"), "b": frozenset("ac"), "c": frozenset("ab")}
    assert known_copies(None) == {}


def test_audited_copies_are_read_and_other_files_refused(tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    path.write_text('{"a.png": ["b.png", "c.png"]}')
    assert load_audit(path) == {"a.png": frozenset(["b.png", "c.png"])}
    for text in ('["a.png"]', '{"a.png": "b.png"}', "no json"):
        path.write_text(text)
        with pytest.raises(UsageError, match="audited"):
            load_audit(path)
