"""Joins the viewer's ES modules into one classic script, which browsers also load from `file://`.

Modules may only use `import { a, b as c } from "./other.js";` and `export` before `const`, `function`, `async
function` or `class`. Each becomes a function that returns its exports; nothing is renamed or minified, so the result
stays readable.
"""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"\./([\w./-]+)";[ \t]*$', re.MULTILINE)
_EXPORT = re.compile(r"^export\s+(const|function\*?|async\s+function|class)\s+(\w+)", re.MULTILINE)
_OTHER = re.compile(r"^(import|export)\b.*$", re.MULTILINE)


def bundle(folder: Path, entry: str) -> str:
    """The script of `entry` and all it imports, each module once, in order of need.

    Raises:
        ValueError: An import or export of a form that is not understood, or a circle of imports.
    """
    ordered: list[str] = []
    _visit(folder, entry, ordered, ())
    parts = [_wrapped(folder, name) for name in ordered]
    return '"use strict";\n(() => {\nconst modules = {};\n\n' + "\n".join(parts) + "})();\n"


def _visit(folder: Path, name: str, ordered: list[str], above: tuple[str, ...]) -> None:
    if name in above:
        raise ValueError(f"circle of imports: {' → '.join((*above, name))}")
    if name in ordered:
        return
    for match in _IMPORT.finditer((folder / name).read_text(encoding="utf-8")):
        _visit(folder, match[2], ordered, (*above, name))
    ordered.append(name)


def _wrapped(folder: Path, name: str) -> str:
    text = (folder / name).read_text(encoding="utf-8")
    exported = [match[2] for match in _EXPORT.finditer(text)]
    text = _IMPORT.sub(_destructured, text)
    text = _EXPORT.sub(r"\1 \2", text)
    if left := _OTHER.search(text):
        raise ValueError(f"{name}: cannot bundle this line: {left[0]}")
    return f'// --- {name}\nmodules["{name}"] = (() => {{\n{text}\nreturn {{ {", ".join(exported)} }};\n}})();\n'


def _destructured(match: re.Match[str]) -> str:
    names = re.sub(r"\s+as\s+", ": ", match[1].strip().rstrip(","))
    return f'const {{ {names} }} = modules["{match[2]}"];'
