import json
import shutil

import numpy as np
import pytest

from indexer.core.errors import ModelError
from indexer.features import clip, clip_load
from indexer.features.clip import load_clip
from indexer.features.clip_preprocess import ClipPreprocess
from indexer.models.random_clip import TINY, save_random_clip


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("ICONOSCOPE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_random_clip(tmp_path_factory.mktemp("clip") / "tiny", preprocess_cfg={"mean": [0.4, 0.5, 0.6]})


@pytest.fixture(scope="module")
def model(folder):
    return load_clip(str(folder), "cpu", "fp32")


def pixels(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 3, 32, 32), np.uint8)


def bare(folder):
    """The same network through open_clip alone."""
    import open_clip

    network = open_clip.create_model(f"local-dir:{folder}", require_pretrained=True).eval()
    return network, open_clip.get_tokenizer(f"local-dir:{folder}")


def test_images_are_those_of_open_clip(folder, model):
    import torch

    network, _ = bare(folder)
    batch = pixels(7)
    x = torch.from_numpy(batch).float().div(255)
    x = (x - torch.tensor([0.4, 0.5, 0.6])[:, None, None]) / torch.tensor(model.preprocess.std)[:, None, None]
    with torch.inference_mode():
        expected = network.encode_image(x, normalize=True).numpy()
    got = model.encode_images(batch)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_texts_are_those_of_open_clip(folder, model):
    import torch

    network, tokenizer = bare(folder)
    texts = ["a ship at sea", "", "Bär, œuvre & 日本", "a ship at sea"]
    with torch.inference_mode():
        expected = network.encode_text(tokenizer(texts), normalize=True).numpy()
    np.testing.assert_allclose(model.encode_texts(texts), expected, atol=1e-5)
    np.testing.assert_allclose(model.encode_texts(texts[:1]), expected[:1], atol=1e-5)  # from the cache


def test_bf16_stays_close(folder, model):
    low = load_clip(str(folder), "cpu", "bf16")
    assert low.identity["precision"] == "bf16"
    assert (low.encode_images(pixels(9)) * model.encode_images(pixels(9))).sum(axis=1).min() > 0.999
    assert (low.encode_texts(["a", "b c"]) * model.encode_texts(["a", "b c"])).sum(axis=1).min() > 0.999
    assert low.key == model.key
    assert clip.same_model(low.identity, model.identity)


def test_any_number_of_pictures_in_any_form(model):
    import torch

    batch = pixels(21)
    whole = model.encode_images(batch)
    np.testing.assert_allclose(
        np.concatenate([model.encode_images(batch[i : i + 1]) for i in range(21)]), whole, atol=1e-5
    )
    np.testing.assert_allclose(model.encode_images(torch.from_numpy(batch)), whole, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(whole, axis=1), 1, atol=1e-5)
    assert model.encode_images(batch[:0]).shape == (0, 24)
    assert model.encode_texts([]).shape == (0, 24)


@pytest.mark.parametrize("batch", [np.zeros((2, 3, 31, 32), np.uint8), np.zeros((2, 3, 32, 32), np.float32)])
def test_wrong_pixels_are_refused(model, batch):
    with pytest.raises(ValueError, match="expected uint8"):
        model.encode_images(batch)


def test_loading_leaves_torch_as_it_was(folder):
    from torch.nn import init

    before = {name: getattr(init, name) for name in clip_load.RANDOM}
    load_clip(str(folder))
    assert {name: getattr(init, name) for name in clip_load.RANDOM} == before


def test_long_texts_are_cut_and_said_so(model):
    words = "a printed ship sails under a thin moon " * 2
    assert not model.truncates("a printed ship sails under a thin moon")
    assert model.truncates(words)
    assert model.truncates("word " * 10_000)
    vectors = model.encode_texts([words, words + "and more"])
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-5)


def test_out_of_memory_halves_the_batch(folder, monkeypatch):
    import torch

    model = load_clip(str(folder), "cpu", "fp32")
    expected = model.encode_images(pixels(20))
    sizes, real = [], model._forward

    def small_memory(batch):
        sizes.append(len(batch))
        if len(batch) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(batch)

    monkeypatch.setattr(model, "_forward", small_memory)
    np.testing.assert_allclose(model.encode_images(pixels(20)), expected, atol=1e-5)
    assert model.batch_size <= 3
    sizes.clear()
    model.encode_images(pixels(6))
    assert max(sizes) <= 3


def test_not_even_one_picture_fits(folder, monkeypatch):
    import torch

    model = load_clip(str(folder), "cpu", "fp32")

    def no_memory(batch):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(model, "_forward", no_memory)
    with pytest.raises(ModelError, match="not enough memory"):
        model.encode_images(pixels(5))


