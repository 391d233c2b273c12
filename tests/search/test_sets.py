"""Saved sets from judgement to detector, filter, facet and file, over a real small collection."""

import copy
import json
import shutil
import threading

import numpy as np
import pytest
from drawing import draw_picture, save_picture

from indexer.collection.sets import SavedSet, checked_name, delete_set, read_set, read_sets, save_set, sets_token
from indexer.core.errors import CollectionError, FilterError, NotFoundError, QueryError, UsageError
from indexer.pipeline import index
from search.detector import learn_detector
from search.detector_file import of_document, read_text
from search.engine import Engine
from search.machine_fields import image_scores, queried
from search.query import Query
from search.saved_sets import describe_sets, export_set, import_set, keep_set


@pytest.fixture
def engine(sample, tmp_path):
    """Over a copy of the sample, which other tests do not see."""
    shutil.copytree(sample / "col", tmp_path / "col")
    return Engine.open(tmp_path / "col")


def first_regions(engine, *images):
    snapshot = engine.snapshot
    return tuple(
        int(snapshot.regions.ids[snapshot.first_regions[snapshot.images.positions_of_name(n)[0]]]) for n in images
    )


def ships(engine, **changes):
    """A set: p01, p04, p07 are liked, p02 and p03 are not."""
    given = {
        "name": "ships",
        "positive": first_regions(engine, "p01.png", "p04.png", "p07.png"),
        "negative": first_regions(engine, "p02.png", "p03.png"),
    }
    return SavedSet(**{**given, **changes})


# Storage


def test_a_set_is_kept_with_all_that_belongs_to_it(tmp_path):
    given = SavedSet("Old ships", (3, 1), (2,), {"text": ["ship"]}, "Zoë", "from the atlas")
    kept = save_set(tmp_path, given)
    read = read_set(tmp_path, "  old   SHIPS ")
    assert read == kept
    assert (read.name, read.positive, read.negative) == ("Old ships", (3, 1), (2,))
    assert (read.query, read.author, read.notes) == ({"text": ["ship"]}, "Zoë", "from the atlas")
    assert read.time.utcoffset().total_seconds() == 0


def test_a_name_is_taken_until_it_is_deleted_or_replaced(tmp_path):
    save_set(tmp_path, SavedSet("ships", (1,)))
    before = sets_token(tmp_path)
    with pytest.raises(UsageError, match="already a set 'ships'"):
        save_set(tmp_path, SavedSet("SHIPS", (2,)))
    assert sets_token(tmp_path) == before
    save_set(tmp_path, SavedSet("Ships", (2,)), replace=True)
    assert [(s.name, s.positive) for s in read_sets(tmp_path).values()] == [("Ships", (2,))]
    assert sets_token(tmp_path) != before
    delete_set(tmp_path, "ships")
    assert read_sets(tmp_path) == {}
    with pytest.raises(NotFoundError, match="no set 'ships'"):
        delete_set(tmp_path, "ships")
    save_set(tmp_path, SavedSet("ships", (3,)))
    assert read_set(tmp_path, "ships").positive == (3,)


