"""Which queries an evaluation asks; see `indexer/evaluate/instance.py` for the protocol.

Queries are planned by name and made only when they are asked, so that an evaluation that was interrupted goes on
without making those again that it has answers to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from indexer.core.errors import IconoscopeError
from indexer.core.geometry import Box
from indexer.core.types import Array
from indexer.evaluate.attacks import ATTACKS, Attack
from indexer.evaluate.instance_truth import Truth, TruthQuery, known_copies
from indexer.evaluate.types import InstanceQuery, Loader
from indexer.printshop.chance import between, generator

NEGATIVE = "negatives"
LEAST_SIDE, LEAST_DEVIATION = 48, 6.0
"""Images smaller or flatter (standard deviation of grey) than this are not attacked: nobody could find them."""

Named = Sequence[tuple[str, Loader]]


class Unusable(Exception):
    """A picture that no query can be made of, with the reason."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked.

    Attributes:
        images: Name and loader of each image of the collection.
        attacks: Classes to run.
        per_class: Images for each attack (fewer if the collection is smaller).
        negatives: Name and loader of pictures that are not in the collection.
        negative_rounds: How often each of them is asked: as it is or attacked, then a box on it, then attacked again.
        leave_one_out: Further negatives made from the collection, each with its original excluded.
        truth: Known copies in the collection's names (`load_truth`, `matched`); their queries are asked too.
        truth_per_class: At most so many queries of each class of the truth (drawn by the seed); None for all.
        draw: Names of the images that may be attacked; None for all.
        audited: Further copies, by the name of the picture asked with, that were seen by eye: neither right nor wrong.
        seed: Of the choice of images and of the attacks.
    """

    images: Named
    attacks: Mapping[str, Attack] = field(default_factory=lambda: ATTACKS)
    per_class: int = 40
    negatives: Named = ()
    negative_rounds: int = 1
    leave_one_out: int = 0
    truth: Truth | None = None
    truth_per_class: int | None = None
    draw: frozenset[str] | None = None
    audited: Mapping[str, frozenset[str]] = field(default_factory=dict)
    seed: int = 1

    def series(self) -> list[Series]:
        """What is asked, class by class."""
        copies = known_copies(self.truth)
        drawn = [(n, load) for n, load in self.images if self.draw is None or n in self.draw]
        found = [Series(self._class(kind, drawn, copies), self.per_class) for kind in self.attacks]
        loaders = dict(self.images)
        for kind, queries in (self.truth or {}).items():
            known = [self._known(kind, q, loaders.get(q.image)) for q in self._few(kind, queries)]
            found.append(Series(iter(known), len(known)))
        asked = [
            self._negative(name, load, i, r, frozenset())
            for r in range(self.negative_rounds)
            for i, (name, load) in enumerate(self.negatives)
        ]
        return [*found, Series(iter(asked), len(asked)), Series(self._left_out(drawn, copies), self.leave_one_out)]

    def _class(self, kind: str, drawn: Named, copies: Mapping[str, frozenset[str]]) -> Iterator[Planned]:
        for i in self._order(len(drawn), kind):
            yield self._attacked(kind, *drawn[i], copies)

    def _left_out(self, drawn: Named, copies: Mapping[str, frozenset[str]]) -> Iterator[Planned]:
        for number, i in enumerate(self._order(len(drawn), "leave one out")):
            name, load = drawn[i]
            yield self._negative(name, load, number, 0, copies.get(name, frozenset()) | {name})

    def _order(self, count: int, kind: str) -> list[int]:
        return [int(i) for i in generator(self.seed, "draw", kind).permutation(count)]

    def _few(self, kind: str, queries: Sequence[TruthQuery]) -> list[TruthQuery]:
        order = generator(self.seed, "truth", kind).permutation(len(queries))
        return [queries[i] for i in sorted(order[: self.truth_per_class])]

    def _seen(self, name: str) -> frozenset[str]:
        return self.audited.get(name, frozenset())

    def _attacked(self, kind: str, name: str, load: Loader, copies: Mapping[str, frozenset[str]]) -> Planned:
        ignore = (copies.get(name, frozenset()) | self._seen(name)) - {name}
        make = partial(_make_attacked, f"{kind}:{name}", load, self.attacks[kind], self.seed, (kind, name))
        return Planned(kind, f"{kind}:{name}", name, frozenset([name]), ignore, make)

    def _known(self, kind: str, known: TruthQuery, load: Loader | None) -> Planned:
        make = partial(_make_known, f"{kind}:{known.image}", load, known.box, frozenset([known.image]))
        name = f"{kind}:{known.image}" + ("" if known.box is None else f"@{','.join(f'{v:.0f}' for v in known.box)}")
        ignore = (known.ignore | {known.image} | self._seen(known.image)) - known.positives
        return Planned(kind, name, known.image, known.positives, ignore, make)

    def _negative(self, name: str, load: Loader, index: int, turn: int, hidden: frozenset[str]) -> Planned:
        way = self._way(index, turn)
        attack = None if way in ("whole", "box") else self.attacks[way]
        key = f"negative:{name}" + (f" {turn}" if turn else "") + f" ({way})"
        make = partial(_make_negative, key, load, way, attack, generator_of(self.seed, name, turn), hidden)
        return Planned(NEGATIVE, key, name, frozenset(), hidden | self._seen(name), make)

    def _way(self, index: int, turn: int) -> str:
        """How a negative is asked: as it is or attacked in turn; then a box on it; then attacked."""
        kinds = list(self.attacks)
        if turn == 1:
            return "box"
        if not kinds or (turn == 0 and index % 2 == 0):
            return "whole"
        return kinds[(index // 2 + turn) % len(kinds)]


@dataclass(frozen=True, slots=True)
class Made:
    """A query as it is asked; `transform` maps the original of `size` (width, height) to it, where that is known."""

    query: InstanceQuery
    transform: Array | None = None
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A query that is asked unless its answer is known.

    Attributes:
        kind: Attack, class of the truth, or `negatives`.
        name: Unlike that of any other query.
        source: Name of the picture that it is made of.
        positives: Names of the right answers.
        ignore: Names of images that neither help nor hurt.
        make: Loads and attacks the picture; raises Unusable.
    """

    kind: str
    name: str
    source: str
    positives: frozenset[str]
    ignore: frozenset[str]
    make: Callable[[], Made]


