"""Labels from words: the file, the arithmetic, and the fields of a collection with a tiny random model."""

import numpy as np
import pytest
from drawing import draw_picture, save_picture

from indexer.collection.sets import SavedSet
from indexer.core.errors import FilterError, SettingsError
from indexer.core.labels import load_labels
from indexer.features.clip import load_clip
from indexer.models.random_clip import save_random_clip
from indexer.pipeline import index
from search.engine import Engine
from search.label_scores import LabelTexts, label_probabilities, reads_french
from search.query import Query
from search.saved_sets import export_set, keep_set


def test_the_file_that_ships_has_three_groups_in_two_languages():
    labels, other = load_labels()
    assert list(dict.fromkeys(x.group for x in labels)) == ["technique", "function", "subject"]
    assert len({x.full for x in labels}) == len(labels) >= 30
    assert all(x.prompts and x.french_prompts and x.french for x in labels)
    assert other.prompts
    woodcut = next(x for x in labels if x.name == "woodcut")
    assert woodcut.french == "gravure sur bois"
    assert "une gravure sur bois" in woodcut.texts(french=True)
    assert woodcut.texts(french=False) == woodcut.prompts


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no labels"),
        ("- a", "no labels"),
        ("group: {a: {prompts: [x]}}", "other"),
        ("other: {prompts: [x]}\ngroup: [a]", "group"),
        ("other: {prompts: [x]}\ngroup: {a: {prompts: []}}", "no prompts"),
        ("other: {prompts: [x]}\ngroup: {a: {prompts: x}}", "list"),
        ("other: {prompts: [x]}\ngroup: {a: {prompts: [1]}}", "list"),
        ("other: {prompts: [x]}\ngroup: {a: {prompts: [x], weight: 1}}", "group.a"),
        ("other: {prompts: [x", "cannot be read"),
    ],
)
def test_wrong_files_are_refused(tmp_path, text, says):
    (tmp_path / "labels.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=says):
        load_labels(tmp_path / "labels.yaml")


def test_probabilities_are_a_softmax_in_each_group_with_other():
    rng = np.random.default_rng(3)
    vectors, labels = (
        m / np.linalg.norm(m, axis=1, keepdims=True) for m in (rng.normal(size=(40, 16)), rng.normal(size=(6, 16)))
    )
    found = label_probabilities(
        vectors.astype(np.float32), labels.astype(np.float32), [np.array([0, 2]), np.array([1, 3, 4])]
    )
    for i in range(40):
        powers = np.exp(100.0 * (labels @ vectors[i]))
        for rows in ([0, 2], [1, 3, 4]):
            np.testing.assert_allclose(
                found[rows, i], powers[rows] / (powers[rows].sum() + powers[5]), rtol=1e-3, atol=1e-6
            )


def test_which_models_read_french():
    assert reads_french({"name": "multilingual", "architecture": "ViT-B-16-SigLIP2-256"})
    assert not reads_french({"name": "ViT-B-32", "architecture": "ViT-B-32"})


class Encoder:
    """Counts what it reads."""

    def __init__(self):
        self.calls = 0

    def __call__(self, texts):
        self.calls += 1
        rows = np.array([np.random.default_rng(len(t)).normal(size=8) for t in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_prompts_are_averaged_and_read_once_a_model():
    texts, encode = LabelTexts(), Encoder()
    rows = texts.vectors({"name": "a"}, encode)
    labels = texts.labels()[0]
    mean = encode(labels[0].prompts).mean(axis=0)
    np.testing.assert_allclose(rows[0], mean / np.linalg.norm(mean), atol=1e-6)
    assert len(rows) == len(labels) + 1
    calls = encode.calls
    texts.vectors({"name": "a"}, encode)
    assert encode.calls == calls
    texts.vectors({"name": "siglip2"}, encode)
    assert encode.calls == calls + 1


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a tiny model and a collection of six pictures made with it."""
    folder = tmp_path_factory.mktemp("labels")
    for i in range(6):
        save_picture(folder / "src" / f"p{i}.png", draw_picture(i, 160, 120))
    save_random_clip(folder / "tiny")
    index([str(folder / "src")], folder / "col", clip=load_clip(str(folder / "tiny")), workers=1)
    return folder


def test_labels_are_fields_beside_the_catalogue(made):
    engine = Engine(made / "col", lambda table, identity: load_clip(str(made / "tiny")))
    facets = engine.facets()
    names = {entry["name"]: entry for entry in facets["machine"]}
    entry = names["machine.technique.woodcut"]
    assert (entry["origin"], entry["method"], entry["title_fr"], entry["count"]) == (
        "machine",
        "prompts",
        "gravure sur bois",
        6,
    )
    assert facets["machine_notes"] == []
    group = [engine.machine().field(n).scores for n in names if n.startswith("machine.technique.")]
    assert np.all(np.sum(group, axis=0) <= 1 + 1e-4)
    scores = engine.machine().field("technique.woodcut").scores
    bound = float(np.sort(scores)[3])
    found = engine.search(Query.from_json({"where": f"machine.technique.woodcut >= {bound:.12f}"}))
    assert {h.image_id for h in found.hits} == set(
        engine.snapshot.images.ids[scores >= np.float64(f"{bound:.12f}")].tolist()
    )
    # Labels that are likely or asked for are shown, and nothing else.
    for hit in found.to_json()["hits"]:
        assert all(p >= 0.5 or n == "technique.woodcut" for n, p in hit["machine"].items())


def test_examples_take_the_place_of_words(made):
    engine = Engine(made / "col", lambda table, identity: load_clip(str(made / "tiny")))
    first = engine.snapshot.regions.ids[engine.snapshot.first_regions]
    keep_set(engine.machine(), SavedSet("subject.ship", (int(first[0]), int(first[1]))), replace_old=True)
    assert engine.machine().field("subject.ship").method == "examples"
    assert [e["name"] for e in engine.facets()["machine"]].count("machine.subject.ship") == 1
    document = export_set(engine.machine(), "subject.ship")
    assert document["space"]["vectors"].startswith("clip-")


def test_a_model_that_went_away_is_said_and_examples_go_on(made):
    def gone(table, identity):
        return load_clip(str(made / "nowhere"))

    engine = Engine(made / "col", gone)
    first = engine.snapshot.regions.ids[engine.snapshot.first_regions]
    keep_set(engine.machine(), SavedSet("mine", (int(first[2]),)), replace_old=True)
    assert engine.search(Query.from_json({"where": "machine.mine >= 0"})).total == 6
    with pytest.raises(FilterError, match=r"machine.technique.etching.*no scores"):
        engine.search(Query.from_json({"where": "machine.technique.etching > 0.5"}))
    facets = engine.facets()
    assert "no zero-shot labels" in facets["machine_notes"][0]
    assert [e["name"] for e in facets["machine"] if "error" in e or e["method"] == "prompts"] == []
    assert "machine.mine" in [e["name"] for e in facets["machine"]]
