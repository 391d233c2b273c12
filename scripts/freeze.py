"""Write constraints.txt: the exact versions, in this environment, of all that Iconoscope needs.

Run `.venv/bin/python scripts/freeze.py` after an upgrade that passed the tests. Left out are packages that exist for
one platform only and that another package pins (torch pins its CUDA libraries), so that the file serves Linux,
macOS, CPU and GPU alike; and local version labels such as `+cpu`, which only special indexes have.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = {"dev", "gpu"}
PLATFORM_ONLY = re.compile(r"^(nvidia-|cuda-|triton$)")
BESIDE = {"faiss-gpu-cu12": "1.14.1.post1"}
"""Wanted by the `gpu` extra, never installed where constraints are frozen: it would overwrite faiss-cpu."""
TOOLS = ("setuptools", "uv")

HEAD = """# Exact versions that the tests passed with. Made by scripts/freeze.py; do not edit.
# Use: pip install -c constraints.txt iconoscope
"""


def canonical(name: str) -> str:
    """A package name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(name: str, extras: set[str], seen: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Names and versions of `name` with `extras` and of all that they require, each at least once."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return  # for another platform
    yield canonical(name), found.version
    for text in found.requires or []:
        requirement = Requirement(text)
        wanted = [e for e in {"", *extras} if requirement.marker is None or requirement.marker.evaluate({"extra": e})]
        key = (canonical(requirement.name), ",".join(sorted(requirement.extras)))
        if wanted and key not in seen:
            seen.add(key)
            yield from needed(requirement.name, set(requirement.extras), seen)


def main() -> None:
    """Write the file."""
    versions = dict(needed("iconoscope", EXTRAS, set())) | BESIDE
    versions |= dict(pair for tool in TOOLS for pair in needed(tool, set(), set()))
    del versions["iconoscope"]
    lines = [f"{n}=={v.partition('+')[0]}" for n, v in sorted(versions.items()) if not PLATFORM_ONLY.match(n)]
    (ROOT / "constraints.txt").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(lines)} packages\n")


if __name__ == "__main__":
    main()
