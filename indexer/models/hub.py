"""Fetching models, and taking over what other programs have fetched. The only module that touches the network.

Files go to `<folder>.partial`, which a broken fetch leaves behind to be continued, and the folder gets its name when
all of them are there.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import socket
import threading
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from indexer.core.errors import ModelError
from indexer.models.catalogue import ModelRef
from indexer.models.folder import (
    CONFIG,
    HF_CONFIG,
    MANIFEST,
    WEIGHTS,
    Manifest,
    file_digest,
    read_config,
    write_manifest,
)
from indexer.models.recipe import VOCABULARIES, Part, Recipe, configuration_parts, recipe_of, tokenizer_parts

log = logging.getLogger(__name__)

CONNECT_SECONDS = 3.0
"""How long a connection may take before the machine counts as offline."""
Fetch = Callable[[str, str, Path], Path | None]
"""(repository, file, folder to put it into) → where it is; None when the repository has no such file."""


def offline_reason() -> str:
    """Why the hub cannot be reached, "" when it can. Answers within about CONNECT_SECONDS."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE or os.environ.get("HF_HUB_OFFLINE", "").upper() in constants.ENV_VARS_TRUE_VALUES:
        return "HF_HUB_OFFLINE is set"
    target = urlsplit(urllib.request.getproxies().get("https") or constants.ENDPOINT)
    port = target.port or (80 if target.scheme == "http" else 443)
    return _connect_problem(target.hostname or "", port)


def _connect_problem(host: str, port: int) -> str:
    """Connect in a thread: looking up a name can hang for long without obeying any time limit."""
    result = ["no answer from the model hub"]

    def attempt() -> None:
        try:
            socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
            result[0] = ""
        except OSError as error:
            result[0] = f"the model hub cannot be reached ({error.strerror or error})"

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS + 0.5)
    return result[0]


def fetch_model(ref: ModelRef) -> Path:
    """Fetch a model into its folder, continuing where an earlier fetch stopped.

    Raises:
        ModelError: Offline, unknown to the hub, refused, a full disk; what had come is kept.
    """
    problem = offline_reason()
    if problem:
        raise ModelError(
            f"The model '{ref.asked}' is not on this machine and {problem}.",
            f"Run `{ref.command}` when connected, or copy {ref.folder.name} into the model cache from another machine.",
        )
    return _assemble(ref, _download)


def adopt(ref: ModelRef) -> bool:
    """Build the folder from files that lie in the hub's own cache; whether all of them were there. No network."""
    from huggingface_hub import constants

    if not Path(constants.HF_HUB_CACHE).is_dir():
        return False  # spares importing open_clip to learn what to look for
    try:
        _assemble(ref, _from_hub_cache)
    except (ModelError, OSError) as error:
        log.debug("not in the hub's cache: %s", error)
        return False
    return True


def _assemble(ref: ModelRef, fetch: Fetch) -> Path:
    """All files into the staging folder, then the name. The recipe of the files is in `recipe.py`."""
    recipe = recipe_of(ref)
    if fetch is _from_hub_cache and all(fetch(recipe.repo, name, ref.folder) is None for name in recipe.weights):
        raise ModelError("The weights are not in the hub's cache.")
    staging = ref.folder.with_name(ref.folder.name + ".partial")
    staging.mkdir(parents=True, exist_ok=True)
    if recipe.config is not None:
        (staging / CONFIG).write_text(json.dumps(recipe.config, indent=1), encoding="utf-8")
    _fetch_parts(configuration_parts(ref, recipe), fetch, staging)
    _fetch_weights(ref, recipe, fetch, staging)
    model_cfg = read_config(staging).get("model_cfg") if (staging / CONFIG).is_file() else None
    parts = tokenizer_parts(ref, recipe, model_cfg)
    _fetch_parts(parts, fetch, staging)
    _require_vocabulary(ref, parts, staging)
    return _finish(ref, recipe, staging)


