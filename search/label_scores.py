"""Zero-shot labels: how well each picture fits the words of each label, by a CLIP model (Radford et al. 2021).

A label's vector is the mean of its prompts' vectors (their §3.1.4). Within a group the probabilities are a softmax
over the labels and the label `other`, so that no label has to win on a picture that fits none of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from indexer.core.errors import IconoscopeError
from indexer.core.labels import Label, load_labels
from indexer.core.types import Array
from search.refine import Space

SCALE = 100.0
"""Of cosines before the softmax: CLIP models learn scales up to this limit and reach it (§2.5)."""
_CHUNK = 16_384
_FRENCH = ("siglip2", "siglip-2", "xlm", "multilingual", "mclip", "nllb", "i18n")
"""Parts of the names of models whose texts were not English alone."""


class TextChannel(Protocol):
    """The part of the semantic channel that is needed."""

    def encode_texts(self, texts: Sequence[str]) -> Array:
        """Unit vectors, float32 (n, d)."""


class LabelTexts:
    """The labels with their vectors, kept beyond a generation: a model need not be loaded anew to label new images."""

    def __init__(self, load: Callable[[], tuple[Sequence[Label], Label]] = load_labels) -> None:
        self._load = load
        self._loaded: tuple[Sequence[Label], Label] | None = None
        self._vectors: dict[str, Array] = {}
        self._lock = threading.Lock()

    def labels(self) -> tuple[Sequence[Label], Label]:
        """The labels, and the one for what fits none."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def vectors(self, identity: Mapping[str, Any], encode: Callable[[Sequence[str]], Array]) -> Array:
        """float32 (labels + 1, d), the last row for `other`; encoded once a model."""
        labels, other = self.labels()
        key = repr(sorted(identity.items(), key=lambda kv: kv[0]))
        with self._lock:
            if key not in self._vectors:
                french = reads_french(identity)
                texts = [label.texts(french) for label in (*labels, other)]
                rows = encode([t for group in texts for t in group])
                starts = np.cumsum([0, *(len(group) for group in texts)])
                means = np.stack([rows[a:b].mean(axis=0) for a, b in pairwise(starts)])
                self._vectors[key] = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)
            return self._vectors[key]


class LabelFields:
    """The zero-shot labels of one generation, scored together when the first is asked for. Thread-safe.

    Args:
        space: The embeddings, None when there are none.
        identity: Of the model that made them; None when there is none.
        channel: The semantic channel.
        texts: Kept by the engine.
        images: Scores of regions (ids, scores) → scores of images.
        hint: What to do to get a model.
    """

    def __init__(
        self,
        space: Callable[[], Space],
        identity: Mapping[str, Any] | None,
        channel: Callable[[], TextChannel],
        texts: LabelTexts,
        images: Callable[[Array, Array], Array],
        hint: str,
    ) -> None:
        self._space, self._identity, self._channel = space, identity, channel
        self._texts, self._images, self._hint = texts, images, hint
        self._scores: dict[str, tuple[str, Array]] | None = None
        self._failed: IconoscopeError | None = None
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """`GROUP.NAME` of each label; none without embeddings."""
        return [] if self._identity is None else [label.full for label in self._texts.labels()[0]]

    def titles(self) -> dict[str, str]:
        """The French names."""
        return {label.full: label.french for label in self._texts.labels()[0]}

    def note(self) -> str:
        """Why there are no labels, "" when there are."""
        if self._identity is None:
            return f"There are no zero-shot labels: the collection has no embeddings. {self._hint}"
        return f"There are no zero-shot labels. {self._failed}" if self._failed else ""

    def scores(self, name: str) -> tuple[str, Array] | None:
        """Name and float32 (images,) of a label, whatever the case; None when there is none.

        Raises:
            ModelError: The model cannot be loaded here.
        """
        if name.casefold() not in (n.casefold() for n in self.names()):
            return None
        with self._lock:
            if self._failed is not None:
                raise self._failed
            if self._scores is None:
                try:
                    self._scores = self._all()
                except IconoscopeError as error:
                    self._failed = error
                    raise
            return self._scores[name.casefold()]

    def known(self) -> list[tuple[str, Array]]:
        """All labels when they have been scored, else none."""
        return list((self._scores or {}).values())

    def _all(self) -> dict[str, tuple[str, Array]]:
        labels = self._texts.labels()[0]
        channel = self._channel
        vectors = self._texts.vectors(self._identity or {}, lambda texts: channel().encode_texts(texts))
        space = self._space()
        groups = [
            np.flatnonzero([label.group == g for label in labels]) for g in dict.fromkeys(x.group for x in labels)
        ]
        table = label_probabilities(space.vectors, vectors, groups)
        return {
            x.full.casefold(): (x.full, self._images(space.region_ids, row))
            for x, row in zip(labels, table, strict=True)
        }


def label_probabilities(vectors: Array, labels: Array, groups: Sequence[Array]) -> Array:
    """float32 (labels, n): for each group a softmax over its labels and the last one, `other`.

    Args:
        vectors: float16 or float32 (n, d), unit rows.
        labels: float32 (labels + 1, d), unit rows.
        groups: Rows of `labels` that compete with each other.
    """
    out = np.zeros((len(labels) - 1, len(vectors)), np.float32)
    for start in range(0, len(vectors), _CHUNK):
        logits = np.float32(SCALE) * (labels @ vectors[start : start + _CHUNK].astype(np.float32).T)
        for rows in groups:
            chosen = logits[[*rows, len(labels) - 1]]
            powers = np.exp(chosen - chosen.max(axis=0))
            out[rows, start : start + _CHUNK] = (powers / powers.sum(axis=0))[:-1]
    return out


def reads_french(identity: Mapping[str, Any]) -> bool:
    """Whether a model's name says that its texts were not English alone."""
    told = " ".join(str(identity.get(key, "")) for key in ("name", "architecture", "source")).casefold()
    return any(part in told for part in _FRENCH)
