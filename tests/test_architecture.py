"""The rules of docs/architecture.md about who may import whom, read from the source text."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("indexer", "search", "viz")
FILES = sorted([ROOT / "iconoscope.py", *(f for p in PACKAGES for f in (ROOT / p).rglob("*.py"))])
WEB_AND_MODELS = {"torch", "torchvision", "transformers", "open_clip", "fastapi", "starlette", "uvicorn"}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(f): f for f in FILES}


def is_type_checking(node: ast.If) -> bool:
    return any(getattr(n, "id", getattr(n, "attr", "")) == "TYPE_CHECKING" for n in ast.walk(node.test))


def import_nodes(tree: ast.AST, at_import_time: bool):
    """Import statements; with `at_import_time`, only those that run when the module is imported."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif at_import_time and (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            or (isinstance(node, ast.If) and is_type_checking(node))
        ):
            continue
        else:
            yield from import_nodes(node, at_import_time)


@cache
def imports(module: str, at_import_time: bool = False) -> frozenset[str]:
    """Full names that a module imports; `from a import b` counts as `a.b` when that is a module, else as `a`."""
    path, found = MODULES[module], set()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in import_nodes(ast.parse(path.read_text(encoding="utf-8")), at_import_time):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
            continue
        base = node.module or ""
        if node.level:
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, base] if base else above)
        found |= {f"{base}.{a.name}" if f"{base}.{a.name}" in MODULES else base for a in node.names}
    return frozenset(found)


def top(name: str) -> str:
    return name.partition(".")[0]


def offenders(inside: str, forbidden: set[str]) -> list[str]:
    """`module imports name` for each forbidden import anywhere in the package `inside`, functions included."""
    within = [m for m in MODULES if m == inside or m.startswith(f"{inside}.")]
    assert within, f"no modules in {inside}"
    return [f"{m} imports {name}" for m in within for name in sorted(imports(m)) if top(name) in forbidden]


def test_the_tree_is_seen():
    assert {"iconoscope", "indexer.core.types", "search.channels.base", "viz"} <= set(MODULES)
    assert "indexer.core.types" in imports("search.channels.base")


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("indexer", {"search", "viz", "iconoscope"}),
        ("search", {"viz", "iconoscope"}),
        ("viz", {"search", "iconoscope"}),
        ("indexer.core", WEB_AND_MODELS),
    ],
)
def test_directions(package, forbidden):
    assert offenders(package, forbidden) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_only_the_web_layer_knows_the_web(package):
    """The engine, the pipeline and the map work without FastAPI."""
    web = ("search.app", "search.routes", "search.schemas", "search.server", "search.commands")
    found = [o for o in offenders(package, {"fastapi", "starlette", "uvicorn"}) if not o.startswith(web)]
    assert found == []


def loops(graph: dict[str, set[str]]) -> list[list[str]]:
    """Strongly connected components of more than one module (Tarjan), sorted."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph[node]:
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            at = stack.index(node)
            component = stack[at:]
            del stack[at:]
            if len(component) > 1:
                found.append(sorted(component))

    for node in graph:
        if node not in index:
            visit(node)
    return sorted(found)


def test_loops_are_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": {"f"}, "f": {"e"}}
    assert loops(graph) == [["a", "b", "c"], ["e", "f"]]


def test_no_circular_imports():
    """Of what runs while a module is imported; imports inside functions may close a loop."""
    graph = {m: {i for i in imports(m, at_import_time=True) if i in MODULES and i != m} for m in MODULES}
    assert loops(graph) == []


def test_help_is_light():
    """`iconoscope --help` imports nothing heavy on the way."""
    code = (
        "import sys, iconoscope\n"
        "try:\n    code = iconoscope.main(['--help'])\n"
        "except SystemExit as stop:\n    code = stop.code\n"
        "heavy = 'numpy scipy torch cv2 faiss lance pyarrow pyvips umap hdbscan numba sklearn skimage PIL fastapi '\n"
        "heavy += 'uvicorn transformers open_clip pypdfium2 lxml'\n"
        "print('LOADED', *sorted(set(heavy.split()) & set(sys.modules)))\n"
        "sys.exit(code or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "LOADED"
    for command in ("index", "search", "serve", "map", "demo", "info"):
        assert command in done.stdout


def test_nothing_names_this_machine():
    """No absolute paths of a developer's machine and no addresses of package registries in what is shipped."""
    words = ("/wo" + "rk/", "/ro" + "ot/", "py" + "pi.org", "files.python" + "hosted")
    names = ("Makefile", "Dockerfile", "compose.yaml", "constraints.txt", "pyproject.toml", "setup.py", ".ci/run")
    shipped = [*FILES, *(ROOT / n for n in names), *(ROOT / "config").rglob("*.yaml"), *(ROOT / "scripts").glob("*.*")]
    found = [f"{f.name}: {w}" for f in shipped for w in words if w in f.read_text(encoding="utf-8")]
    assert found == []
