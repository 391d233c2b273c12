from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from indexer.collection.catalogue import Field
from indexer.core.errors import SettingsError
from viz import clusters
from viz.facets import date_field, facet, facets, middle_years
from viz.layouts import as_grid, by_colour, by_date, by_field, occupied_area, similar
from viz.words import collect, fold, label_fields, search_shards, shard_of, tokens


def _field(name: str, values: list[str | None]) -> Field:
    return Field(name, name, pa.array(values, pa.string()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Élégie, n° 12!", ["elegie", "n", "12"]),
        ("l’Œuvre d'Été", ["l'œuvre", "d'ete"]),
        ("Straße", ["strasse"]),
        ("under_scored-words", ["under", "scored", "words"]),
        ("  ", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_the_search_index_finds_what_a_naive_scan_finds() -> None:
    rng = np.random.default_rng(0)
    vocabulary = ["ship", "Schiff", "île", "map", "zodiac", "été", "12", "a"]
    titles = [" ".join(rng.choice(vocabulary, 3)) if i % 7 else None for i in range(80)]
    names = [f"dir/{i}.jpg" for i in range(80)]
    shards = search_shards([_field("title", titles)], names)
    for word in vocabulary:
        key = fold(word)
        steps = shards[shard_of(key)][key]
        naive = [i for i, t in enumerate(titles) if t and key in tokens(t)]
        if key in ("12", "a"):
            naive = sorted({*naive, *(i for i, n in enumerate(names) if key in tokens(n))})
        assert np.cumsum(steps).tolist() == naive
    assert shard_of("île"[0] + "le") == "xeel"
    assert all(len(name) < 12 for name in shards)


def test_names_come_from_what_is_shown_not_from_the_record() -> None:
    fields = [
        _field("title", ["A ship", "A ship", "A tree"]),
        _field("licence", ["CC0", "CC0", "PD"]),
        _field("source_path", ["a/b.jpg", "a/c.jpg", "a/d.jpg"]),
        _field("image", ["x.jpg", "y.jpg", "z.jpg"]),
        _field("city", ["Lyon", "Lyon", "Lyon"]),
    ]
    assert [f.name for f in label_fields(fields)] == ["title"]
    assert [f.name for f in label_fields(fields, ["city"])] == ["city"]


def test_terms_are_words_pairs_and_short_values() -> None:
    terms = collect([_field("genre", ["Dance of death (print)", None, "SHIPS; Dance of death"])], 3)
    found = dict(zip(terms.keys, terms.matrix.toarray().T.tolist(), strict=True))
    assert found["dance of death"] == [True, False, True]
    assert found["ships"] == [False, False, True]
    assert "print" not in found
    assert collect([], 3).matrix.shape == (3, 0)


def _three_blobs() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    kind = np.arange(300) % 3
    return np.array([[0, 0], [5, 0], [0, 5]])[kind] + 0.3 * rng.normal(size=(300, 2)), kind


def test_hotspots_are_found_and_named_by_what_sets_them_apart() -> None:
    xy, kind = _three_blobs()
    words = ["ship", "initial", "portrait"]
    titles = [f"the print of a {words[k]} number {i}" for i, k in enumerate(kind)]
    (level,) = clusters.find_levels(xy, [60])
    assert len(level.hotspots) == 3
    level = clusters.named(level, collect([_field("title", titles)], 300))
    for number, spot in enumerate(level.hotspots):
        members = kind[level.members == number]
        assert (members == members[0]).all()
        assert spot.label.casefold().split()[0] == words[members[0]]
        assert kind[spot.medoid] == members[0]
        assert spot.count == len(members)
    assert [h.count for h in level.hotspots] == sorted((h.count for h in level.hotspots), reverse=True)


def test_hotspots_without_a_catalogue_have_no_name_and_zero_shot_gives_one() -> None:
    xy, kind = _three_blobs()
    (level,) = clusters.find_levels(xy, [60])
    level = clusters.named(level, collect([], 300))
    assert {h.label for h in level.hotspots} == {""}
    labelled = clusters.zero_shot(
        level, np.eye(3, dtype=np.float32)[kind], ["a", "b", "c"], np.eye(3, dtype=np.float32)
    )
    assert [h.label for h in labelled.hotspots] == ["abc"[kind[h.medoid]] for h in level.hotspots]


@pytest.mark.parametrize("n", [0, 1, 11])
def test_tiny_maps_have_no_hotspots(n: int) -> None:
    assert clusters.find_levels(np.zeros((n, 2))) == []


def test_identical_places_have_no_hotspots() -> None:
    assert clusters.find_levels(np.zeros((50, 2))) == []


def test_hand_written_names_follow_their_pictures(tmp_path: Path) -> None:
    xy, kind = _three_blobs()
    names = [f"{i}.jpg" for i in range(300)]
    (level,) = clusters.find_levels(xy, [60])
    saved = [{"label": "Mine", "images": [n for n, k in zip(names, kind, strict=True) if k == 1][:80]}]
    (tmp_path / "labels.json").write_text(json.dumps(saved))
    level = clusters.with_hand_labels(level, clusters.read_labels(tmp_path / "labels.json"), names)
    (mine,) = [h for h in level.hotspots if h.edited]
    assert (mine.label, kind[mine.medoid]) == ("Mine", 1)


@pytest.mark.parametrize("text", ["", '{"a": 1}', "[1]", "3", '[{"label": "x", "images": 3}]', '[{"name": "x"}]'])
def test_wrong_label_files_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "labels.json").write_text(text)
    with pytest.raises(SettingsError, match="holds no hotspot names"):
        clusters.read_labels(tmp_path / "labels.json")


def test_facets_count_several_values_and_pass_over_useless_fields() -> None:
    genre = _field("genre", ["map; ship", "map", None, "ship", "map", "globe"])
    found = facet(genre)
    assert found is not None
    assert (list(found.values), found.counts.tolist()) == (["map", "ship", "globe"], [3, 2, 1])
    assert found.offsets.tolist() == [0, 2, 3, 3, 4, 5, 6]
    assert found.first.tolist() == [0, 0, -1, 1, 0, 2]
    assert facet(_field("title", [f"t{i}" for i in range(6)])) is None
    assert facet(_field("same", ["x"] * 6)) is None
    assert facet(_field("path", ["a/b", "c/d", "a/b", "c/d", "a/b", "c/d"])) is None
    assert facet(_field("empty", [None] * 6)) is None
    assert [f.name for f in facets([_field("same", ["x"] * 6), genre])] == ["genre"]


def test_the_date_field_is_found_and_read() -> None:
    fields = [_field("pages", ["10", "20", "30"]), _field("date", ["1861", "1617/18", "15th c."])]
    chosen = date_field(fields)
    assert chosen is fields[1]
    assert middle_years(chosen).tolist() == [1861, 1617.5, 1450.5]
    assert date_field(fields[:1]) is None
    assert date_field(fields, "pages") is fields[0]
    assert date_field([_field("year", ["1700", "1701"])]) is not None


def _cells_apart(layout: object) -> None:
    xy, size = layout.xy, layout.size  # type: ignore[attr-defined]
    distance = np.abs(xy[:, None] - xy[None]).max(axis=2)
    np.fill_diagonal(distance, 9)
    assert distance.min() > 0.99 * size
    assert np.abs(xy).max() <= 1 + 1e-5


def test_no_pictures_overlap_in_arrangements() -> None:
    rng = np.random.default_rng(0)
    group = facet(_field("genre", [["a", "b", "c", None][i % 4] if i % 9 else "rare" for i in range(120)]))
    assert group is not None
    years = rng.integers(1500, 1700, 120).astype(np.float32)
    years[:7] = np.nan
    order = rng.permutation(120)
    dated = by_date(years, order, "date")
    assert dated is not None
    colours = rng.integers(0, 255, (120, 3)).astype(np.uint8)
    for layout in (as_grid(rng.normal(size=(120, 2))), by_field(group, order), dated, by_colour(colours)):
        _cells_apart(layout)


def test_time_runs_from_left_to_right() -> None:
    years = np.array([1500, 1700, 1600, np.nan, 1650], np.float32)
    layout = by_date(years, np.arange(5), "date")
    assert layout is not None
    assert np.argsort(layout.xy[:, 0]).tolist() == [0, 2, 4, 1, 3]
    assert layout.captions[0]["text"] == "1500"
    assert by_date(np.full(4, 1500, np.float32), np.arange(4), "date") is None
    assert by_date(np.full(4, np.nan, np.float32), np.arange(4), "date") is None


def test_groups_stand_together_under_their_name() -> None:
    group = facet(_field("genre", ["a"] * 20 + ["b"] * 10))
    assert group is not None
    layout = by_field(group, np.arange(30))
    assert [(c["text"], c["count"]) for c in layout.captions] == [("a", 20), ("b", 10)]
    for caption, rows in zip(layout.captions, (slice(0, 20), slice(20, 30)), strict=True):
        part = layout.xy[rows]
        assert part[:, 1].min() > caption["y"]
        assert caption["x"] < part[:, 0].min() < part[:, 0].max() < caption["x"] + caption["width"]


def test_colours_run_from_dark_to_light() -> None:
    grey = np.repeat(np.arange(0, 250, 5, dtype=np.uint8)[:, None], 3, axis=1)
    x = by_colour(grey).xy[:, 0]
    assert np.corrcoef(x, np.arange(50))[0, 1] > 0.95


def test_pictures_of_a_crowded_map_keep_a_visible_size() -> None:
    xy = np.vstack([np.zeros((5000, 2)), [[1, 1], [-1, -1]]])
    assert occupied_area(xy) < 0.1
    assert similar(xy).size > 0.015
    assert similar(np.zeros((1, 2), np.float32)).size == 0.5
