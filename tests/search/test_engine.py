"""The engine over a real small collection: modes, filters, fusion, generations."""

import shutil

import numpy as np
import pytest
from drawing import draw_picture, save_picture, write_catalogue
from PIL import Image

from indexer.core.errors import FilterError, NotFoundError, QueryError, TooLargeError, UsageError
from indexer.core.types import DecodedImage
from indexer.pipeline import index
from search.engine import Engine
from search.pictures import cut_out
from search.query import Query


@pytest.fixture(scope="module")
def engine(sample):
    return Engine.open(sample / "col")


def ask(engine, uploads=None, **line):
    return engine.search(Query.from_json(line, allow_paths=True), uploads)


def found(results):
    return [h.image for h in results.hits]


def test_a_stored_file_is_found_by_its_print(engine, sample):
    results = ask(engine, images=[{"path": str(sample / "src" / "p05.png")}], mode="instance", limit=3)
    assert found(results)[0] == "p05.png"
    hit = results.to_json()["hits"][0]
    assert hit["same_print"] is True
    assert hit["inliers"] >= 20
    assert hit["mirrored"] is False
    (a, _, tx), (_, d, ty), _ = hit["transform"]
    assert (a, d, tx, ty) == (pytest.approx(1, abs=0.02), pytest.approx(1, abs=0.02), pytest.approx(0, abs=2), pytest.approx(0, abs=2))  # fmt: skip


def test_a_box_maps_into_the_stored_image(engine, sample):
    crop = draw_picture(7)[60:220, 80:300]
    path = save_picture(sample / "crop.png", crop)
    results = ask(engine, images=[{"path": str(path)}], mode="instance", limit=1)
    hit = results.hits[0]
    assert hit.image == "p07.png"
    assert hit.box == pytest.approx((80, 60, 220, 160), abs=4)


def test_keyword_finds_the_title_and_says_where(engine):
    results = ask(engine, text=["Block 7"], mode="keyword")
    assert found(results)[0] == "p07.png"
    assert "title: Block" in results.hits[0].reasons[0]
    assert results.hits[0].fields["year"] == 1507


def test_keyword_finds_singular_and_plural(engine):
    results = ask(engine, text=["blocks"], mode="keyword", limit=20)
    assert len(results.hits) == 12
    assert results.hits[0].reasons == ["title: blocks"]


def test_keyword_ignores_accents_and_case_and_can_exclude(engine):
    assert set(found(ask(engine, text=["plântin"], mode="keyword"))) == {"p00.png", "p03.png", "p06.png", "p09.png"}
    results = ask(engine, text=["plantin"], not_text=["Block 3"], mode="keyword")
    assert set(found(results)) == {"p00.png", "p06.png", "p09.png"}


def test_words_that_no_entry_has_stand_for_words_spelt_like_them(engine):
    results = ask(engine, text=["plantjn"], mode="keyword")
    assert set(found(results)) == {"p00.png", "p03.png", "p06.png", "p09.png"}
    assert "The catalogue does not have “plantjn”; words like it were taken: “plantin”." in results.notes
    assert not ask(engine, text=["plantjn"], mode="keyword", where="year > 9000").hits
    assert not ask(engine, text=["wombat"], mode="keyword").hits
    exact = ask(engine, text=["plantin"], mode="keyword", where="year > 9000")
    assert not exact.hits, "a word that is there stands for itself"
    assert not any("taken" in note for note in exact.notes)
    assert not [note for note in ask(engine, text=["plantjn block"], mode="keyword").notes if "taken" in note]


@pytest.mark.parametrize("mode", ["instance", "signature", "auto"])
def test_filters_apply_inside_every_channel(engine, sample, mode):
    line = {"images": [{"path": str(sample / "src" / "p02.png")}], "mode": mode, "limit": 12}
    assert found(ask(engine, **line))[0] == "p02.png"
    filtered = ask(engine, **line, where="year >= 1506")
    assert "p02.png" not in found(filtered)
    assert all(h.fields["year"] >= 1506 for h in filtered.hits)
    if mode != "instance":
        assert len(filtered.hits) == 6


def test_a_filter_alone_lists_its_images(engine):
    results = ask(engine, where="printer = 'Plantin' and year < 1505")
    assert found(results) == ["p00.png", "p03.png"]
    assert results.total == 2


