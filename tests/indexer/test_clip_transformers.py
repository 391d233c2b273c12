import json

import numpy as np
import pytest

from indexer.core.errors import ModelError
from indexer.features.clip import load_clip

WORDS = ["a", "ship", "lion", "at", "sea", "tree"]
SMALL = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("ICONOSCOPE_MODELS", str(tmp_path / "models"))


def save_tokenizer(folder):
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: i for i, word in enumerate(["<pad>", "<s>", "</s>", "<unk>", *WORDS])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    return len(vocabulary)


def save(folder, kind):
    import torch
    import transformers

    torch.manual_seed(0)
    size = save_tokenizer(folder)
    text = {
        **SMALL,
        "vocab_size": size,
        "max_position_embeddings": 12,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }
    vision = {**SMALL, "image_size": 32, "patch_size": 16}
    if kind == "clip":
        config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=20)
        network = transformers.CLIPModel(config)
        processor = {"size": {"shortest_edge": 32}, "resample": 3, "do_center_crop": True}
    else:
        config = transformers.SiglipConfig(text_config=text, vision_config=vision)
        network = transformers.SiglipModel(config)
        processor = {"size": {"height": 32, "width": 32}, "resample": 2}
    network.eval().save_pretrained(folder)
    processor |= {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4]}
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    return network


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_vectors_are_those_of_transformers(tmp_path, kind):
    import torch
    import transformers

    network = save(tmp_path / kind, kind)
    (tmp_path / kind).mkdir(exist_ok=True)
    model = load_clip(str(tmp_path / kind), "cpu", "fp32")
    assert model.dim == (20 if kind == "clip" else 32)
    assert model.preprocess.resize_mode == ("shortest" if kind == "clip" else "squash")
    assert model.preprocess.interpolation == ("bicubic" if kind == "clip" else "bilinear")
    batch = np.random.default_rng(0).integers(0, 256, (3, 3, 32, 32), np.uint8)
    texts = ["a ship at sea", "lion"]
    tokens = transformers.AutoTokenizer.from_pretrained(tmp_path / kind)(
        texts, padding="max_length", max_length=12, return_tensors="pt"
    )
    x = (torch.from_numpy(batch).float() / 255 - torch.tensor([0.5, 0.4, 0.3])[:, None, None]) / torch.tensor(
        [0.2, 0.3, 0.4]
    )[:, None, None]
    mask = {"attention_mask": tokens.attention_mask} if kind == "clip" else {}
    with torch.inference_mode():
        out = network(input_ids=tokens.input_ids, pixel_values=x, **mask)
    np.testing.assert_allclose(model.encode_images(batch), out.image_embeds.numpy(), atol=1e-5)
    np.testing.assert_allclose(model.encode_texts(texts), out.text_embeds.numpy(), atol=1e-5)
    assert model.truncates("a ship at sea " * 5)
    assert not model.truncates("a ship at sea")


def test_weights_that_lack_parts_are_refused(tmp_path):
    from safetensors.torch import load_file, save_file

    save(tmp_path / "m", "clip")
    path = tmp_path / "m" / "model.safetensors"
    weights = load_file(path)
    save_file({k: v for k, v in weights.items() if "visual_projection" not in k}, path, metadata={"format": "pt"})
    with pytest.raises(ModelError, match="lack 1 parts"):
        load_clip(str(tmp_path / "m"))


def test_another_kind_of_model_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "model.safetensors").write_bytes(b"x")
    with pytest.raises(ModelError, match="type 'bert', not CLIP"):
        load_clip(str(tmp_path))
