"""The finished folder: page, script, manifest; put in place in one step."""

from __future__ import annotations

import hashlib
import html
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from indexer.core.errors import UsageError
from viz.bundle import bundle
from viz.files import MapFiles
from viz.settings import MapSettings

FORMAT = 1
TEMPLATE = Path(__file__).parent / "template"


@contextmanager
def staging(out: Path) -> Iterator[Path]:
    """A new folder beside `out` that takes its place when the block ends well, and is removed when it does not.

    Raises:
        UsageError: `out` is a file, or a folder with something else than a map in it.
    """
    if out.exists() and not is_map(out) and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} exists and is not a map.", "Give a new folder, or empty this one yourself.")
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = out.with_name(f".{out.name}.{os.getpid()}.partial")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
        if out.exists():
            old = out.with_name(f".{out.name}.{os.getpid()}.old")
            out.rename(old)
            folder.rename(out)
            shutil.rmtree(old)
        else:
            folder.rename(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_map(folder: Path) -> bool:
    """Whether `folder` holds an exported map."""
    try:
        text = (folder / "data" / "manifest.json").read_text(encoding="utf-8")
        return "iconoscopeMap" in json.loads(text)
    except (OSError, ValueError, TypeError):
        return False


def finish(folder: Path, files: MapFiles, manifest: Mapping[str, Any], settings: MapSettings) -> None:
    """Writes manifest, script copies, page and viewer."""
    title = settings.title or str(manifest["provenance"].get("collection", "")) or "Iconoscope"
    layouts = b"".join((files.folder / row["file"]).read_bytes() for row in manifest["layouts"])
    version = hashlib.blake2b(json.dumps(manifest, sort_keys=True).encode() + layouts, digest_size=6).hexdigest()
    files.json("manifest.json", {"iconoscopeMap": FORMAT, "title": title, "version": version, **manifest})
    files.write_script_copies(settings.offline_mb * 2**20)
    page = (TEMPLATE / "index.html").read_text(encoding="utf-8")
    page = page.replace("{{first}}", _first_picture(manifest)).replace("{{title}}", html.escape(title))
    page = page.replace("{{version}}", version)
    (folder / "index.html").write_text(page, encoding="utf-8")
    (folder / "viewer.js").write_text(bundle(TEMPLATE, "main.js"), encoding="utf-8")
    shutil.copy(TEMPLATE / "viewer.css", folder / "viewer.css")


def _first_picture(manifest: Mapping[str, Any]) -> str:
    """The overview as an element of the page, where the viewer will show the same: it is there before any script."""
    overview = manifest.get("overview")
    if not overview:
        return ""
    bottom = 84 if manifest.get("dates") else 0
    return (
        f'<img class="ism-overview ism-first" src="data/{overview["file"]}?v={{{{version}}}}" alt=""'
        f' width="{overview["width"]}" height="{overview["height"]}" style="--ism-bottom: {bottom}px"'
        ' elementtiming="overview" fetchpriority="high">'
    )
