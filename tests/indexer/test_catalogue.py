"""Types of catalogue columns and their values."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from indexer.collection.catalogue import Catalogue, Field, split_values


def field(values):
    return Field("f", "f", pa.array(values, pa.string()))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1643", None, "12"], "number"),
        (["1643", "1.5"], "number"),
        (["1643", "1617/18", "15th c.", "ca. 1700", "s.d."], "date"),
        (["1643", "1617/18", "no", "none", "?"], "text"),
        ([None, None], "text"),
        ([], "text"),
    ],
)
def test_kind(values, kind):
    assert field(values).kind == kind


def test_values_keep_their_type_and_text():
    numbers = field(["1643", None, "1.5"])
    assert [numbers.typed(i) for i in range(3)] == [1643, None, 1.5]
    assert field(["1643", "1617/18"]).typed(0) == "1643"


def test_counts_split_several_values_and_follow_the_mask():
    subjects = field(["emblem; map", "map", None, "map | ship"])
    assert subjects.counts(None, 10) == [("map", 3), ("emblem", 1), ("ship", 1)]
    assert subjects.counts(np.array([True, False, False, False]), 10) == [("emblem", 1), ("map", 1)]
    assert subjects.counts(None, 1) == [("map", 3)]


def test_fields_of_an_image_leave_empty_ones_out():
    columns = {"title": ["a", None], "year": ["1643", "1700"]}
    catalogue = Catalogue({"title": "Title", "year": "Year"}, lambda key: pa.array(columns[key], pa.string()))
    assert catalogue.fields_of(0) == {"Title": "a", "Year": 1643}
    assert catalogue.fields_of(1) == {"Year": 1700}
    assert catalogue.field("TITLE").name == "Title"
    assert catalogue.field("nothing") is None


def naive_counts(column, mask, limit):
    counter = Counter(v for text, kept in zip(column, mask, strict=True) if kept and text for v in split_values(text))
    return sorted(counter.items(), key=lambda entry: (-entry[1], entry[0]))[:limit]


@pytest.mark.parametrize("limit", [1, 3, 50])
@pytest.mark.parametrize("distinct", [2, 12, 400])
def test_counts_equal_counting_one_by_one(limit, distinct):
    rng = np.random.default_rng(distinct)
    words = [f"wort {i}é" for i in range(distinct)]

    def text():
        chosen = [words[int(rng.integers(distinct))] for _ in range(rng.integers(0, 4))]
        return rng.choice([";", " | ", "; ; "]).join(chosen) + rng.choice(["", " ", ";"])

    column = [None if rng.random() < 0.1 else str(text()) for _ in range(300)]
    field = Field("Subjects", "subjects", pa.array(column, pa.string()))
    for share in (0.0, 0.3, 1.0):
        mask = rng.random(300) < share
        assert field.counts(mask, limit) == naive_counts(column, mask, limit)
    assert field.counts(None, limit) == naive_counts(column, [True] * 300, limit)


@pytest.mark.parametrize("column", [[], [None, None], ["", " ; "]])
def test_fields_without_values_have_no_counts(column):
    assert Field("x", "x", pa.array(column, pa.string())).counts(None, 5) == []