def test_many_save_at_once_and_one_wins_a_name(tmp_path):
    refused = []

    def save(number):
        save_set(tmp_path, SavedSet(f"set {number}", (number,)))
        try:
            save_set(tmp_path, SavedSet("the same", (number,)))
        except UsageError:
            refused.append(number)

    threads = [threading.Thread(target=save, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read_sets(tmp_path)) == ["set 0", "set 1", "set 2", "set 3", "the same"]
    assert len(refused) == 3
    assert read_set(tmp_path, "the same").positive[0] not in refused


@pytest.mark.parametrize("name", ["", "  ", "1st", "../up", "a/b", "a\\b", "a'b", 'a"b', "-x", ".x", "a\0b", "x" * 81])
def test_names_that_no_filter_could_carry_are_refused(name):
    with pytest.raises(UsageError, match="cannot be called"):
        checked_name(name)


def test_names_in_any_language_are_taken():
    assert [checked_name(n) for n in ("Bäume und Wälder", "船", "subject.ship", " a\tb ")] == [
        "Bäume und Wälder", "船", "subject.ship", "a b",
    ]  # fmt: skip


@pytest.mark.parametrize("changes", [{"author": "x" * 201}, {"notes": "x" * 4001}, {"query": {"text": "x" * 20_000}}])
def test_sets_that_are_too_long_are_refused(changes):
    with pytest.raises(UsageError):
        SavedSet("ships", (1,), **changes)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(CollectionError, match="could not be kept"):
        save_set(tmp_path / "missing", SavedSet("ships", (1,)))


# Scores as a field


def test_a_set_is_a_field_to_filter_by(engine):
    keep_set(engine.machine(), ships(engine))
    field = engine.machine().field("ships")
    snapshot = engine.snapshot
    _, space = engine.machine().spaces.default()
    positive, negative = (
        np.searchsorted(space.region_ids, s) for s in (ships(engine).positive, ships(engine).negative)
    )
    detector = learn_detector(space.vectors, positive, negative)
    wanted = image_scores(snapshot, space.region_ids, detector.probabilities(space.vectors))
    np.testing.assert_array_equal(field.scores, wanted)
    middle = float(np.median(wanted))
    found = engine.search(Query.from_json({"where": f"machine.ships >= {middle:.9f} and year < 1508", "limit": 50}))
    years = np.array([snapshot.catalogue.fields_of(i)["year"] for i in range(len(snapshot))])
    assert {h.image_id for h in found.hits} == set(snapshot.images.ids[(wanted >= middle) & (years < 1508)].tolist())
    shown = found.to_json()["hits"][0]
    assert shown["machine"]["ships"] == pytest.approx(
        float(wanted[snapshot.images.position(shown["image_id"])]), abs=1e-4
    )
    assert not any(name.startswith("machine") or name == "ships" for name in shown["fields"])


def test_the_pictures_a_set_began_with_are_examples_too(engine):
    names = [engine.snapshot.images.names[k] for k in range(3)]
    ids = first_regions(engine, *names)
    alone = keep_set(engine.machine(), SavedSet("alone", (ids[0],), (ids[1],)))
    begun = keep_set(engine.machine(), SavedSet("begun", (ids[0],), (ids[1],), {"like": [{"image": names[2]}]}))
    assert not {*alone, *begun} & {"error"}
    scores = {n: engine.machine().field(n).scores for n in ("alone", "begun")}
    at = engine.snapshot.images.names.index(names[2])
    assert scores["begun"][at] > scores["alone"][at] + 0.05
    saved = SavedSet("no", (ids[0],), (ids[2],), {"like": [names[2], f"{names[1]}:1,2,30,40", {"region_id": ids[0]}]})
    assert queried(engine.snapshot, saved) == [], "judged since, drawn by hand, or judged already"


def test_liked_pictures_score_above_disliked_ones(engine):
    keep_set(engine.machine(), ships(engine))
    scores = engine.machine().field("machine.SHIPS").scores
    at = {
        n: engine.snapshot.images.positions_of_name(n)[0]
        for n in ("p01.png", "p04.png", "p07.png", "p02.png", "p03.png")
    }
    likes, dislikes = [scores[at[n]] for n in list(at)[:3]], [scores[at[n]] for n in list(at)[3:]]
    assert min(likes) > max(dislikes)
    assert 0 <= scores.min() <= scores.max() <= 1


def test_names_with_spaces_can_be_quoted(engine):
    keep_set(engine.machine(), ships(engine, name="old ships"))
    found = engine.search(Query.from_json({"where": '"machine.old ships" >= 0', "limit": 50}))
    assert len(found.hits) == 12


def test_an_unknown_machine_field_says_which_exist(engine):
    keep_set(engine.machine(), ships(engine))
    with pytest.raises(FilterError, match=r"no field 'machine.shpis'.*machine\.ships"):
        engine.search(Query.from_json({"where": "machine.shpis > 0.5"}))


def test_facets_keep_machine_made_fields_apart(engine):
    keep_set(engine.machine(), ships(engine))
    told = engine.facets("year < 1506")
    assert sorted(f["name"] for f in told["fields"]) == ["date", "printer", "subjects", "title", "year"]
    (entry,) = told["machine"]
    assert (entry["name"], entry["origin"], entry["method"], entry["count"]) == (
        "machine.ships",
        "machine",
        "examples",
        6,
    )
    scores = engine.machine().field("ships").scores[engine.mask("year < 1506")]
    assert entry["likely"] == int((scores >= 0.5).sum())
    assert sum(bar["count"] for bar in entry["histogram"]) == 6
    assert "no embeddings" in told["machine_notes"][0]
    assert engine.facets(f"machine.ships >= {scores.max():.9f}")["total"] >= 0


def test_a_changed_set_is_seen_at_once_in_filters_and_facets(engine):
    keep_set(engine.machine(), ships(engine))
    where = "machine.ships >= 0"
    first = engine.machine().field("ships").scores
    assert engine.mask(where).all()
    swapped = ships(engine, positive=ships(engine).negative, negative=ships(engine).positive)
    keep_set(engine.machine(), swapped, replace_old=True)
    second = engine.machine().field("ships").scores
    assert np.corrcoef(first, second)[0, 1] < 0
    delete_set(engine.snapshot.folder, "ships")
    with pytest.raises(FilterError):
        engine.search(Query.from_json({"where": where}))
    assert engine.facets()["machine"] == []


def test_pictures_that_are_gone_are_told_and_left_out(engine):
    told = keep_set(engine.machine(), ships(engine, negative=(987654321,)))
    assert "1 judged pictures are no longer" in told["told"][0]
    assert np.isfinite(engine.machine().field("ships").scores).all()


def test_a_set_of_which_nothing_is_left_has_a_reason_instead_of_scores(engine):
    save_set(engine.snapshot.folder, SavedSet("lost", (987654321,)))
    with pytest.raises(FilterError, match=r"machine.lost.*at least one picture that was judged yes"):
        engine.search(Query.from_json({"where": "machine.lost > 0.5"}))
    (entry,) = engine.facets()["machine"]
    assert "at least one picture" in entry["error"]["message"]
    assert describe_sets(engine.machine())[0]["told"]


def test_contradictions_and_empty_sets_are_refused(engine):
    with pytest.raises(QueryError, match="both yes and no"):
        keep_set(engine.machine(), ships(engine, negative=ships(engine).positive[:1]))
    with pytest.raises(UsageError, match="no judgement"):
        keep_set(engine.machine(), SavedSet("none"))
    assert read_sets(engine.snapshot.folder) == {}


def test_new_images_are_scored_by_the_next_generation(tmp_path):
    for i in range(6):
        save_picture(tmp_path / "src" / f"p{i:02d}.png", draw_picture(i, 160, 120))
    index([str(tmp_path / "src")], tmp_path / "col", workers=1)
    engine = Engine.open(tmp_path / "col")
    keep_set(engine.machine(), SavedSet("ships", first_regions(engine, "p01.png", "p04.png")))
    before = engine.machine().field("ships").scores
    save_picture(tmp_path / "src" / "p01-again.png", draw_picture(1, 160, 120))
    index([str(tmp_path / "src")], tmp_path / "col", workers=1)
    after = Engine.open(tmp_path / "col")
    scores = after.machine().field("ships").scores
    assert (len(before), len(scores)) == (6, 7)
    at = {n: after.snapshot.images.positions_of_name(n)[0] for n in after.snapshot.images.names}
    assert scores[at["p01-again.png"]] == pytest.approx(scores[at["p01.png"]], abs=1e-3)


# Files


def test_a_detector_goes_out_and_comes_back(engine, tmp_path):
    keep_set(engine.machine(), ships(engine, author="Ann"))
    document = export_set(engine.machine(), "ships")
    text = json.dumps(document)
    assert len(text) < 50_000
    assert not any(name in text for name in ("p01", ".png", "positive_ids"))
    shutil.copytree(engine.snapshot.folder, tmp_path / "twin")
    delete_set(tmp_path / "twin", "ships")
    twin = Engine.open(tmp_path / "twin")
    told = import_set(twin.machine(), read_text(text), "Ann's".replace("'", " "))
    assert (told["kind"], told["field"], told["author"]) == ("detector", "machine.Ann s", "Ann")
    np.testing.assert_allclose(twin.machine().field("Ann s").scores, engine.machine().field("ships").scores, atol=1e-4)
    assert twin.facets()["machine"][0]["method"] == "detector"
    again = export_set(twin.machine(), "Ann s")
    assert again == {**document, "name": "Ann s"}


def test_a_detector_of_another_space_is_refused_with_what_to_do(engine, tmp_path):
    keep_set(engine.machine(), ships(engine))
    document = export_set(engine.machine(), "ships")
    for i in range(4):
        save_picture(tmp_path / "src" / f"q{i}.png", draw_picture(40 + i, 160, 120))
    index([str(tmp_path / "src")], tmp_path / "other", workers=1)
    other = Engine.open(tmp_path / "other")
    with pytest.raises(QueryError, match=r"signature of its collection.*exchange the examples"):
        import_set(other.machine(), document)
    foreign = {**document, "space": {"vectors": "clip-x", "model": "0" * 64, "name": "ViT-B-32"}}
    with pytest.raises(QueryError, match=r"vectors of ViT-B-32.*--clip ViT-B-32"):
        import_set(other.machine(), foreign)


def broken(document, path, value):
    out = copy.deepcopy(document)
    at = out
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return out


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("format",), "zip", "not a detector"),
        (("version",), 2, "version 2"),
        (("direction",), [], "damaged"),
        (("direction",), ["1"], "damaged"),
        (("direction",), [float("nan")], "damaged"),
        (("direction",), [1e300], "damaged"),
        (("direction",), [0.0] * 20_000, "damaged"),
        (("bias",), float("inf"), "damaged"),
        (("calibration", "slope"), None, "damaged"),
        (("space",), [], "damaged"),
        (("space", "model"), "x" * 400, "damaged"),
        (("examples", "positive"), True, "damaged"),
    ],
)
def test_damaged_detectors_are_refused(engine, path, value, says):
    keep_set(engine.machine(), ships(engine))
    document = export_set(engine.machine(), "ships")
    with pytest.raises(UsageError, match=says):
        of_document(broken(document, path, value))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "[]", "7", b"\xff\xfe", "x" * 2_000_000])
def test_files_that_are_no_detectors_are_refused(text):
    with pytest.raises(UsageError):
        read_text(text)


def test_a_direction_of_another_length_is_refused(engine):
    keep_set(engine.machine(), ships(engine))
    document = export_set(engine.machine(), "ships")
    with pytest.raises(UsageError, match="numbers"):
        import_set(engine.machine(), {**document, "direction": document["direction"][:-1]}, "short")
