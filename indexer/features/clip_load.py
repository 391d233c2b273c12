"""From a model's folder to a network: plain CLIP by `clip_plain`, every other through open_clip."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from indexer.core.errors import ModelError
from indexer.device import Device
from indexer.features.clip_model import Tower
from indexer.features.clip_parts import Parts
from indexer.features.clip_plain import PlainClip, PlainShape, plain_shape
from indexer.features.clip_preprocess import ClipPreprocess
from indexer.features.clip_tokenizer import ClipTokenizer
from indexer.features.clip_transformers import open_transformers_folder
from indexer.models.catalogue import FOLDER_PREFIX
from indexer.models.folder import CONFIG, find_weights, read_config
from indexer.models.silence import quiet

TEXT_TOWER = "text"
"""Sub-folder with the configuration of a text tower that comes from transformers (XLM-R, mT5 …)."""

RANDOM = (
    "uniform_",
    "normal_",
    "trunc_normal_",
    "xavier_uniform_",
    "xavier_normal_",
    "kaiming_uniform_",
    "kaiming_normal_",
)
"""Functions of torch.nn.init that fill weights with random numbers."""
_initialising = threading.Lock()


def open_folder(folder: Path) -> Parts:
    """Read the configuration and the tokenizer, and prepare the loading of the network.

    Raises:
        ModelError: Files are missing, damaged, or do not belong together.
    """
    if not (folder / CONFIG).is_file():
        with _as_model_error(folder):
            return open_transformers_folder(folder)
    config = read_config(folder)
    model_cfg = config.get("model_cfg")
    if not isinstance(model_cfg, Mapping) or "embed_dim" not in model_cfg:
        raise ModelError(f"{folder / CONFIG} has no model_cfg.", "It must be as open_clip writes it.")
    with _as_model_error(folder):
        shape = plain_shape(folder, model_cfg)
        if shape is not None:
            return _plain(folder, config, model_cfg, shape)
        import open_clip

        text_cfg = dict(model_cfg.get("text_cfg", {}))
        context = int(text_cfg.get("context_length") or 77)
        with quiet():
            tokenizer = open_clip.get_tokenizer(f"{FOLDER_PREFIX}{folder}")
        return Parts(
            load=lambda where: _load_network(folder, model_cfg, where),
            tokenizer=tokenizer,
            preprocess=_preprocess_of(config, model_cfg),
            dim=int(model_cfg["embed_dim"]),
            context=context,
            library=f"open_clip {open_clip.__version__}",
        )


def _plain(folder: Path, config: Mapping[str, Any], model_cfg: Mapping[str, Any], shape: PlainShape) -> Parts:
    from importlib.metadata import PackageNotFoundError, version

    path = find_weights(folder)

    def load(where: Device) -> Tower:
        with _as_model_error(folder):
            if path is None:
                raise ModelError(f"{folder} has no file of weights.", "Copy the whole folder again.")
            return PlainClip(path, shape, where)

    try:
        library = f"open_clip {version('open_clip_torch')}"
    except PackageNotFoundError:
        library = "torch"
    preprocess = _preprocess_of(config, model_cfg)
    return Parts(load, ClipTokenizer(shape.context), preprocess, shape.dim, shape.context, library, checked=True)


def _preprocess_of(config: Mapping[str, Any], model_cfg: Mapping[str, Any]) -> ClipPreprocess:
    """Size comes from the network, all else from the weights (as in `open_clip.create_model`)."""
    stated = dict(config.get("preprocess_cfg") or {})
    size = dict(model_cfg.get("vision_cfg", {})).get("image_size") or stated.get("size") or 224
    return ClipPreprocess.of({**stated, "size": size})


def _load_network(folder: Path, model_cfg: Mapping[str, Any], device: Device) -> Tower:
    with _as_model_error(folder), quiet(), _without_random_numbers():
        import open_clip

        network: Any = open_clip.create_model(
            f"{FOLDER_PREFIX}{folder}",
            precision=device.precision,
            device=device.name,
            require_pretrained=True,
            **_text_override(folder, model_cfg),
        )
        network.eval().requires_grad_(False)
        tower: Tower = network
        return tower


def _text_override(folder: Path, model_cfg: Mapping[str, Any]) -> dict[str, Any]:
    """A text tower from transformers finds its configuration in the folder, not on the hub."""
    text_cfg = dict(model_cfg.get("text_cfg", {}))
    if "hf_model_name" not in text_cfg or not (folder / TEXT_TOWER).is_dir():
        return {}
    text_cfg |= {"hf_model_name": str(folder / TEXT_TOWER), "hf_model_pretrained": False}
    return {"text_cfg": text_cfg}


@contextmanager
def _as_model_error(folder: Path) -> Iterator[None]:
    """Whatever open_clip, torch, safetensors or transformers raise becomes one kind of error."""
    try:
        yield
    except ModelError:
        raise
    except ImportError as error:
        raise ModelError(f"{error}", "Install the missing package.") from error
    except Exception as error:
        weights = find_weights(folder)
        what = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"The model in {folder} cannot be loaded: {what}",
            f"Its files are damaged, incomplete or of another architecture ({weights.name if weights else 'no weights'}"
            "); `iconoscope models check` says more, `iconoscope models pull` fetches it again.",
            folder=str(folder),
        ) from error


@contextmanager
def _without_random_numbers() -> Iterator[None]:
    """Spare the random initialisation of weights that are read from the file at once (strictly, so none is left out).

    It takes three quarters of the time that building SigLIP 2 B/16 takes (3.3 s against 0.8 s of one core).
    """
    from torch.nn import init

    with _initialising:
        originals = {name: getattr(init, name) for name in RANDOM}
        try:
            for name in RANDOM:
                setattr(init, name, lambda tensor, *_args, **_options: tensor)
            yield
        finally:
            for name, function in originals.items():
                setattr(init, name, function)
