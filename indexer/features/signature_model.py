"""What is learnt on a collection so that raw signatures become comparable unit vectors.

Each block is centred, turned to its principal directions, whitened with a ridge, brought to unit length and
weighted; the blocks side by side are the vector. A prior stands for collections too small to learn from.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from indexer.core.types import Array
from indexer.features.signature import BLOCKS, RAW_DIM, VERSION
from indexer.features.signature_vlad import VLAD_DIM, Codebook


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """How one block enters the vector.

    Attributes:
        dim: Principal directions kept.
        weight: Share in the vector's length; chosen by held-out measurement (docs/signature.md).
        variance: Usual variance of one raw number of this block, over varied collections: the prior.
        ridge: Added to every variance before whitening, in mean variances of the block: faint directions are mostly
            noise, and the longer the block, the more of them there are.
    """

    dim: int
    weight: float
    variance: float
    ridge: float


PLANS: Mapping[str, BlockPlan] = {
    "palette": BlockPlan(16, 0.55, 0.0013, 1.0),
    "moments": BlockPlan(12, 0.6, 0.018, 1.0),
    "tone": BlockPlan(16, 0.65, 0.024, 1.0),
    "patterns": BlockPlan(64, 1.25, 0.00095, 4.0),
    "strokes": BlockPlan(24, 0.7, 0.0049, 1.0),
    "spectrum": BlockPlan(16, 0.65, 0.009, 1.0),
    "gist": BlockPlan(72, 1.05, 0.0036, 16.0),
    "hog": BlockPlan(112, 1.75, 0.0083, 16.0),
    "thumbnail": BlockPlan(40, 0.5, 0.039, 8.0),
    "shape": BlockPlan(5, 0.6, 0.08, 1.0),
    "vlad": BlockPlan(128, 2.25, 0.00045, 16.0),
}
VECTOR_DIM = sum(plan.dim for plan in PLANS.values())
PRIOR_COUNT = 20.0
"""Pictures that the prior stands for: with fewer, the collection teaches little."""
_LEAST_VARIANCE = 0.05
"""Share of the usual variance below which a block's variation is noise (colour in a collection of bilevel scans)."""


_OWN_CENTRE = 8
"""From so many pictures on, their mean is the centre; below, half of a lone picture must be left over."""


@dataclass(slots=True)
class Moments:
    """Sums that give mean and covariance of a block without keeping its rows."""

    dim: int
    count: int = 0
    total: Array = field(init=False)
    square: Array = field(init=False)

    def __post_init__(self) -> None:
        self.total, self.square = np.zeros(self.dim), np.zeros((self.dim, self.dim))

    def add(self, rows: Array) -> None:
        """Take rows (n, dim) in."""
        rows = rows.astype(np.float32)
        self.count += len(rows)
        self.total += rows.sum(axis=0, dtype=np.float64)
        self.square += rows.T @ rows


@dataclass(frozen=True, slots=True)
class BlockModel:
    """Centre and whitening projection of one block: float32 (d,) and (d, dim)."""

    mean: Array
    projection: Array

    @classmethod
    def learn(cls, moments: Moments, plan: BlockPlan) -> BlockModel:
        """From the sums of a sample; the prior counts as PRIOR_COUNT pictures without a preferred direction."""
        n, dim = moments.count, moments.dim
        mean = moments.total / (n if n >= _OWN_CENTRE else n + 1)
        scatter = moments.square - np.outer(moments.total, moments.total) / max(n, 1)
        covariance = (scatter + PRIOR_COUNT * plan.variance * _LEAST_VARIANCE * np.eye(dim)) / (n + PRIOR_COUNT)
        variances, directions = principal(covariance, plan.dim)
        ridge = plan.ridge * max(float(np.trace(covariance)) / dim, _LEAST_VARIANCE * plan.variance)
        projection = _signed(directions) / np.sqrt(variances + ridge)
        return cls(mean.astype(np.float32), projection.astype(np.float32))

    def embed(self, rows: Array) -> Array:
        """Rows (n, d) to float32 (n, dim) of length one; shorter where there is next to nothing to say."""
        white: Array = (rows.astype(np.float32) - self.mean) @ self.projection
        white /= np.maximum(np.linalg.norm(white, axis=1, keepdims=True), 1.0)
        return white


