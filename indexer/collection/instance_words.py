"""Visual words in two levels, and 64-bit codes inside a word (Hamming embedding, Jégou et al. 2008).

A word is a cell of a two-level k-means tree. Inside it a descriptor keeps only 64 bits: on which side of the word's
centre it lies along 64 fixed random directions.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.core.errors import CollectionError
from indexer.core.types import Array
from indexer.device import cpu_count

BITS = 64
BLOCK = 16_384
"""Descriptors that are compared with all centres at a time, by one thread."""
REBUILD = "Run `iconoscope index` on the collection again to rebuild it."


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words and codes.

    Attributes:
        top: uint8 (a, 128), centres of the first level.
        leaves: uint8 (a · b, 128), the words; those of cell i are rows i·b to (i+1)·b.
        directions: float32 (128, 64), orthonormal columns.
        projected: float16 (a · b, 64), `leaves @ directions`; values reach some hundreds, half a unit is enough.
    """

    top: Array
    leaves: Array
    directions: Array
    projected: Array

    def __len__(self) -> int:
        return len(self.leaves)

    @property
    def branch(self) -> int:
        """Words in a cell of the first level."""
        return len(self.leaves) // len(self.top)

    def assign(self, descriptors: Array, cells: int, words: int) -> tuple[Array, Array]:
        """The nearest words of each descriptor.

        Args:
            descriptors: uint8 (n, 128).
            cells: How many cells of the first level are looked into.
            words: How many words are wanted; at most `cells × branch`.

        Returns:
            Words int32 (n, words), nearest first, and squared distances int32 of the same shape.
        """
        from indexer.collection.instance_kernels import nearest_words

        cells = min(cells, len(self.top))
        shape = len(descriptors), min(words, cells * self.branch)
        found, distances = np.empty(shape, np.int32), np.empty(shape, np.int32)
        rows = np.ascontiguousarray(descriptors, np.uint8)
        top = np.ascontiguousarray(self.top)

        def strip(start: int) -> None:
            part = slice(start, start + BLOCK)
            nearest_words(rows[part], top, self.leaves, cells, found[part], distances[part])

        if len(rows) <= BLOCK:
            strip(0)
        else:  # the kernel does not hold Python's lock
            with ThreadPoolExecutor(cpu_count()) as pool:
                list(pool.map(strip, range(0, len(rows), BLOCK)))
        return found, distances

    def codes(self, descriptors: Array, words: Array) -> Array:
        """uint64 with the shape of `words` (n, k): the bits of each descriptor (n, 128) inside each of its words."""
        x = descriptors.astype(np.float32) @ self.directions
        above = x[:, None, :] > self.projected[words]
        return np.asarray(np.packbits(above, axis=2).view(np.uint64)[..., 0])

    def save(self, folder: Path) -> None:
        """Write four .npy files, to be memory-mapped."""
        for name in ("top", "leaves", "directions", "projected"):
            np.save(folder / f"words_{name}.npy", getattr(self, name))

    @classmethod
    def open(cls, folder: Path) -> Vocabulary:
        """Memory-map what `save` wrote.

        Raises:
            CollectionError: A file is missing or cut short.
        """
        return cls(*(load_array(folder / f"words_{n}.npy") for n in ("top", "leaves", "directions", "projected")))


def load_array(path: Path) -> Array:
    """Memory-map one .npy file.

    Raises:
        CollectionError: It is missing or cut short.
    """
    try:
        return np.asarray(np.load(path, mmap_mode="r"))
    except (OSError, ValueError, EOFError) as error:
        raise CollectionError(f"The same-print index is damaged: {path.name} ({error}).", REBUILD, path=path) from error


def make_vocabulary(top: Array, leaves: Array) -> Vocabulary:
    """A vocabulary from its centres; the directions are always the same ones."""
    random = np.random.default_rng(64).standard_normal((128, BITS))
    directions = np.linalg.qr(random)[0].astype(np.float32)
    projected = (leaves.astype(np.float32) @ directions).astype(np.float16)
    return Vocabulary(top, leaves, directions, projected)


def train(descriptors: Array, top: int, branch: int, seed: int = 0) -> Vocabulary:
    """Two levels of k-means.

    Args:
        descriptors: uint8 (n, 128), a sample of the collection, at least a few for each of the `top × branch` words;
            may be memory-mapped: never more than the members of a cell are held as floats.
        top, branch: Cells of the first level, words in each.
        seed: For the choice of starting points.
    """
    centres = kmeans(descriptors[_sample(len(descriptors), 256 * top, seed)].astype(np.float32), top, seed)
    cell = _nearest(descriptors, centres)
    order = np.argsort(cell, kind="stable").astype(np.int32)
    bounds = np.searchsorted(cell, np.arange(top + 1), sorter=order)

    def leaves_of(i: int) -> Array:
        rows = order[bounds[i] : bounds[i + 1]]
        members = descriptors[rows[_sample(len(rows), 128 * branch, seed)]].astype(np.float32)
        return kmeans(members, branch, seed, fallback=centres[i])

    with ThreadPoolExecutor(cpu_count(), initializer=_one_thread) as pool:
        leaves = np.stack(list(pool.map(leaves_of, range(top))))
    return make_vocabulary(_rounded(centres), _rounded(leaves.reshape(-1, 128)))


def _nearest(descriptors: Array, centres: Array) -> Array:
    """The nearest centre of each descriptor, uint16 (n,), block by block."""
    cell = np.empty(len(descriptors), np.uint16)
    for start in range(0, len(descriptors), BLOCK):
        rows = slice(start, start + BLOCK)
        cell[rows] = _squared_distances(descriptors[rows].astype(np.float32), centres).argmin(axis=1)
    return cell


def kmeans(x: Array, k: int, seed: int, rounds: int = 12, fallback: Array | None = None) -> Array:
    """Lloyd's k-means on float32 (n, d) by FAISS; with fewer rows than centres, the rows and far-away fillers."""
    import faiss

    if len(x) <= k:
        filler = np.zeros((k, x.shape[1] if x.ndim == 2 else 128), np.float32)
        filler[: len(x)] = x
        if fallback is not None and not len(x):
            filler[0] = fallback
        return filler
    engine = faiss.Kmeans(x.shape[1], k, niter=rounds, seed=seed + 1, min_points_per_centroid=1)
    engine.train(np.ascontiguousarray(x))
    return np.asarray(engine.centroids)


def _one_thread() -> None:
    """Let FAISS use one thread in this one: the many small jobs run side by side, without barriers between threads."""
    import faiss

    faiss.omp_set_num_threads(1)


def _sample(n: int, limit: int, seed: int) -> Array:
    if n <= limit:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, limit, replace=False))


def _rounded(centres: Array) -> Array:
    return np.asarray(np.clip(np.rint(centres), 0, 255).astype(np.uint8))


def _squared_distances(x: Array, centres: Array) -> Array:
    squares = (centres * centres).sum(axis=1)[None] + (x * x).sum(axis=1)[:, None]
    return np.asarray(squares - 2.0 * (x @ centres.T))
