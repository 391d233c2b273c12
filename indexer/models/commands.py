"""What `iconoscope models list|pull|check` does; plain values, no printing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.core.errors import IconoscopeError, ModelError
from indexer.core.settings import model_cache
from indexer.models.catalogue import ModelRef, default_preset, presets, resolve
from indexer.models.folder import file_digest, find_weights, is_ready, missing_files, read_manifest, require_ready


@dataclass(frozen=True, slots=True)
class ModelState:
    """One line of `models list`.

    Attributes:
        name: What to write after `--clip` (or, for kind `sam`, in the settings).
        kind: `clip` or `sam`.
        model: What the name stands for.
        state: `ready`, `incomplete` (a fetch broke off, or files changed) or `missing`.
        default: Whether `--clip auto` means it.
        megabytes: On disk when ready, else about what would be downloaded; 0 when unknown.
        folder: Where it is or would be.
        about: For people.
        command: What fetches it, "" when it is ready.
    """

    name: str
    kind: str
    model: str
    state: str
    default: bool
    megabytes: int
    folder: str
    about: str
    command: str


@dataclass(frozen=True, slots=True)
class ModelCheck:
    """Result of `models check NAME`.

    Attributes:
        name: As asked.
        ok: Whether the model can be used.
        problems: What is wrong, one sentence each.
        hint: What to do next, "" when all is well.
        device: What it ran on, "" when it did not run.
        dim: Length of its vectors, 0 for SAM.
        weights: Digest of the weights.
        seconds: Loading, and then one picture and one text (for SAM one picture).
    """

    name: str
    ok: bool
    problems: Sequence[str] = ()
    hint: str = ""
    device: str = ""
    dim: int = 0
    weights: str = ""
    seconds: float = 0.0


def list_models() -> list[ModelState]:
    """All presets, then whatever else lies in the model cache."""
    rows = [_state(resolve(p.name), p.name == default_preset(), p.megabytes, p.about) for p in presets().values()]
    known = {row.folder for row in rows}
    for kind in ("clip", "sam"):
        folder = model_cache() / kind
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            manifest = read_manifest(path)
            if manifest is not None and str(path) not in known:
                origin = "hub" if manifest.name.startswith("hf-hub:") or kind == "sam" else "tag"
                rows.append(_state(ModelRef(manifest.name, kind, origin, path, manifest.repo, manifest.name), False))
    return rows


def _state(ref: ModelRef, default: bool, megabytes: int = 0, about: str = "") -> ModelState:
    partial = ref.folder.with_name(ref.folder.name + ".partial")
    ready = is_ready(ref)
    state = "ready" if ready else "incomplete" if ref.folder.is_dir() or partial.is_dir() else "missing"
    if ready:
        megabytes = max(1, round(sum(p.stat().st_size for p in ref.folder.rglob("*") if p.is_file()) / 1e6))
    command = "" if ready else ref.command
    return ModelState(ref.asked, ref.kind, ref.name, state, default, megabytes, str(ref.folder), about, command)


def pull(name: str) -> ModelState:
    """Fetch a model (nothing is done when it is here already).

    Raises:
        ModelError: Unknown, offline, refused, or broken off; what had come is kept and continued next time.
    """
    from indexer.models.hub import adopt, fetch_model

    ref = resolve(name)
    if ref.origin == "folder":
        require_ready(ref)
    elif not is_ready(ref) and not adopt(ref):
        try:
            fetch_model(ref)
        except OSError as error:
            raise ModelError(
                f"'{name}' cannot be stored in {ref.folder.parent}: {error.strerror or error}.",
                "Free some space or set ICONOSCOPE_MODELS to another folder.",
            ) from error
    return _state(ref, name == default_preset())


def check(name: str, device: str = "auto") -> ModelCheck:
    """Whether a model is whole and works: files, digests, one picture and one text."""
    try:
        ref = resolve(name)
        require_ready(ref)
    except ModelError as error:
        return ModelCheck(name, False, (error.message,), error.hint)
    problems = missing_files(ref.folder) or _changed_files(ref.folder)
    if problems:
        hint = f"Run `{ref.command}`." if ref.origin != "folder" else "Copy the folder again."
        return ModelCheck(name, False, tuple(problems), hint)
    try:
        return _try_out(ref, device)
    except IconoscopeError as error:
        return ModelCheck(name, False, (error.message,), error.hint)


def _changed_files(folder: Path) -> list[str]:
    """Files whose bytes are not those that were fetched."""
    manifest = read_manifest(folder)
    files = manifest.files if manifest is not None else {}
    return [
        f"{name} has changed since it was fetched" for name, (_, d) in files.items() if file_digest(folder / name) != d
    ]


def _try_out(ref: ModelRef, device: str) -> ModelCheck:
    import time

    import numpy as np

    start = time.perf_counter()
    if ref.kind == "sam":
        from indexer.regions.sam import try_out

        where = try_out(ref.asked, device)
        weights = find_weights(ref.folder)
        digest = file_digest(weights) if weights is not None else ""
        return ModelCheck(ref.asked, True, device=where, weights=digest, seconds=time.perf_counter() - start)
    from indexer.features.clip import load_clip

    model = load_clip(ref.asked, device)
    picture = np.random.default_rng(0).integers(0, 256, (1, 3, *model.preprocess.size), np.uint8)
    vectors = np.concatenate([model.encode_images(picture), model.encode_texts(["a ship"])])
    seconds = time.perf_counter() - start
    if vectors.shape != (2, model.dim) or not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3):
        return ModelCheck(ref.asked, False, ("Its vectors are not finite numbers.",), "Fetch the model again.")
    return ModelCheck(ref.asked, True, (), "", model.device.label, model.dim, model.identity["weights"], seconds)