@dataclass(frozen=True, slots=True)
class Series:
    """Queries of which the first `count` usable ones are asked."""

    queries: Iterator[Planned]
    count: int


def generator_of(seed: int, name: str, turn: int) -> Callable[[], np.random.Generator]:
    """Makes the generator of one asking of a negative."""
    return lambda: generator(seed, "negative", name, turn) if turn else generator(seed, "negative", name)


def _make_attacked(name: str, load: Loader, attack: Attack, seed: int, names: tuple[str, str]) -> Made:
    rgb = usable(load)
    result = attack(rgb, generator(seed, *names))
    return Made(InstanceQuery(name, result.rgb, result.box), result.transform, (int(rgb.shape[1]), int(rgb.shape[0])))


def _make_known(name: str, load: Loader | None, box: Box | None, hidden: frozenset[str]) -> Made:
    if load is None:
        raise Unusable("not at hand")
    return Made(InstanceQuery(name, usable(load), box, hidden))


def _make_negative(
    name: str,
    load: Loader,
    way: str,
    attack: Attack | None,
    random: Callable[[], np.random.Generator],
    hidden: frozenset[str],
) -> Made:
    rgb, box = usable(load), None
    if attack is not None:
        result = attack(rgb, random())
        rgb, box = result.rgb, result.box
    elif way == "box":
        box = _drawn_box(rgb, random())
    return Made(InstanceQuery(name, rgb, box, hidden))


def _drawn_box(rgb: Array, rng: np.random.Generator) -> Box:
    """A box of 35–65 % of the sides, anywhere."""
    h, w = rgb.shape[:2]
    width, height = w * between(rng, 0.35, 0.65), h * between(rng, 0.35, 0.65)
    return between(rng, 0, w - width), between(rng, 0, h - height), width, height


def usable(load: Loader) -> Array:
    """The picture, uint8 (h, w, 3).

    Raises:
        Unusable: It cannot be read, or nobody could find it.
    """
    try:
        rgb = load()
    except (OSError, ValueError, IconoscopeError) as error:
        raise Unusable(str(error)) from error
    if min(rgb.shape[:2]) < LEAST_SIDE or float(np.std(rgb.mean(axis=2))) < LEAST_DEVIATION:
        raise Unusable("too small or blank")
    return rgb
