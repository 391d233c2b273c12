"""A model's folder: which files it needs, whether they are whole, and the digest that says which weights these are.

Every model is loaded from a folder: `open_clip_config.json` (architecture and preprocessing), one file of weights,
and the tokenizer's files where it has any. Fetched ones also hold `iconoscope-model.json`, written last, with the
size and digest of every file; without it a fetch has not ended.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from indexer.core.errors import ModelError
from indexer.core.settings import model_cache
from indexer.models.catalogue import ModelRef

MANIFEST = "iconoscope-model.json"
CONFIG = "open_clip_config.json"
HF_CONFIG = "config.json"
WEIGHTS = (
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
    "open_clip_pytorch_model.pth",
    "model.safetensors",
    "pytorch_model.bin",
    "pytorch_model.pth",
    "model.pth",
)
"""Names of weight files in the order in which open_clip prefers them (`open_clip.factory._find_checkpoint_in_dir`)."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a fetched folder holds: names to sizes in bytes and BLAKE2b-128 digests."""

    name: str
    kind: str
    repo: str = ""
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the mark of a finished fetch, by rename."""
    temporary = folder / (MANIFEST + ".tmp")
    temporary.write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True), encoding="utf-8")
    os.replace(temporary, folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest | None:
    """The mark of a finished fetch; None when there is none or it cannot be read."""
    try:
        row = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {str(k): (int(v[0]), str(v[1])) for k, v in row["files"].items()}
        return Manifest(str(row["name"]), str(row["kind"]), str(row.get("repo", "")), files)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def missing_files(folder: Path) -> list[str]:
    """Files that the manifest lists and that are absent or of another size, with the reason."""
    manifest = read_manifest(folder)
    if manifest is None:
        return []
    problems = []
    for name, (size, _) in manifest.files.items():
        path = folder / name
        if not path.is_file():
            problems.append(f"{name} is missing")
        elif path.stat().st_size != size:
            problems.append(f"{name} has {path.stat().st_size} bytes instead of {size}")
    return problems


def find_weights(folder: Path) -> Path | None:
    """The file of weights that would be loaded, None when there is none."""
    for name in WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    others = sorted(p for p in folder.glob("*") if p.suffix in (".safetensors", ".bin", ".pth", ".pt"))
    return others[0] if others else None


def is_ready(ref: ModelRef) -> bool:
    """Whether the files are there (not whether they load)."""
    if ref.origin != "folder" and read_manifest(ref.folder) is None:
        return False
    has_config = (ref.folder / CONFIG).is_file() or (ref.folder / HF_CONFIG).is_file()
    return has_config and find_weights(ref.folder) is not None and not missing_files(ref.folder)


def require_ready(ref: ModelRef) -> None:
    """Raise ModelError, with what is missing and what to do, unless the files are there."""
    if is_ready(ref):
        return
    again = f"Run `{ref.command}`." if ref.origin != "folder" else "Copy the whole folder again."
    partial = ref.folder.with_name(ref.folder.name + ".partial")
    if not ref.folder.is_dir():
        state = "has been fetched only in part" if partial.is_dir() else "is not on this machine"
        raise ModelError(f"The model '{ref.asked}' {state}.", again)
    problems = missing_files(ref.folder) or _structure_problems(ref)
    raise ModelError(f"The model '{ref.asked}' is not complete: {'; '.join(problems)}.", again, folder=str(ref.folder))


def _structure_problems(ref: ModelRef) -> list[str]:
    problems = []
    if not (ref.folder / CONFIG).is_file() and not (ref.folder / HF_CONFIG).is_file():
        problems.append(f"{CONFIG} is missing")
    if find_weights(ref.folder) is None:
        problems.append("there is no file of weights")
    return problems or [f"{MANIFEST} is missing"]


def read_config(folder: Path, name: str = CONFIG) -> dict[str, Any]:
    """A JSON file of the model.

    Raises:
        ModelError: It cannot be read or is not a JSON object.
    """
    try:
        config = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder / name} cannot be read: {error}", "Fetch or copy the model again.") from error
    if not isinstance(config, dict):
        raise ModelError(f"{folder / name} is not a JSON object.", "Fetch or copy the model again.")
    return config


def file_digest(path: Path) -> str:
    """Hex BLAKE2b-128 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def weights_digest(path: Path) -> str:
    """Digest of a weight file, remembered in the model cache by path, size and time (a read-only cache is no error)."""
    real = path.resolve()
    stat = real.stat()
    key = f"{real}|{stat.st_size}|{stat.st_mtime_ns}"
    memory = model_cache() / "digests.json"
    try:
        known = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if isinstance(known, dict) and isinstance(known.get(key), str):
        return str(known[key])
    digest = file_digest(real)
    _remember(memory, {**(known if isinstance(known, dict) else {}), key: digest})
    return digest


def _remember(memory: Path, known: Mapping[str, str]) -> None:
    temporary = memory.with_name(f"{memory.name}.{os.getpid()}")
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(dict(list(known.items())[-64:])), encoding="utf-8")
        os.replace(temporary, memory)
    except OSError:
        temporary.unlink(missing_ok=True)
