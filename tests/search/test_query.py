"""Parsing queries."""

import json

import pytest

from indexer.core.errors import QueryError, TooLargeError, UsageError
from search.query import Query, read_queries


def test_a_line_of_the_contract():
    query = Query.from_json(
        {"id": "q1", "text": ["a ship"], "not_text": ["map"], "images": [{"path": "q.jpg", "box": [10, 20, 300, 200]}],
         "like": ["plates/12.jpg", "a:b.jpg:1,2,3,4"], "mode": "instance", "where": "year < 1700", "limit": 10},
        allow_paths=True,
    )  # fmt: skip
    assert [(t.text, t.weight) for t in query.texts] == [("a ship", 1.0), ("map", -1.0)]
    assert query.pictures[0].path == "q.jpg"
    assert query.pictures[0].box == (10, 20, 300, 200)
    assert query.pictures[1].image == "plates/12.jpg"
    assert (query.pictures[2].image, query.pictures[2].box) == ("a:b.jpg", (1, 2, 3, 4))
    assert (query.mode, query.where, query.limit) == ("instance", "year < 1700", 10)


def test_weights():
    query = Query.from_json({"text": [{"text": "sea", "weight": 2}], "not_images": [{"upload": 0, "weight": 0.5}]})
    assert query.texts[0].weight == 2.0
    assert (query.pictures[0].upload, query.pictures[0].weight) == ("0", -0.5)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({}, "empty"),
        ({"not_text": ["a"]}, "push away"),
        ({"txt": ["a"]}, "Unknown keys in the query: txt"),
        ({"text": [""]}, "empty"),
        ({"text": [3]}, "must be text"),
        ({"text": ["a"], "mode": "magic"}, "cannot be 'magic'"),
        ({"text": ["a"], "limit": 0}, "limit"),
        ({"text": ["a"], "limit": "ten"}, "whole number"),
        ({"text": [{"text": "a", "weight": float("inf")}]}, "finite"),
        ({"text": [{"text": "a", "weight": -1}]}, "above 0"),
        ({"images": [{"path": "/etc/passwd"}]}, "names no picture"),
        ({"images": [{"upload": 0, "box": [1, 2, 3]}]}, "four numbers"),
        ({"images": [{"upload": 0, "box": [1, 2, 0, 3]}]}, "is empty"),
        ({"images": [{"upload": 0, "box": [1, 2, float("nan"), 3]}]}, "four numbers"),
        ({"images": ["q.jpg"]}, "cannot be 'q.jpg'"),
        ({"like": [{"name": 3}]}, "Unknown keys"),
        ({"like": [{"box": [0, 0, 1, 1]}]}, "names no image"),
        ({"like": [3]}, "cannot be 3"),
        ({"text": ["a"], "fold": "yes"}, "true or false"),
        ([], "JSON object"),
    ],
)
def test_nonsense_is_refused_with_a_reason(line, message):
    with pytest.raises(UsageError, match=message):
        Query.from_json(line)


def test_ten_thousand_words_are_refused():
    with pytest.raises(TooLargeError, match="10000 words"):
        Query.from_json({"text": ["word " * 10_000]})


def test_a_filter_alone_is_a_query():
    assert Query.from_json({"where": "year < 1700"}).where == "year < 1700"


def test_a_file_of_queries_names_the_bad_line(tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps({"text": "ship"}) + "\n\n" + json.dumps({"id": "x", "like": "a.jpg"}) + "\n")
    assert [q.id for q in read_queries(path)] == ["1", "x"]
    path.write_text('{"text": "ship"}\n{"text": }\n')
    with pytest.raises(QueryError, match="line 2 is not a JSON object"):
        read_queries(path)
    path.write_text('{"text": "ship"}\n{"limit": 3}\n')
    with pytest.raises(QueryError, match="line 2: The query is empty"):
        read_queries(path)
    path.write_text("[1]\n")
    with pytest.raises(QueryError, match="line 1"):
        read_queries(path)
