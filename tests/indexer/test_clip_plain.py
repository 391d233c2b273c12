"""Plain CLIP networks without open_clip: the same numbers, nothing imported, everything else left to open_clip."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexer.core.errors import ModelError
from indexer.features.clip import load_clip
from indexer.features.clip_plain import PlainClip, PlainShape, plain_shape
from indexer.features.clip_tokenizer import ClipTokenizer
from indexer.models.folder import find_weights
from indexer.models.random_clip import TINY, save_random_clip

WIDE = {
    "embed_dim": 20,
    "quick_gelu": True,
    "vision_cfg": {
        "image_size": [32, 48],
        "layers": 3,
        "width": 48,
        "head_width": 16,
        "patch_size": 16,
        "mlp_ratio": 2.5,
    },
    "text_cfg": {"context_length": 12, "vocab_size": 49408, "width": 24, "heads": 3, "layers": 2},
}
TEXTS = ["a ship at sea", "", "Bär, œuvre & 日本", "a printed ship sails under a thin moon " * 3]


@pytest.fixture(scope="module", params=[TINY, WIDE], ids=["tiny", "wide"])
def folder(request, tmp_path_factory):
    return save_random_clip(tmp_path_factory.mktemp("plain") / "clip", request.param, seed=3)


def config_of(folder):
    return json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]


def networks(folder, precision):
    import open_clip

    from indexer.device import pick_device

    theirs = open_clip.create_model(f"local-dir:{folder}", precision=precision).eval().requires_grad_(False)
    shape = plain_shape(folder, config_of(folder))
    return theirs, PlainClip(find_weights(folder), shape, pick_device("cpu", precision)), shape


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_vectors_are_those_of_open_clip(folder, precision):
    import open_clip
    import torch

    theirs, ours, shape = networks(folder, precision)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    for count in (1, 5):
        pixels = torch.from_numpy(np.random.default_rng(count).normal(size=(count, 3, *shape.size))).to(dtype)
        with torch.inference_mode():
            torch.testing.assert_close(ours.encode_image(pixels), theirs.encode_image(pixels), rtol=0, atol=2e-6)
    expected = open_clip.get_tokenizer(f"local-dir:{folder}")(TEXTS)
    tokens = ClipTokenizer(shape.context)(TEXTS)
    assert torch.equal(tokens, expected)
    assert ClipTokenizer(shape.context)(TEXTS, context_length=9).shape == (len(TEXTS), 9)
    with torch.inference_mode():
        assert torch.equal(ours.encode_text(tokens), theirs.encode_text(expected))


def test_a_plain_model_needs_no_open_clip_and_reads_texts_when_they_come(folder):
    code = (
        "import sys\nimport numpy as np\nfrom indexer.features.clip import load_clip\n"
        f"model = load_clip({str(folder)!r}, 'cpu', 'fp32')\n"
        "model.encode_images(np.zeros((2, 3, *model.preprocess.size), np.uint8))\n"
        "assert model._network.result()._text is None\n"
        "assert model.encode_texts(['a ship']).shape == (1, model.dim)\n"
        "assert not {'open_clip', 'torchvision', 'transformers'} & set(sys.modules)\n"
        "assert model.identity['library'].startswith('open_clip ')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "change",
    [
        {"custom_text": True},
        {"vision_cfg": {**TINY["vision_cfg"], "timm_model_name": "vit_base"}},
        {"vision_cfg": {**TINY["vision_cfg"], "layers": [1, 1, 1, 1]}},
        {"vision_cfg": {**TINY["vision_cfg"], "pool_type": "avg"}},
        {"text_cfg": {**TINY["text_cfg"], "hf_model_name": "some/where"}},
        {"text_cfg": {**TINY["text_cfg"], "no_causal_mask": True}},
    ],
)
def test_other_architectures_are_left_to_open_clip(change):
    assert PlainShape.of(TINY) is not None
    assert PlainShape.of({**TINY, **change}) is None


def test_a_file_of_other_tensors_is_left_to_open_clip(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = save_random_clip(tmp_path / "clip")
    path = find_weights(folder)
    tensors = load_file(path)
    assert plain_shape(folder, TINY) is not None
    assert plain_shape(folder, {**TINY, "embed_dim": 25}) is None
    save_file({**tensors, "text.extra": tensors["visual.proj"] + 1}, path)
    assert plain_shape(folder, TINY) is None
    save_file({k: v for k, v in tensors.items() if k != "visual.proj"}, path)
    assert plain_shape(folder, TINY) is None
    path.write_bytes(b"<html>not found</html>")
    assert plain_shape(folder, TINY) is None
    path.unlink()
    assert plain_shape(folder, TINY) is None


def test_a_network_that_cannot_be_read_is_an_error_where_it_is_wanted(tmp_path, monkeypatch):
    folder = save_random_clip(tmp_path / "clip")

    def unreadable(*_arguments):
        raise OSError("input/output error")

    monkeypatch.setattr("indexer.features.clip_plain.PlainClip._read", unreadable)
    model = load_clip(str(folder), "cpu")
    with pytest.raises(ModelError, match="input/output error"):
        model.encode_images(np.zeros((1, 3, 32, 32), np.uint8))


def test_the_tokenizer_falls_back_to_the_package(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    tokens = ClipTokenizer(16)(["a ship"])
    monkeypatch.undo()
    assert (tokens == ClipTokenizer(16)(["a ship"])).all()
