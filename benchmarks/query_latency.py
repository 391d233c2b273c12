"""A text or image query over many vectors against the bare encoder plus the bare FAISS search. Target: at most 1.3.

python benchmarks/query_latency.py [--vectors 100000] [--model ViT-B-32] [--rounds 15] [--json]
Random weights and vectors: the cost is that of trained ones. The bare side is open_clip's encoder at the same precision
and FAISS's fastest exact index (fp16 scalar quantiser, in memory); ours is the channel as the engine asks it, with
preprocessing, the mapped index on disk and the mapping to regions. Every query is new, so that no cache helps.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.common import in_turn, row, run_model_benchmark

K = 50


def measure(folder: Path, options: argparse.Namespace) -> list[dict]:
    """Rows of results."""
    from indexer.collection.semantic_index import SemanticIndexBuilder
    from indexer.features.clip import load_clip
    from indexer.models.random_clip import save_random_clip
    from search.channels.semantic import SemanticChannel

    name, count = options.model, options.vectors
    model = load_clip(str(save_random_clip(folder / name, name)), options.device)
    snapshot = made_snapshot(count, model.dim, folder / "index")
    snapshot.folder.mkdir()
    SemanticIndexBuilder(model.vector_name).build(snapshot, None, snapshot.folder)
    channel = SemanticChannel(snapshot, model, model.vector_name)
    channel.warm()
    bare = bare_side(folder / name, model, snapshot)
    rows = []
    for kind in ("text", "image"):
        ours, limit = queries(kind, channel, bare)
        for _ in range(3):
            ours(), limit()
        seconds = in_turn({"ours": ours, "bare": limit}, options.rounds)
        times = statistics.median(a / b for a, b in zip(seconds["ours"], seconds["bare"], strict=True))
        millis = 1000 * statistics.median(seconds["ours"])
        what = f"{kind} query over {count:,} vectors: channel of bare encoder + bare FAISS"
        rows.append(row(what, round(times, 3), "×", "≤ 1.3", times <= 1.3))
        rows.append(row(f"{kind} query, median", round(millis, 1), "ms"))
    return rows


def made_snapshot(count: int, dim: int, folder: Path) -> SimpleNamespace:
    """One region an image, random unit vectors."""
    import numpy as np

    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((count, dim), dtype=np.float32)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    ids = np.arange(count, dtype=np.int64)
    return SimpleNamespace(
        images=SimpleNamespace(ids=ids),
        regions=SimpleNamespace(ids=ids, image_positions=ids, positions=np.asarray),
        vectors=lambda name: (ids, vectors),
        index_folder=lambda name: folder,
        folder=folder,
    )


def bare_side(folder: Path, model, snapshot) -> SimpleNamespace:
    """open_clip's network and tokenizer, and a FAISS index in memory."""
    import faiss
    import open_clip

    vectors = snapshot.vectors("")[1]
    index = faiss.IndexScalarQuantizer(model.dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors[:10].astype("float32"))
    index.add(vectors.astype("float32"))
    network = open_clip.create_model(
        f"local-dir:{folder}", precision=model.device.precision, device=model.device.name
    ).eval()
    return SimpleNamespace(
        network=network, tokenizer=open_clip.get_tokenizer(f"local-dir:{folder}"), index=index, model=model
    )


def queries(kind: str, channel, bare):
    """Ours and the bare one; each call is another query."""
    import itertools

    import numpy as np
    import torch
    from torch.nn.functional import normalize

    from indexer.core.types import DecodedImage
    from indexer.features.clip_model import torch_dtype
    from search.channels.base import ChannelRequest, QueryPicture, QueryText

    numbers = itertools.count()
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 256, (600, 800, 3), np.uint8)
    tensor = torch.randn(1, 3, *bare.model.preprocess.size, dtype=torch_dtype(bare.model.device))
    tensor = tensor.to(bare.model.device.name)

    def ours() -> None:
        if kind == "text":
            channel.search(ChannelRequest(texts=[QueryText(f"a ship with {next(numbers)} sails")], limit=K))
        else:
            shown = QueryPicture(lambda side: DecodedImage(picture, 800, 600))
            channel.search(ChannelRequest(pictures=[shown], limit=K))

    def limit() -> None:
        with torch.inference_mode():
            if kind == "text":
                tokens = bare.tokenizer([f"a ship with {next(numbers)} sails"]).to(bare.model.device.name)
                vector = bare.network.encode_text(tokens)
            else:
                vector = bare.network.encode_image(tensor)
            vector = normalize(vector.float(), dim=-1).cpu().numpy()
        bare.index.search(vector, K)

    return ours, limit


if __name__ == "__main__":
    run_model_benchmark(str(__doc__), measure, {"vectors": 100_000, "rounds": 15})