def test_auto_fuses_and_says_which_channels_spoke(engine, sample):
    results = ask(engine, images=[{"path": str(sample / "src" / "p04.png")}], text=["Block 4"])
    assert results.channels == ["instance", "keyword", "signature"]
    first = results.hits[0]
    assert first.image == "p04.png"
    assert set(first.channels) == {"instance", "keyword", "signature"}
    scores = [h.score for h in results.hits]
    assert scores == sorted(scores, reverse=True)
    assert first.score > 0.5 >= results.hits[1].score
    assert any("catalogue only" in note for note in results.notes)


def test_like_a_stored_image_does_not_return_it_as_news_of_itself(engine):
    results = ask(engine, like=["p03.png"], mode="signature", limit=3)
    assert len(results.hits) == 3
    assert "p03.png" not in found(results)
    assert found(ask(engine, like=["p03.png"], mode="signature", include_self=True))[0] == "p03.png"
    assert "p03.png" not in found(ask(engine, like=["p03.png:10,10,200,150"], limit=12))
    by_id = ask(engine, like=[{"image_id": results.hits[0].image_id}], mode="signature", limit=3)
    assert len(by_id.hits) == 3


def test_what_cannot_be_asked_is_told(engine, sample):
    with pytest.raises(NotFoundError, match="no image 'nothing.png'"):
        ask(engine, like=["nothing.png"])
    with pytest.raises(NotFoundError, match="no image 999"):
        ask(engine, like=[{"image_id": 999}])
    with pytest.raises(UsageError, match="lies outside"):
        ask(engine, images=[{"path": str(sample / "src" / "p00.png"), "box": [5000, 5000, 10, 10]}])
    with pytest.raises(QueryError, match="does not exist"):
        ask(engine, images=[{"path": str(sample / "none.png")}])
    with pytest.raises(QueryError, match="cannot be read"):
        ask(engine, {"0": b"no picture"}, images=[{"upload": 0}])
    with pytest.raises(NotFoundError, match="no upload '1'"):
        ask(engine, {}, images=[{"upload": 1}])
    with pytest.raises(TooLargeError, match="60 MB"):
        ask(engine, {"0": b"x" * 60_000_000}, images=[{"upload": 0}])
    with pytest.raises(FilterError, match="no field 'colour'"):
        ask(engine, where="colour = red")
    with pytest.raises(QueryError, match="no embeddings.*models pull"):
        ask(engine, text=["ship"], mode="semantic")
    with pytest.raises(QueryError, match="needs a picture"):
        ask(engine, text=["ship"], mode="instance")


def test_facets_count_under_a_filter(engine):
    whole = engine.facets()
    assert whole["total"] == 12
    fields = {f["name"]: f for f in whole["fields"]}
    assert {v["value"]: v["count"] for v in fields["printer"]["values"]} == {"Plantin": 4, "Elzevier": 4, "Estienne": 4}
    assert (fields["year"]["type"], fields["year"]["min"], fields["year"]["max"]) == ("number", 1500, 1511)
    assert fields["date"]["type"] == "date"
    assert sum(b["count"] for b in fields["year"]["histogram"]) == 12
    assert {v["value"]: v["count"] for v in fields["subjects"]["values"]}["emblem"] == 12
    part = engine.facets("year < 1503")
    assert part["total"] == 3
    assert {v["value"] for f in part["fields"] if f["name"] == "printer" for v in f["values"]} == {"Plantin", "Elzevier", "Estienne"}  # fmt: skip


def test_facets_count_what_a_query_finds(engine):
    hits = ask(engine, text=["plantin"], limit=50)
    images = found(hits)
    told = engine.facets_of(Query.from_json({"text": ["plantin"], "limit": 1}))
    fields = {f["name"]: f for f in told["fields"]}
    assert told["total"] == len(images) == 4
    assert fields["printer"]["values"] == [{"value": "Plantin", "count": 4}]
    filtered = engine.facets_of(Query.from_json({"text": ["plantin"], "where": "year < 1503"}))
    assert filtered["total"] == len(found(ask(engine, text=["plantin"], where="year < 1503", limit=50))) < 4
    fields, mask = engine.found(Query.from_json({"text": ["plantin"]}))
    assert set(np.array(fields.snapshot.images.names)[mask]) == set(images)
    assert engine.facets_of(Query.from_json({"text": ["nowhere"]}))["total"] == 0
    assert engine.facets_of(Query.from_json({"where": "year < 1503"}))["total"] == 3


def test_info_counts_and_sizes(engine):
    info = engine.info()
    assert (info["images"], info["failed"], info["regions"]) == (12, 0, 12)
    assert info["keypoints"] > 1000
    assert info["bytes"]["total"] > 100_000
    assert {f["name"]: f["type"] for f in info["fields"]}["year"] == "number"


