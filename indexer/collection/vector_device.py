"""The exact search on a GPU: all vectors in its memory, scored block by block by torch.

FAISS's GPU indexes know no mask of allowed rows, and the CPU wheel that we install has none of them. The numbers are
those of the CPU: fp16 vectors times fp32 queries, added up in fp32.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from indexer.core.types import Array

BLOCK = 262_144
"""Vectors widened to fp32 at a time."""


class DeviceVectors:
    """Vectors in the memory of a device.

    Args:
        blocks: float (m, d) each, one after the other.
        device: As torch writes it, `cuda:0` or, for tests, `cpu`.

    Raises:
        torch.OutOfMemoryError: They do not fit.
    """

    def __init__(self, blocks: Iterable[Array], device: str) -> None:
        import torch

        self.device = device
        self._parts: list[Any] = [
            torch.from_numpy(np.ascontiguousarray(block, np.float16)).to(device) for block in blocks if len(block)
        ]

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def search(self, vectors: Array, k: int, allowed: Array | None = None) -> tuple[Array, Array]:
        """The rows with the largest inner products.

        Args:
            vectors: float32 (q, d).
            k: How many; fewer come back when fewer are allowed.
            allowed: bool (n,), None for all.

        Returns:
            Scores float32 and rows int64, both (q, ≤ k), best first; of equal scores the lower row first.
        """
        import torch

        k = min(k, len(self) if allowed is None else int(np.count_nonzero(allowed)))
        if k <= 0:
            return np.zeros((len(vectors), 0), np.float32), np.zeros((len(vectors), 0), np.int64)
        with torch.inference_mode():
            queries = torch.from_numpy(np.ascontiguousarray(vectors, np.float32)).to(self.device)
            mask = None if allowed is None else torch.from_numpy(np.ascontiguousarray(allowed)).to(self.device)
            best, rows = self._best(queries, k, mask)
        scores, found = best.cpu().numpy(), rows.cpu().numpy()
        order = np.lexsort((found, -scores), axis=1)
        return np.take_along_axis(scores, order, 1), np.take_along_axis(found, order, 1)

    def _best(self, queries: Any, k: int, mask: Any) -> tuple[Any, Any]:
        import torch

        best = torch.zeros((len(queries), 0), device=self.device)
        rows = torch.zeros((len(queries), 0), dtype=torch.int64, device=self.device)
        start = 0
        for part in self._parts:
            for block in part.split(BLOCK):
                scores = queries @ block.float().T
                if mask is not None:
                    scores.masked_fill_(~mask[start : start + len(block)], -torch.inf)
                top, at = scores.topk(min(k, len(block)), dim=1)
                best, rows = torch.cat([best, top], 1), torch.cat([rows, at + start], 1)
                best, at = best.topk(min(k, best.shape[1]), dim=1)
                rows = rows.gather(1, at)
                start += len(block)
        return best, rows
