"""Whole runs against clip-retrieval on the same pictures, weights and machine: embeddings of a folder, and their index.

    uv venv PEER && VIRTUAL_ENV=PEER uv pip install clip-retrieval "setuptools<70"
    python benchmarks/peer_clip_retrieval.py PEER FOLDER [--images 600] [--rounds 2]

Both programs run as their users run them, in turn: `clip-retrieval inference` and `index` (autofaiss), `iconoscope
index`. Ours does more: thumbnails, catalogue, signature, same-print features. ViT-B/32 with random weights, the same
file for both; the cosines between the two embeddings of a picture say whether they did the same work.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.common import row

NAME = "ViT-B-32"


def choose(source: Path, target: Path, count: int) -> Path:
    """Links to `count` pictures of `source`, spread over its names: clip-retrieval reads whole folders."""
    files = sorted(f for f in source.rglob("*") if f.suffix.lower() in (".jpg", ".jpeg", ".png"))
    target.mkdir()
    for number, file in enumerate(files[:: max(1, len(files) // count)][:count]):
        (target / f"{number:06d}{file.suffix.lower()}").symlink_to(file.resolve())
    return target


def peer_commands(peer: Path, pictures: Path, weights: Path, out: Path) -> list[list[str]]:
    """What a user of clip-retrieval types."""
    program = str(peer / "bin" / "clip-retrieval")
    inference = [program, "inference", "--input_dataset", str(pictures), "--output_folder", str(out)]
    inference += ["--enable_text", "False", "--clip_model", f"open_clip:{NAME}/{weights}", "--num_prepro_workers", "2"]
    index = [program, "index", "--embeddings_folder", str(out), "--index_folder", str(out / "index")]
    return [inference, index]


def timed(commands: list[list[str]]) -> tuple[float, float]:
    """Seconds by the clock and of the processors; what the commands print is kept back unless they fail."""
    start, before = time.perf_counter(), os.times()
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{command[0]} failed:\n{done.stderr[-3000:]}")
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - start, used


def agreement(collection: Path, out: Path) -> list[float]:
    """Cosines between the embeddings that both programs gave each picture."""
    import numpy as np
    from pyarrow import parquet

    from indexer.collection.snapshot import open_snapshot

    snapshot = open_snapshot(collection)
    images = snapshot.table("images").to_table(columns=["image_id", "name"]).to_pylist()
    names = {image["image_id"]: Path(image["name"]).stem for image in images}
    table = next(name for name in snapshot.models if name != "signature")
    rows = snapshot.table(f"vectors/{table}").to_table().to_pylist()
    ours = {names[r["image_id"]]: np.asarray(r["vector"], np.float32) for r in rows}
    theirs = np.concatenate([np.load(f) for f in sorted((out / "img_emb").glob("*.npy"))]).astype(np.float32)
    files = [
        p for f in sorted((out / "metadata").glob("*.parquet")) for p in parquet.read_table(f)["image_path"].to_pylist()
    ]
    return [float(ours[Path(f).stem] @ v) for f, v in zip(files, theirs, strict=True)]


def main() -> None:
    """Measure in turn and print one line of JSON."""
    from indexer.models.random_clip import save_random_clip

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", type=Path, help="environment in which clip-retrieval is installed")
    parser.add_argument("folder", type=Path, help="pictures")
    parser.add_argument("--images", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        pictures = choose(options.folder, folder / "pictures", options.images)
        model = save_random_clip(folder / NAME, NAME)
        weights = next(f for f in model.iterdir() if f.suffix in (".safetensors", ".bin", ".pt"))
        out, collection = folder / "peer", folder / "collection"
        ours = [sys.executable, "-m", "iconoscope", "index", str(pictures), "--collection", str(collection)]
        ours += ["--clip", str(model)]
        seconds: dict[str, list[tuple[float, float]]] = {"peer": [], "ours": []}
        for _ in range(options.rounds):
            for used in (out, collection):
                shutil.rmtree(used, ignore_errors=True)
            seconds["peer"].append(timed(peer_commands(options.peer, pictures, weights, out)))
            seconds["ours"].append(timed([ours]))
        cosines = agreement(collection, out)
    count = len(cosines)
    clock = {name: statistics.median(s for s, _ in pairs) for name, pairs in seconds.items()}
    work = {name: statistics.median(s for _, s in pairs) for name, pairs in seconds.items()}
    print(
        json.dumps(
            [
                row("pictures a second of clip-retrieval's (whole runs)", round(clock["peer"] / clock["ours"], 2), "×"),
                row("processor time of clip-retrieval's", round(work["ours"] / work["peer"], 2), "×"),
                row("clip-retrieval, inference and index", round(count / clock["peer"], 2), "images/s"),
                row("iconoscope index, all features", round(count / clock["ours"], 2), "images/s"),
                row("cosine between both embeddings, median", round(statistics.median(cosines), 4), ""),
                row("cosine between both embeddings, smallest", round(min(cosines), 4), ""),
            ]
        )
    )


if __name__ == "__main__":
    main()