def test_a_lost_gpu_continues_on_the_cpu(folder, monkeypatch):
    from indexer.device import Device

    model = load_clip(str(folder), "cpu", "fp32")
    expected = model.encode_images(pixels(5))
    monkeypatch.setattr("indexer.device.has_cuda", lambda: False)
    model.device = Device("cuda:0", "fp32", 2, "GPU")
    real = model._forward

    def broken(batch):
        if model.device.is_cuda:
            raise RuntimeError("CUDA error: unspecified launch failure")
        return real(batch)

    monkeypatch.setattr(model, "_forward", broken)
    monkeypatch.setattr("torch.Tensor.pin_memory", lambda self: self)
    got = model.encode_images(pixels(5))
    assert (got * expected).sum(axis=1).min() > 0.999
    assert "GPU stopped working" in model.notes[0]


def test_identity_follows_the_weights_not_the_place(folder, model, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "elsewhere")
    other = save_random_clip(tmp_path / "other" / "tiny", seed=1)
    assert clip.same_model(load_clip(str(copy)).identity, model.identity)
    assert not clip.same_model(load_clip(str(other)).identity, model.identity)
    assert load_clip(str(other)).key != model.key
    assert model.key == "tiny-" + model.identity["weights"][:8]
    assert model.vector_name == "clip-" + model.key
    assert json.loads(json.dumps(model.identity)) == model.identity
    assert str(folder) not in json.dumps(model.identity)


def test_a_recorded_model_is_found_again_or_refused(folder, model, tmp_path):
    moved = shutil.copytree(folder, tmp_path / "tiny")
    assert clip.load_recorded(model.identity, str(moved)).key == model.key
    other = save_random_clip(tmp_path / "new" / "tiny", seed=1)
    with pytest.raises(ModelError, match="other weights"):
        clip.load_recorded(model.identity, str(other))
    with pytest.raises(ModelError, match="There is no"):
        clip.load_recorded(model.identity, str(tmp_path / "gone"))


def broken(tmp_path, folder, damage):
    copy = shutil.copytree(folder, tmp_path / "tiny")
    damage(copy)
    return copy


WEIGHTS = "open_clip_model.safetensors"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / WEIGHTS).write_bytes((f / WEIGHTS).read_bytes()[:-5000]), "cannot be loaded"),
        (lambda f: (f / WEIGHTS).write_bytes(b""), "cannot be loaded"),
        (lambda f: (f / WEIGHTS).write_bytes(b"<html>not found</html>"), "cannot be loaded"),
        (lambda f: (f / WEIGHTS).unlink(), "no file of weights"),
        (lambda f: (f / "open_clip_config.json").write_text("{"), "cannot be read"),
        (lambda f: (f / "open_clip_config.json").write_text("[]"), "not a JSON object"),
        (lambda f: (f / "open_clip_config.json").write_text("{}"), "no model_cfg"),
        (lambda f: (f / "open_clip_config.json").unlink(), "open_clip_config.json is missing"),
        (lambda f: save_config(f, embed_dim=32), "cannot be loaded"),
        (lambda f: save_config(f, vision_cfg={**TINY["vision_cfg"], "layers": 3}), "cannot be loaded"),
        (
            lambda f: save_config(f, text_cfg={**TINY["text_cfg"], "hf_tokenizer_name": "some/where"}),
            "cannot be loaded",
        ),
    ],
)
def test_damaged_models_are_clear_errors(tmp_path, folder, damage, message):
    with pytest.raises(ModelError, match=message) as caught:
        load_clip(str(broken(tmp_path, folder, damage)))
    assert caught.value.hint


def save_config(folder, **changes):
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": {**TINY, **changes}}))


def test_auto_goes_on_without_and_says_how_to_get_it():
    choice = clip.choose_clip("auto")
    assert choice.model is None
    assert "HF_HUB_OFFLINE" in choice.reason
    assert choice.command == "iconoscope models pull multilingual"
    assert clip.choose_clip("none") == clip.ClipChoice(None)


def test_a_named_model_that_is_not_here_is_an_error(folder):
    with pytest.raises(ModelError, match="models pull fast"):
        load_clip("fast")
    with pytest.raises(ModelError, match="not on this machine and HF_HUB_OFFLINE is set"):
        clip.choose_clip("fast")
    assert clip.choose_clip(str(folder)).model.dim == 24


def test_preprocess_is_free_of_torch():
    import subprocess
    import sys

    code = (
        "import sys; import indexer.features.clip, indexer.features.clip_preprocess; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert ClipPreprocess.of({}).size == (224, 224)
