import json

import numpy as np
import pytest

from indexer.core.errors import ModelError
from indexer.core.types import NO_ID, DecodedImage
from indexer.models.random_sam import save_random_sam
from indexer.regions import sam
from indexer.regions.sam import SamProposer, SamSettings, grid, main_part, shared_proposer, stability
from indexer.regions.sam_network import Answers, Encoded, SamNetwork


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("ICONOSCOPE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("ICONOSCOPE_SAM", raising=False)


@pytest.fixture(scope="module", params=[False, True], ids=["sam", "sam2"])
def folder(request, tmp_path_factory):
    return save_random_sam(tmp_path_factory.mktemp("sam") / "tiny", request.param)


def noise(h, w, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (h, w, 3), np.uint8)


def by_transformers(folder, rgb, points, labels, boxes):
    """The library's own way from a picture and prompts to masks of the picture's size."""
    import torch
    import transformers

    second = json.loads((folder / "config.json").read_text())["model_type"] == "sam2"
    model_class = transformers.Sam2Model if second else transformers.SamModel
    processor_class = transformers.Sam2Processor if second else transformers.SamProcessor
    network, processor = model_class.from_pretrained(folder).eval(), processor_class.from_pretrained(folder)
    x, y, w, h = boxes.T
    corners = np.stack([x, y, x + w, y + h], axis=1)
    inputs = processor(
        rgb,
        input_points=[points.tolist()],
        input_labels=[labels.tolist()],
        input_boxes=[corners.tolist()],
        return_tensors="pt",
    )
    sizes = [inputs.pop("original_sizes")] + ([] if second else [inputs.pop("reshaped_input_sizes")])
    with torch.inference_mode():
        out = network(**{k: v.float() if v.is_floating_point() else v for k, v in inputs.items()})
    masks = processor.image_processor.post_process_masks(out.pred_masks, *[s.tolist() for s in sizes])
    return masks[0].numpy(), out.iou_scores[0].numpy()


@pytest.mark.parametrize("shape", [(60, 110), (97, 40), (64, 64)])
def test_masks_are_those_of_transformers(folder, shape, monkeypatch):
    monkeypatch.setattr("indexer.device.cpu_bf16", lambda: "")
    network = SamNetwork(str(folder), "cpu")
    rgb = noise(*shape)
    points = np.array([[[10.0, 12.0], [30.0, 20.0]], [[5.0, 40.0], [25.0, 50.0]]])
    labels = np.array([[1, 0], [1, 1]])
    boxes = np.array([[4.0, 5.0, 30.0, 40.0], [0.0, 0.0, 20.0, 30.0]])
    encoded = network.encode(rgb)
    answers = network.answer(encoded, points, labels, boxes)
    masks = np.stack([network.enlarge(encoded, row, shape) for row in answers.logits])
    expected, scores = by_transformers(folder, rgb, points, labels, boxes)
    np.testing.assert_allclose(answers.scores, np.clip(scores, 0, 1), atol=1e-4)
    assert masks.shape == expected.shape == (2, 3, *shape)
    assert (masks == expected).mean() > 0.999
    assert 0 < expected.mean() < 1


def test_boxes_alone_points_alone(folder):
    network = SamNetwork(str(folder), "cpu")
    encoded = network.encode(noise(50, 80))
    assert network.answer(encoded, None, None, np.array([[1.0, 2, 30, 20]])).scores.shape == (1, 3)
    assert network.answer(encoded, np.array([[[1.0, 2]]] * 5), np.ones((5, 1), int), None).logits.shape[:2] == (5, 3)


def test_runs_through_with_random_weights(folder):
    proposer = SamProposer(
        str(folder), "cpu", SamSettings(points=4, predicted_iou=0, stability=0, smallest=0, largest=1)
    )
    found = proposer.propose(DecodedImage(noise(60, 110), 440, 240))
    for i in range(len(found)):
        x, y, w, h = found.boxes[i]
        assert x >= 0
        assert y >= 0
        assert x + w <= 440
        assert y + h <= 240
        assert decoded(found.masks[i], 440, 240).any()
    assert sam.try_out(str(folder), "cpu").startswith("CPU")


def decoded(counts, width, height):
    from pycocotools import mask as coco

    return coco.decode({"size": [height, width], "counts": counts.encode()}).astype(bool)


OBJECTS = {
    "table": (20, 90, 200, 60),
    "plate": (40, 100, 60, 30),
    "apple": (60, 105, 20, 15),
    "lamp": (180, 10, 30, 60),
}
"""Boxes on a picture of 256 × 160; the apple lies on the plate, the plate on the table."""


class TrueNetwork:
    """Answers each click with the objects under it, and with a bad and an unstable mask."""

    def __init__(self, objects, size=(160, 256)):
        import torch

        self._size, self._torch = size, torch
        self._masks = []
        for x, y, w, h in objects.values():
            mask = np.zeros(size, bool)
            mask[y : y + h, x : x + w] = True
            self._masks.append(mask)

    def encode(self, rgb):
        return Encoded(None, rgb.shape[:2], (1.0, 1.0), rgb.shape[:2])

    def answer(self, encoded, points, labels, boxes):
        logits, scores = [], []
        for x, y in points[:, 0].astype(int):
            here = [m for m in self._masks if m[y, x]]
            rows = [(np.where(m, 9.0, -9.0), 0.95) for m in here[:3]]
            rows += [(np.where(np.ones(self._size, bool), 9.0, -9), 0.99)]  # the whole picture
            rows += [(np.random.default_rng(x).normal(0, 1, self._size), 0.97)]  # unstable
            rows += [(np.where(np.arange(self._size[1]) % 9 < 4, 9.0, -9.0) * np.ones((self._size[0], 1)), 0.3)]  # bad
            rows += [(np.full(self._size, -9.0), 0.97)] * (6 - len(rows))  # nothing
            logits.append(np.stack([row[0] for row in rows]))
            scores.append([row[1] for row in rows])
        return Answers(self._torch.tensor(np.array(logits), dtype=self._torch.float32), np.array(scores))

    def inside_of(self, encoded, logits):
        return logits

    def enlarge(self, encoded, logits, size):
        from torch.nn.functional import interpolate

        return (interpolate(logits[None], size, mode="bilinear")[0] > 0).numpy()


def proposer_with(network, **settings):
    proposer = SamProposer.__new__(SamProposer)
    proposer.network, proposer.settings = network, SamSettings(**{"points": 10, **settings})
    return proposer


def test_finds_the_objects_once_with_hierarchy_and_masks_of_the_original():
    found = proposer_with(TrueNetwork(OBJECTS)).propose(DecodedImage(noise(160, 256), 1024, 640))
    boxes = {name: tuple(4.0 * v for v in box) for name, box in OBJECTS.items()}
    names = [next(n for n, b in boxes.items() if np.allclose(row, b, atol=8)) for row in found.boxes]
    assert sorted(names) == sorted(OBJECTS)
    assert names[0] == "table"
    parent = {name: names[p] if p != NO_ID else None for name, p in zip(names, found.parents, strict=True)}
    assert parent == {"table": None, "plate": "table", "apple": "plate", "lamp": None}
    assert set(found.kinds) == {"object"}
    assert set(found.origins) == {"sam"}
    for name, mask in zip(names, found.masks, strict=True):
        x, y, w, h = (int(v) for v in boxes[name])
        truth = np.zeros((640, 1024), bool)
        truth[y : y + h, x : x + w] = True
        got = decoded(mask, 1024, 640)
        assert (got & truth).sum() / (got | truth).sum() > 0.93
    np.testing.assert_allclose(found.scores, 0.95, atol=0.01)


def test_a_picture_without_objects_is_ordinary():
    found = proposer_with(TrueNetwork({})).propose(DecodedImage(noise(160, 256), 256, 160))
    assert len(found) == 0


def test_the_cap_prefers_large_spread_and_not_nested():
    cells = {f"big{i}": (10 + 80 * (i % 3), 10 + 75 * (i // 3), 60, 60) for i in range(6)}
    inner = {f"in{i}": (20 + 80 * (i % 3), 20 + 75 * (i // 3), 35, 35) for i in range(6)}
    network = TrueNetwork({**cells, **inner})
    found = proposer_with(network, limit=6).propose(DecodedImage(noise(160, 256), 256, 160))
    assert sorted(found.boxes[:, 2].round().tolist()) == [60.0] * 6
    assert len(proposer_with(network, limit=24).propose(DecodedImage(noise(160, 256), 256, 160))) == 12


def test_grid_covers_any_shape():
    points = grid((100, 400), 8)
    assert points[:, 0].max() < 400
    assert points[:, 1].max() < 100
    assert len(points) == 64
    gaps = np.diff(np.unique(points[:, 0])), np.diff(np.unique(points[:, 1]))
    assert gaps[0][0] == pytest.approx(gaps[1][0])
    assert grid((1, 1000), 4)[:, 1].tolist() == [0.5] * len(grid((1, 1000), 4))


def test_stability_is_the_share_that_survives_another_threshold():
    import torch

    logits = torch.full((3, 10, 10), -5.0)
    logits[0, :5] = 5
    logits[1, :4], logits[1, 4:8] = 5, 0
    assert stability(logits).tolist() == [1.0, 0.5, 0.0]


def test_specks_are_dropped():
    mask = np.zeros((50, 50), bool)
    mask[5:25, 5:25] = True
    mask[40:42, 40:42] = True
    mask[30:40, 5:15] = True
    out = main_part(mask)
    assert out[10, 10]
    assert out[35, 10]
    assert not out[41, 41]
    assert not main_part(np.zeros((5, 5), bool)).any()


def test_without_a_model_the_hint_says_how_to_get_one():
    with pytest.raises(ModelError, match=r"models pull sam-small.*ICONOSCOPE_SAM"):
        sam.propose(DecodedImage(noise(8, 8), 8, 8))
    with pytest.raises(ModelError, match="models pull sam"):
        SamProposer("sam")


def test_the_environment_names_a_folder(folder, monkeypatch):
    monkeypatch.setenv("ICONOSCOPE_SAM", str(folder))
    assert shared_proposer().network.name == folder.name
    assert shared_proposer() is shared_proposer()
    monkeypatch.setattr(shared_proposer(), "settings", SamSettings(points=2))
    assert len(sam.propose(DecodedImage(noise(20, 30), 30, 20))) <= 24


def test_damaged_and_other_models_are_refused(folder, tmp_path):
    from safetensors.torch import load_file, save_file

    whole = save_random_sam(tmp_path / "part")
    weights = load_file(whole / "model.safetensors")
    save_file(
        {k: v for k, v in weights.items() if "iou_prediction" not in k}, whole / "model.safetensors", {"format": "pt"}
    )
    with pytest.raises(ModelError, match="lack .* parts"):
        SamNetwork(str(whole), "cpu")
    (whole / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError, match="cannot be loaded"):
        SamNetwork(str(whole), "cpu")
    (whole / "config.json").write_text('{"model_type": "vit"}')
    with pytest.raises(ModelError, match="type 'vit', not SAM"):
        SamNetwork(str(whole), "cpu")