def test_a_running_engine_takes_up_a_new_generation(tmp_path, monkeypatch):
    for i in range(3):
        save_picture(tmp_path / "src" / f"p{i}.png", draw_picture(i, 160, 120))
    index([str(tmp_path / "src")], tmp_path / "col", workers=1)
    engine = Engine.open(tmp_path / "col")
    monkeypatch.setattr("search.engine.POLL_SECONDS", 0.0)
    query = {"images": [{"path": str(tmp_path / "src" / "new.png")}], "mode": "instance", "limit": 1}
    save_picture(tmp_path / "src" / "new.png", draw_picture(77, 160, 120))
    (tmp_path / "src" / "p0.png").unlink()
    index(
        [str(tmp_path / "src")], tmp_path / "col", workers=1, metadata=write_catalogue(tmp_path / "m.csv", ["new.png"])
    )
    results = ask(engine, **query)
    assert (results.generation, found(results)) == (2, ["new.png"])
    assert results.hits[0].fields["title"] == "Block 0"
    assert "p0.png" not in list(engine.snapshot.images.names)
    # A collection that disappears under a running server: it stays with what it has.
    shutil.move(tmp_path / "col" / "published.json", tmp_path / "col" / "elsewhere.json")
    assert ask(engine, **query).generation == 2


def test_vectors_only_collections_still_answer(tmp_path):
    for i in range(3):
        save_picture(tmp_path / "src" / f"p{i}.png", draw_picture(i, 160, 120))
    index([str(tmp_path / "src")], tmp_path / "col", workers=1)
    shutil.rmtree(tmp_path / "src")
    engine = Engine.open(tmp_path / "col")
    results = ask(engine, like=["p1.png:10,10,120,90"], mode="signature", limit=3)
    assert found(results)[0] in {"p0.png", "p1.png", "p2.png"}
    assert len(results.hits) >= 2


def test_the_end_of_a_same_print_search_is_what_is_proven(engine, sample):
    results = ask(engine, images=[{"path": str(sample / "src" / "p08.png")}], mode="instance", limit=12)
    assert results.cutoff == sum(h.evidence.same_print for h in results.hits) == 1
    assert results.to_json()["cutoff"] == 1
    assert ask(engine, text=["Block"], mode="keyword").cutoff is None


def test_near_duplicates_are_folded_under_the_best(tmp_path):
    for i in range(6):
        save_picture(tmp_path / "src" / f"p{i}.png", draw_picture(i))
    save_picture(tmp_path / "src" / "p0-copy.jpg", draw_picture(0))
    index([str(tmp_path / "src")], tmp_path / "col", workers=1)
    engine = Engine.open(tmp_path / "col")
    line = {"images": [{"path": str(tmp_path / "src" / "p0.png")}], "mode": "signature"}
    flat = ask(engine, **line)
    assert set(found(flat)[:2]) == {"p0.png", "p0-copy.jpg"}
    folded = ask(engine, **line, fold=True)
    assert len(folded.hits) == len(flat.hits) - 1
    assert found(folded)[0] in {"p0.png", "p0-copy.jpg"}
    other = ({"p0.png", "p0-copy.jpg"} - {found(folded)[0]}).pop()
    assert list(folded.extras[0].folded) == engine.snapshot.find_images(other)


def test_judgements_reorder_and_do_not_come_back(engine, sample):
    ids = {n: int(i) for n, i in zip(engine.snapshot.images.names, engine.snapshot.images.ids, strict=True)}
    query = Query.from_json({"like": ["p01.png"], "limit": 12})
    results = engine.feedback([ids["p02.png"], ids["p03.png"]], [ids["p04.png"]], query)
    assert not {"p01.png", "p02.png", "p03.png", "p04.png"} & set(found(results)), "nor does the query itself"
    assert len(results.hits) == 8
    assert results.judge_next
    assert not {ids["p02.png"], ids["p04.png"]} & set(results.judge_next)
    with pytest.raises(QueryError, match="both yes and no"):
        engine.feedback([ids["p02.png"]], [ids["p02.png"]])
    with pytest.raises(QueryError, match="nothing to learn from"):
        engine.feedback([987654], [])
    filtered = engine.feedback([ids["p02.png"]], [], Query.from_json({"where": "year < 1504"}))
    assert set(found(filtered)) <= {"p00.png", "p01.png", "p03.png"}