def principal(covariance: Array, count: int) -> tuple[Array, Array]:
    """The `count` largest eigenvalues and their directions: (count,) and (d, count), largest first.

    Large matrices go by subspace iteration (Halko, Martinsson & Tropp 2011): a full decomposition of the aggregated
    vector's covariance would take longer than all the rest of a small collection's index.
    """
    if len(covariance) <= 4 * count:
        variances, directions = np.linalg.eigh(covariance)
        return variances[::-1][:count], directions[:, ::-1][:, :count]
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(len(covariance), count + 16)))[0]
    for _ in range(4):  # two products between orthogonalisations: quick, and far from losing precision
        basis = np.linalg.qr(covariance @ (covariance @ basis))[0]
    variances, turned = np.linalg.eigh(basis.T @ covariance @ basis)
    return variances[::-1][:count], (basis @ turned)[:, ::-1][:, :count]


def _signed(directions: Array) -> Array:
    """Eigenvectors with their largest entry positive, so that the same data give the same numbers."""
    largest = np.abs(directions).argmax(axis=0)
    signs = np.sign(directions[largest, np.arange(directions.shape[1])])
    return directions * np.where(signs == 0, 1.0, signs)


@dataclass(frozen=True, slots=True)
class SignatureModel:
    """Everything learnt on a collection.

    Attributes:
        blocks: By name, those of `signature.BLOCKS` and `vlad`.
        codebook: For the local features.
        learnt_on: Number of regions the collection had.
    """

    blocks: Mapping[str, BlockModel]
    codebook: Codebook
    learnt_on: int

    def embed(self, raw: Array, vlad: Array) -> Array:
        """Unit vectors.

        Args:
            raw: (n, RAW_DIM), from `signature.describe`.
            vlad: (n, VLAD_DIM), from `codebook.aggregate`; zeros where a region has no keypoints.

        Returns:
            float32 (n, VECTOR_DIM), each of length one.
        """
        parts = [PLANS[name].weight * self.blocks[name].embed(raw[:, where]) for name, where in BLOCKS.items()]
        has_points = np.any(vlad, axis=1)[:, None]
        parts.append(PLANS["vlad"].weight * self.blocks["vlad"].embed(vlad) * has_points)
        vectors: Array = np.concatenate(parts, axis=1)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
        return vectors

    def to_bytes(self) -> bytes:
        """The model as an npz file."""
        arrays: dict[str, Any] = {
            "version": np.int64(VERSION),
            "learnt_on": np.int64(self.learnt_on),
            **self.codebook.arrays(),
        }
        for name, block in self.blocks.items():
            arrays[f"mean_{name}"], arrays[f"projection_{name}"] = block.mean, block.projection
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> SignatureModel | None:
        """The model back; None when it belongs to another version of the signature and must be learnt anew."""
        with np.load(io.BytesIO(data)) as arrays:
            if int(arrays["version"]) != VERSION:
                return None
            blocks = {name: BlockModel(arrays[f"mean_{name}"], arrays[f"projection_{name}"]) for name in PLANS}
            return cls(blocks, Codebook.restore(arrays), int(arrays["learnt_on"]))


def new_moments() -> dict[str, Moments]:
    """Empty sums for every block."""
    dims = {name: where.stop - where.start for name, where in BLOCKS.items()} | {"vlad": VLAD_DIM}
    return {name: Moments(dim) for name, dim in dims.items()}


def add_raw(moments: Mapping[str, Moments], raw: Array) -> None:
    """Take raw signatures (n, RAW_DIM) into the sums of their blocks."""
    if raw.shape[1] != RAW_DIM:
        raise ValueError(f"raw: expected (n, {RAW_DIM}), got {raw.shape}")
    for name, where in BLOCKS.items():
        moments[name].add(raw[:, where])


def learn(moments: Mapping[str, Moments], codebook: Codebook, learnt_on: int) -> SignatureModel:
    """A model from the sums of all blocks."""
    blocks = {name: BlockModel.learn(moments[name], plan) for name, plan in PLANS.items()}
    return SignatureModel(blocks, codebook, learnt_on)