def _fetch_parts(parts: Sequence[Part], fetch: Fetch, staging: Path) -> None:
    for part in parts:
        target = staging / part.target
        target.parent.mkdir(parents=True, exist_ok=True)
        found = fetch(part.repo, part.name, target.parent)
        _place(found, target)
        if found is None and part.required:
            raise ModelError(f"{part.repo} has no {part.name}.", "Choose another model.")


def _require_vocabulary(ref: ModelRef, parts: Sequence[Part], staging: Path) -> None:
    if parts and not any((staging / name).is_file() for name in VOCABULARIES):
        raise ModelError(f"The model '{ref.asked}' comes without its tokenizer.", "Choose another model.")


def _fetch_weights(ref: ModelRef, recipe: Recipe, fetch: Fetch, staging: Path) -> None:
    for name in recipe.weights:
        found = fetch(recipe.repo, name, staging)
        if found is not None:
            target = name if name in WEIGHTS else WEIGHTS[0] if name.endswith(".safetensors") else WEIGHTS[2]
            _place(found, staging / target)
            return
    raise ModelError(f"{recipe.repo} offers no weights for '{ref.asked}'.", "Choose another model.")


def _place(found: Path | None, target: Path) -> None:
    """Put a file where the folder needs it: a hard link to a cached one, else a copy, else it is there already."""
    if found is None or found == target:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    real = found.resolve()
    if found.parent == target.parent:
        found.rename(target)
        return
    try:
        os.link(real, target)
    except OSError:
        shutil.copyfile(real, target)


def _finish(ref: ModelRef, recipe: Recipe, staging: Path) -> Path:
    shutil.rmtree(staging / ".cache", ignore_errors=True)
    (staging / MANIFEST).unlink(missing_ok=True)
    if not (staging / CONFIG).is_file() and not (staging / HF_CONFIG).is_file():
        raise ModelError(f"{recipe.repo} has no {CONFIG}.", "Choose a model for open_clip or transformers.")
    files = {
        path.relative_to(staging).as_posix(): (path.stat().st_size, file_digest(path))
        for path in sorted(staging.rglob("*"))
        if path.is_file()
    }
    write_manifest(staging, Manifest(ref.name, ref.kind, recipe.repo, files))
    if ref.folder.exists():
        shutil.rmtree(ref.folder)
    staging.rename(ref.folder)
    return ref.folder


def _download(repo: str, name: str, folder: Path) -> Path | None:
    """One file from the hub, continued if begun."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError, RepositoryNotFoundError

    if repo.startswith("url:"):
        return _download_url(repo.removeprefix("url:"), folder)
    try:
        return Path(hf_hub_download(repo, name, local_dir=folder, etag_timeout=CONNECT_SECONDS))
    except LocalEntryNotFoundError as error:
        raise _broken(repo, name, error) from error
    except EntryNotFoundError:
        return None
    except RepositoryNotFoundError as error:
        raise ModelError(f"The hub has no '{repo}', or it needs a login.", "Check the name.") from error
    except Exception as error:
        raise _broken(repo, name, error) from error


def _broken(repo: str, name: str, error: Exception) -> ModelError:
    what = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
    return ModelError(f"Fetching {name} of {repo} broke off: {what}", "Run the command again, it continues.")


def _download_url(url: str, folder: Path) -> Path:
    """Weights that open_clip fetches from an address of their own; it checks their SHA-256."""
    import open_clip

    try:
        return Path(open_clip.download_pretrained_from_url(url, cache_dir=str(folder)))
    except Exception as error:
        raise _broken(urlsplit(url).hostname or url, Path(url).name, error) from error


def _from_hub_cache(repo: str, name: str, folder: Path) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    if repo.startswith("url:"):
        return None
    found: Any = try_to_load_from_cache(repo, name)
    return Path(found) if isinstance(found, str) else None
