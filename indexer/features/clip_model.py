"""A CLIP model that is loaded: pictures and words to unit vectors. The same code serves indexing and queries."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

import numpy as np

from indexer.core.errors import ModelError
from indexer.core.types import Array, require_shape
from indexer.device import Device
from indexer.features.clip_batches import CPU_SIZES, CUDA_SIZES, BatchTuner
from indexer.features.clip_preprocess import ClipPreprocess

log = logging.getLogger(__name__)

TEXT_CACHE = 4096
"""Texts whose vectors are remembered; 4096 × 1152 × 4 bytes are 19 MB."""
TEXT_BATCH = 64
CHARACTERS_PER_TOKEN = 64
"""Texts are cut to this many characters a token before they reach the tokenizer, which would read all of them."""


class Tower(Protocol):
    """What a network must offer: open_clip's own methods."""

    def encode_image(self, image: Any) -> Any: ...
    def encode_text(self, text: Any) -> Any: ...


class ClipModel:
    """Pictures and words to vectors of length one.

    Args:
        load: Gives the network, in evaluation mode, on a device; called again only when a GPU is lost.
        tokenizer: Texts and `context_length` to an integer tensor (n, context_length).
        preprocess: What the weights want to see.
        identity: What decides the vectors; see `indexer/features/clip.py`.
        key: Short name that is safe in file names.
        device: Where it runs.
        source: Name or folder with which `load_clip` gives the same model again on this machine.
        context: Longest text in tokens.
        templates: Sentences with `{}` that a text is put into; the vectors are averaged (Radford et al. 2021, 3.1.4).
        beside: Load the network in a thread; the first picture or text waits for it, and gets its error.
    """

    def __init__(
        self,
        load: Callable[[Device], Tower],
        tokenizer: Callable[..., Any],
        preprocess: ClipPreprocess,
        identity: Mapping[str, Any],
        key: str,
        device: Device,
        source: str,
        context: int = 77,
        templates: Sequence[str] = ("{}",),
        beside: bool = False,
    ) -> None:
        self.identity = dict(identity)
        self.key = key
        self.dim = int(identity["dim"])
        self.preprocess = preprocess
        self.device = device
        self.source = source
        self.notes: list[str] = []
        self._load = load
        self._network = _loading(load, device, beside)
        self._tokenizer = tokenizer
        self._context = context
        self._templates = tuple(templates)
        self._tuner = BatchTuner(CUDA_SIZES if device.is_cuda else CPU_SIZES)
        self._texts: OrderedDict[str, Array] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def vector_name(self) -> str:
        """Name of the table of this model's vectors."""
        return f"clip-{self.key}"

    def everywhere(self) -> list[ClipModel]:
        """This model, and the same one on each other GPU when it runs on one of several."""
        from indexer.device import other_devices

        return [self, *(self._on(device) for device in other_devices(self.device))]

    def _on(self, device: Device) -> ClipModel:
        return ClipModel(
            self._load, self._tokenizer, self.preprocess, self.identity, self.key, device, self.source, self._context,
            self._templates,
        )  # fmt: skip

    @property
    def batch_size(self) -> int:
        """How many pictures to hand over at once; grows while the first batches are measured."""
        return self._tuner.size

    def encode_images(self, batch: Any) -> Array:
        """Pictures to vectors.

        Args:
            batch: uint8 (n, 3, *preprocess.size), a numpy array or a torch tensor.

        Returns:
            float32 (n, dim), each of length one.

        Raises:
            ModelError: Not even one picture fits into memory.
            ValueError: Another shape or type.
        """
        import torch

        pixels = torch.as_tensor(batch)
        if tuple(pixels.shape[1:]) != (3, *self.preprocess.size) or pixels.dtype != torch.uint8:
            raise ValueError(
                f"batch: expected uint8 (n, 3, {self.preprocess.size}), got {pixels.dtype} {tuple(pixels.shape)}"
            )
        if self.device.is_cuda and not pixels.is_cuda:
            pixels = pixels.pin_memory()
        parts, start = [], 0
        while start < len(pixels):
            size = max(self._tuner.size, 1)
            done = self._encode_chunk(pixels[start : start + size])
            parts.append(done)
            start += len(done)
        if not parts:
            return np.zeros((0, self.dim), np.float32)
        return np.ascontiguousarray(torch.cat([part.to("cpu", torch.float32) for part in parts]).numpy())

    def _encode_chunk(self, pixels: Any) -> Any:
        """Vectors of as many of `pixels` as fit into memory, at least one; float32 tensor on the device."""
        import torch

        while True:
            device = self.device  # as it was when the work began: another lane may leave the GPU meanwhile
            try:
                return self._timed_forward(pixels)
            except torch.OutOfMemoryError as error:
                pixels = self._fewer(pixels, device, error)
            except RuntimeError as error:
                if not device.is_cuda or "CUDA" not in str(error):
                    raise
                self._leave_gpu(error)
                pixels = pixels.cpu()

    def _fewer(self, pixels: Any, device: Device, error: Exception) -> Any:
        """What to try after memory ran out: half of the pictures; a single one on the CPU."""
        import torch

        smaller = self._tuner.halve(len(pixels))
        if smaller == 0 and not device.is_cuda:
            raise ModelError(
                "The device has not enough memory for one picture.", "Choose a smaller model or --device cpu."
            ) from error
        if smaller == 0:
            self._leave_gpu(error)
            return pixels.cpu()
        note = f"{device.name} ran out of memory with {len(pixels)} pictures at once; going on with {smaller}."
        log.info(note)
        self.notes.append(note)
        torch.cuda.empty_cache()
        return pixels[:smaller]

    def _timed_forward(self, pixels: Any) -> Any:
        """Forward with a measurement while the batch size is being found (it needs the GPU to finish).

        On a CPU the thread's processor time counts, which the worker processes beside it disturb least.
        """
        if self._tuner.settled:
            return self._forward(pixels)
        clock = time.perf_counter if self.device.is_cuda else time.thread_time
        start = clock()
        out = self._forward(pixels)
        if self.device.is_cuda:
            import torch

            torch.cuda.synchronize()
        self._tuner.record(len(pixels), clock() - start)
        return out

    def _forward(self, pixels: Any) -> Any:
        import torch
        from torch.nn.functional import normalize

        with self._lock:
            device, loading = self.device, self._network
        network = loading.result()
        with torch.inference_mode():
            x = pixels.to(device.name, non_blocking=True).to(torch.float32)
            mean = torch.tensor(self.preprocess.mean, device=x.device).mul_(255).view(1, 3, 1, 1)
            std = torch.tensor(self.preprocess.std, device=x.device).mul_(255).view(1, 3, 1, 1)
            x = x.sub_(mean).div_(std).to(torch_dtype(device))
            return normalize(network.encode_image(x).float(), dim=-1)

    def _leave_gpu(self, error: Exception) -> None:
        """A GPU that disappeared does not end the run: the weights are read again for the CPU."""
        from indexer.device import pick_device

        with self._lock:
            if not self.device.is_cuda:
                return
            note = f"The GPU stopped working ({str(error).splitlines()[0]}); going on with the CPU."
            log.warning(note)
            self.notes.append(note)
            cpu = pick_device("cpu")
            self._network, self.device = _loading(self._load, cpu, beside=False), cpu
            self._tuner = BatchTuner(CPU_SIZES)

    def truncates(self, text: str) -> bool:
        """Whether the model reads only the beginning of `text`."""
        if len(text) > CHARACTERS_PER_TOKEN * self._context:
            return True
        if len(text.encode()) + 2 <= self._context:
            return False
        fits = self._tokenizer([text], context_length=self._context)[0]
        longer = self._tokenizer([text, ""], context_length=self._context + 1)
        same = bool((longer[0][..., : self._context] == fits).all())
        return not (same and bool((longer[0][..., -1] == longer[1][..., -1]).all()))

    def encode_texts(self, texts: Sequence[str]) -> Array:
        """Texts to vectors, float32 (n, dim), each of length one; longer texts are cut (see `truncates`)."""
        found = {text: vector for text in set(texts) if (vector := self._remembered(text)) is not None}
        unknown = [text for text in dict.fromkeys(texts) if text not in found]
        for i in range(0, len(unknown), TEXT_BATCH):
            chunk = unknown[i : i + TEXT_BATCH]
            found.update(zip(chunk, self._forward_texts(chunk), strict=True))
        with self._lock:
            for text in unknown:
                self._texts[text] = found[text]
            while len(self._texts) > TEXT_CACHE:
                self._texts.popitem(last=False)
        return np.array([found[text] for text in texts], np.float32).reshape(len(texts), self.dim)

    def _remembered(self, text: str) -> Array | None:
        with self._lock:
            if text in self._texts:
                self._texts.move_to_end(text)
            return self._texts.get(text)

    def _forward_texts(self, texts: Sequence[str]) -> Array:
        """float32 (n, dim): the mean over the templates, of length one."""
        import torch
        from torch.nn.functional import normalize

        cut = [text[: CHARACTERS_PER_TOKEN * self._context] for text in texts]
        filled = [template.replace("{}", text) for text in cut for template in self._templates]
        tokens = self._tokenizer(filled, context_length=self._context)
        with torch.inference_mode():
            vectors = normalize(self._network.result().encode_text(tokens.to(self.device.name)).float(), dim=-1)
            mean = normalize(vectors.view(len(texts), len(self._templates), -1).mean(dim=1), dim=-1)
        out: Array = mean.cpu().numpy()
        require_shape("text vectors", out, (len(texts), self.dim))
        return out


def _loading(load: Callable[[Device], Tower], device: Device, beside: bool) -> Future[Tower]:
    """The network on a device, maybe loaded in a thread (not a daemon: torch does not survive the end of a program
    that it is being imported by)."""
    promise: Future[Tower] = Future()
    if not beside:
        promise.set_result(load(device))
        return promise

    def run() -> None:
        try:
            promise.set_result(load(device))
        except BaseException as error:  # noqa: BLE001 - raised again where the network is wanted
            promise.set_exception(error)

    threading.Thread(target=run, name="network").start()
    return promise


def torch_dtype(device: Device) -> Any:
    """The torch type of a device's precision."""
    import torch

    return {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}[device.precision]
