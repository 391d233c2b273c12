"""Collections of any size with the statistics of real ones, for benchmarks/scale.py.

Local features: SIFT of real pictures, perturbed; their words and codes are drawn again and again, so that lists are as
uneven, and codes as alike, as those of real pictures. Vectors: clusters on the sphere, as CLIP's lie.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from indexer.collection.instance_index import GROWTH
from indexer.collection.instance_search import FORMAT
from indexer.collection.instance_segment import make_segment
from indexer.collection.instance_words import Vocabulary, make_vocabulary
from indexer.core.types import Array

KEYPOINTS = 1_000
"""Of an image, as the default settings keep."""
SEGMENT = 20_000
POOL = 200_000
"""Perturbed descriptors whose words and codes are drawn."""
NOISE = 10.0
"""Standard deviation of what is added to a descriptor's numbers (0–255): about that of another print of the block."""
WORDS_IN_TEXT = 12


def real_descriptors(folder: Path) -> Array:
    """uint8 (n, 128): SIFT of the pictures in a folder, at most 60 of them."""
    from indexer.core.settings import DecodeSettings, IndexSettings
    from indexer.decode import decode_file
    from indexer.features import sift

    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
    settings = IndexSettings().sift
    parts = []
    for path in files[:: max(1, len(files) // 60)][:60]:
        image = decode_file(path, DecodeSettings(max_side=1000))
        parts.append(sift.extract(image.rgb, image.scale, settings).descriptors)
    return np.concatenate(parts)


def perturbed(descriptors: Array, count: int, rng: np.random.Generator) -> Array:
    """`count` rows drawn from `descriptors`, uint8 (n, 128), with noise where they are not zero."""
    rows = descriptors[rng.integers(0, len(descriptors), count)]
    noise = rng.normal(0, NOISE, rows.shape).astype(np.float32) * (rows > 0)
    return np.clip(rows + noise, 0, 255).astype(np.uint8)


def make_instance_index(folder: Path, images: int, descriptors: Array, rng: np.random.Generator) -> None:
    """Fill a folder with the same-print index of `images` generated images of `KEYPOINTS` each."""
    folder.mkdir(parents=True)
    vocabulary = _vocabulary(images, descriptors, rng)
    vocabulary.save(folder)
    pool = perturbed(descriptors, POOL, rng)
    word, _ = vocabulary.assign(pool, 2, 1)
    code = vocabulary.codes(pool, word)[:, 0]
    names = []
    for start in range(0, images, SEGMENT):
        names.append(f"segment{len(names) + 1}")
        rows = [_row(i, word[:, 0], code, rng) for i in range(start, min(start + SEGMENT, images))]
        make_segment(len(vocabulary), rows).save(folder, names[-1])
    content = {"format": FORMAT, "words": len(vocabulary), "segments": names}
    (folder / "instance.json").write_text(json.dumps(content), encoding="utf-8")


def _vocabulary(images: int, descriptors: Array, rng: np.random.Generator) -> Vocabulary:
    """Of the size that such a collection would train; words are perturbed real descriptors, by nearest cell."""
    top, branch = next(((t, b) for least, t, b in reversed(GROWTH) if images >= least), (64, 64))
    centres = perturbed(descriptors, top, rng)
    words = perturbed(descriptors, top * branch, rng)
    first = centres.astype(np.float32)
    squares = (first * first).sum(axis=1)
    nearest = np.concatenate(
        [(squares - 2 * part.astype(np.float32) @ first.T).argmin(axis=1) for part in np.array_split(words, 64)]
    )
    return make_vocabulary(centres, words[np.argsort(nearest, kind="stable")])


def _row(image_id: int, words: Array, codes: Array, rng: np.random.Generator) -> tuple[int, float, Array, Array, Array]:
    """One image: words and codes drawn apart from each other.

    Drawn together, every image would hold copies of the same few thousand keypoints. Apart, lists are as long as real
    ones, and two codes of a list lie within the search's 24 bits in 4.7 % of the pairs; in the lists of 1,657 real
    pictures it is 6.8 %.
    """
    word = words[rng.integers(0, len(words), KEYPOINTS)]
    code = codes[rng.integers(0, len(codes), KEYPOINTS)]
    return image_id, 640.0, word, code, rng.integers(0, 2**32, KEYPOINTS).astype(np.uint32)


def clustered_vectors(count: int, dim: int, rng: np.random.Generator) -> Array:
    """float16 (count, dim) unit vectors around a thousand centres, with a common direction as CLIP's have."""
    centres = rng.standard_normal((1_000, dim), dtype=np.float32) + 1.0
    out = np.empty((count, dim), np.float16)
    for start in range(0, count, 65_536):
        n = min(65_536, count - start)
        rows = centres[rng.integers(0, 1_000, n)] + 0.8 * rng.standard_normal((n, dim), dtype=np.float32)
        out[start : start + n] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return out


def make_catalogue(folder: Path, images: int, rng: np.random.Generator) -> None:
    """A collection without pictures: titles of common and rare words (Zipf), years, places; with its word index."""
    from indexer.collection.manifest import Published, write_published
    from indexer.collection.publish import newest_tables, update_full_text
    from indexer.collection.records import ImageRecord
    from indexer.collection.writer import CollectionWriter
    from indexer.core.settings import IndexSettings
    from indexer.core.types import Regions, SourceItem

    words = [f"word{i}" for i in range(50_000)]
    with CollectionWriter(folder, IndexSettings()) as writer:
        for start in range(0, images, 50_000):
            n = min(50_000, images - start)
            drawn = np.minimum(rng.zipf(1.2, (n, WORDS_IN_TEXT)), len(words)) - 1
            years, places = rng.integers(1500, 1930, n), rng.integers(0, 200, n)
            batch = []
            for i in range(n):
                title = " ".join(words[k] for k in drawn[i])
                fields = {"title": title, "year": str(years[i]), "place": f"Place {places[i]}"}
                item = SourceItem(name=f"vol{start // 400}/p{start + i:07d}.jpg", path=Path("p"), fields=fields)
                whole = Regions.of([{"image_id": 0, "box": (0, 0, 600, 800), "kind": "whole"}])
                batch.append(ImageRecord(item, 0, f"{start + i:x}", 600, 800, 0, b"", whole))
            writer.commit(batch)
        update_full_text(writer.table("images"))
        write_published(writer.layout, Published(1, newest_tables(writer), {}))
