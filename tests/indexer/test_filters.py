"""The filter language, against masks worked out by hand."""

import numpy as np
import pyarrow as pa
import pytest

from indexer.collection.catalogue import Field
from indexer.collection.filters import evaluate
from indexer.core.errors import FilterError

COLUMNS = {
    "year": ["1600", "1650", None, "1700"],
    "title": ["A ship", "The SHIP's wreck", "map of Lyon", None],
    "genre": ["emblem", "emblem; map", "map", "portrait"],
    "date": ["ca. 1640–45", "1655", "[1700?]", "s.d."],
    "Date of publication": ["1", "2", "3", "4"],
}


class Rows:
    def filter_field(self, name):
        for header, values in COLUMNS.items():
            if header.casefold() == name.casefold():
                return Field(header, header, pa.array(values, pa.string()))
        return None

    def filter_names(self):
        return list(COLUMNS)

    def __len__(self):
        return 4


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ("year < 1700", [0, 1]),
        ("year <= 1700", [0, 1, 3]),
        ("year = 1650", [1]),
        ("year != 1650", [0, 3]),
        ("not year = 1650", [0, 2, 3]),
        ("year is null", [2]),
        ("year is not null", [0, 1, 3]),
        ("year between 1600 and 1650", [0, 1]),
        ("year not between 1600 and 1650", [3]),
        ("year in (1600, 1700)", [0, 3]),
        ("year not in (1600)", [1, 3]),
        ("title like '%ship%'", [0, 1]),
        ("title = 'a SHIP'", [0]),
        ("title contains 'ship''s'", [1]),
        ("genre = map", [1, 2]),
        ("genre = 'emblem; map'", [1]),
        ("genre = 'emblem' and year < 1650 or title like 'map%'", [0, 2]),
        ("genre = 'emblem' and (year < 1650 or title like '%wreck')", [0, 1]),
        ("date < 1643", [0]),
        ("date = 1641", [0]),
        ("date > 1644", [0, 1, 2]),
        ("date between 1650 and 1660", [1]),
        ('"Date of publication" >= 3', [2, 3]),
        ("TITLE is null", [3]),
        ("title < 'b'", [0]),
        ("", [0, 1, 2, 3]),
    ],
)
def test_filter(where, rows):
    assert np.flatnonzero(evaluate(where, Rows())).tolist() == rows


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("yaer < 1700", "Did you mean 'year'"),
        ("colour = red", "Fields: year, title"),
        ("year <", "a value"),
        ("year < 'abc'", "not a number"),
        ("year 1700", "a comparison"),
        ("(year < 1700", "')'"),
        ("year < 1700 genre = map", "the end"),
        ("year in 1600", "'('"),
        ("; drop table", "cannot be read"),
        ("and", "a field"),
        ("(" * 60 + "year=1" + ")" * 60, "deeply"),
        ("year = 1 or " * 2000 + "year = 1", "characters"),
    ],
)
def test_a_bad_filter_says_what_is_wrong(where, message):
    with pytest.raises(FilterError) as caught:
        evaluate(where, Rows())
    assert message in str(caught.value)
