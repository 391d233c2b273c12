"""RootSIFT aggregated over a small codebook: VLAD (Jégou et al. 2010), with a codebook learnt on the collection.

Residuals to each word are summed and normalised word by word ("intra-normalisation", Arandjelović & Zisserman
2013), so that a repeated stroke does not outweigh everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array

WORDS, REDUCED = 32, 64
VLAD_DIM = WORDS * REDUCED
_POINTS_A_WORD = 20
"""Fewest descriptors for one word; a codebook on fewer would be noise."""
_SCALE = np.float32(512.0)
"""RootSIFT is stored as uint8 of 512 times its value; here values of order one are wanted."""


@dataclass(frozen=True, slots=True)
class Codebook:
    """Words in the reduced descriptor space.

    Attributes:
        mean: float32 (128,), of RootSIFT.
        projection: float32 (128, REDUCED), principal directions.
        words: float32 (k, REDUCED), k at most WORDS; none when there were too few descriptors.
    """

    mean: Array
    projection: Array
    words: Array

    @classmethod
    def learn(cls, descriptors: Array, seed: int = 1) -> Codebook:
        """Principal directions and k-means words of a sample of descriptors, uint8 (n, 128); deterministic."""
        data = descriptors.astype(np.float32) / _SCALE
        k = min(WORDS, len(data) // _POINTS_A_WORD)
        if k == 0:
            return cls(np.zeros(128, np.float32), np.eye(128, REDUCED, dtype=np.float32), _no_words())
        mean = data.mean(axis=0)
        _, directions = np.linalg.eigh(np.cov((data - mean).T))
        projection = np.ascontiguousarray(directions[:, ::-1][:, :REDUCED], np.float32)
        return cls(mean, projection, _kmeans((data - mean) @ projection, k, seed))

    def aggregate(self, descriptors: Array) -> Array:
        """VLAD of the descriptors of one region, uint8 (n, 128) to float32 (VLAD_DIM,); zeros for none."""
        out = np.zeros((WORDS, REDUCED), np.float32)
        if len(descriptors) and len(self.words):
            reduced = (descriptors.astype(np.float32) / _SCALE - self.mean) @ self.projection
            word = (reduced @ self.words.T - 0.5 * (self.words**2).sum(axis=1)).argmax(axis=1)
            member = (np.arange(len(self.words))[:, None] == word).astype(np.float32)
            sums = member @ reduced - member.sum(axis=1, keepdims=True) * self.words
            out[: len(sums)] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
        vlad: Array = out.ravel() / np.sqrt(np.float32(WORDS))
        return vlad

    def arrays(self) -> dict[str, Array]:
        """What `restore` needs, for saving."""
        return {"vlad_mean": self.mean, "vlad_projection": self.projection, "vlad_words": self.words}

    @classmethod
    def restore(cls, arrays: Mapping[str, Array]) -> Codebook:
        """From what `arrays` gave."""
        return cls(arrays["vlad_mean"], arrays["vlad_projection"], arrays["vlad_words"])


def _no_words() -> Array:
    return np.zeros((0, REDUCED), np.float32)


def _kmeans(data: Array, k: int, seed: int) -> Array:
    import faiss

    trainer = faiss.Kmeans(data.shape[1], k, niter=15, seed=seed, min_points_per_centroid=1)
    trainer.train(np.ascontiguousarray(data, np.float32))
    words: Array = np.asarray(trainer.centroids, np.float32).reshape(k, -1)
    return words