@pytest.mark.parametrize(
    "line",
    [
        {"like": ["p01.png"]},
        {"like": ["p01.png"], "not_like": ["p05.png"]},
        {"text": ["block"]},
        {"like": ["p01.png"], "where": "year < 1508"},
        None,
    ],
    ids=["picture", "negative", "words", "filter", "judgements alone"],
)
def test_large_collections_are_searched_instead_of_scored_with_the_same_result(engine, monkeypatch, line):
    ids = {n: int(i) for n, i in zip(engine.snapshot.images.names, engine.snapshot.images.ids, strict=True)}
    query = Query.from_json(line) if line else None
    yes, no = [ids["p02.png"], ids["p03.png"]], [ids["p04.png"]]
    scored = engine.feedback(yes, no, query)
    monkeypatch.setattr("search.refine.SCORED_WHOLE", 0)
    monkeypatch.setattr("search.refine.rerank", None)
    searched = engine.feedback(yes, no, query)
    assert found(searched) == found(scored)
    assert [h.score for h in searched.hits] == pytest.approx([h.score for h in scored.hits], abs=2e-3)
    assert sorted(searched.judge_next) == sorted(scored.judge_next)
    assert len(searched.hits) >= 4


def test_feedback_keeps_proven_same_prints_first_with_their_evidence(engine, sample):
    ids = {n: int(i) for n, i in zip(engine.snapshot.images.names, engine.snapshot.images.ids, strict=True)}
    uploads = {"q": (sample / "src" / "p03.png").read_bytes()}
    for mode in ("auto", "instance"):
        query = Query.from_json({"images": [{"upload": "q"}], "mode": mode})
        results = engine.feedback([ids["p05.png"]], [ids["p06.png"]], query, uploads=uploads)
        assert found(results)[0] == "p03.png"
        assert results.hits[0].evidence.same_print
        assert [h.score for h in results.hits] == sorted((h.score for h in results.hits), reverse=True)
        rejected = engine.feedback([], [ids["p03.png"]], query, uploads=uploads)
        assert "p03.png" not in found(rejected)


def test_grouping_by_document_tells_how_many_more_there_are(engine):
    everything = ask(engine, like=["p01.png"], mode="signature", limit=50)
    documents = [extra.document for extra in everything.extras]
    one_each = ask(engine, like=["p01.png"], mode="signature", limit=50, group="document")
    for extra in one_each.extras:
        assert extra.further == (documents.count(extra.document) - 1 if extra.document else 0)
    assert sum(1 + extra.further for extra in one_each.extras) == len(everything.hits)
    assert all(extra.further == 0 for extra in everything.extras)
    assert any(extra.further for extra in one_each.extras) or not any(documents)


def test_what_lies_outside_a_polygon_does_not_count(engine, sample):
    """Two pictures side by side: outlined is the second, and only it is found."""
    import io

    left, right = (Image.open(sample / "src" / f"p0{n}.png").convert("RGB") for n in (2, 7))
    page = Image.new("RGB", (left.width + right.width, max(left.height, right.height)), "white")
    page.paste(left, (0, 0))
    page.paste(right, (left.width, 0))
    out = io.BytesIO()
    page.save(out, "PNG")
    x, w, h = left.width, right.width, right.height
    corners = [[x, 0], [x + w, 0], [x + w, h], [x + w / 2, h], [x, h]]
    around = {"images": [{"upload": "q", "polygon": corners}], "mode": "instance"}
    proven = [
        hit.image
        for hit in ask(engine, {"q": out.getvalue()}, **around).hits
        if hit.evidence and hit.evidence.same_print
    ]
    assert proven == ["p07.png"]
    masked = cut_out(lambda side: DecodedImage(np.asarray(page), page.width, page.height), [tuple(c) for c in corners])
    assert np.ptp(masked(None).rgb[:, : x - 3].reshape(-1, 3), axis=0).max() == 0, "outside there is one colour"
    inside = masked(None).rgb[5 : h - 5, x + 5 : x + w - 5]
    assert np.array_equal(inside, np.asarray(page)[5 : h - 5, x + 5 : x + w - 5])


@pytest.mark.parametrize(
    "polygon",
    [[], [[1, 2], [3, 4]], [[0, 0], [1, 1], [2, 2.0, 3]], [[0, 0], [5, 0], [9, 0]], [[0, 0], [1e12, 0], [0, 9]], "x"],
)
def test_polygons_that_are_none_are_refused(engine, polygon):
    with pytest.raises(QueryError):
        ask(engine, like=[{"image": "p01.png", "polygon": polygon}])
