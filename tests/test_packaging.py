"""The wheel holds all packages and assets of the tree, and works outside it."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("indexer", "search", "viz")
ASSETS = {"search": "static", "viz": "template"}
BUILD_FROM = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "iconoscope.py", "config", *PACKAGES)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy, so that leftovers of an older build in the checkout cannot help."""
    tree = tmp_path_factory.mktemp("tree")
    for name in BUILD_FROM:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tree / name)
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(tree)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (path,) = out.glob("iconoscope-*.whl")
    return path


def tree_files() -> set[str]:
    """What the wheel must hold, as named in it."""
    wanted = {"iconoscope.py"}
    for package in PACKAGES:
        wanted |= {str(f.relative_to(ROOT)) for f in (ROOT / package).rglob("*.py")}
        wanted.add(f"{package}/py.typed")
    for package, folder in ASSETS.items():
        files = [f for f in (ROOT / package / folder).rglob("*") if f.is_file() and f.suffix != ".pyc"]
        assert files, f"{package}/{folder} is empty"
        wanted |= {str(f.relative_to(ROOT)) for f in files}
    for file in (ROOT / "config").rglob("*"):
        if file.is_file():
            wanted.add(f"iconoscope_config/{file.relative_to(ROOT / 'config')}")
    return wanted


def tracked_assets() -> set[str]:
    """Files inside the packages that are neither Python nor hidden: data that code may read at run time."""
    files = [f for p in PACKAGES for f in (ROOT / p).rglob("*") if f.is_file() and "__pycache__" not in f.parts]
    return {str(f.relative_to(ROOT)) for f in files if f.suffix not in (".py", ".pyc", ".nbi", ".nbc")}


def test_wheel_holds_the_tree(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {n for n in archive.namelist() if ".dist-info/" not in n}
        info = {n.rpartition("/")[2] for n in archive.namelist() if ".dist-info/" in n}
    assert held == tree_files() | tracked_assets()
    assert {"LICENSE", "METADATA", "entry_points.txt"} <= info
    assert not any(n.startswith(("tests/", "benchmarks/", "scripts/", "config/")) for n in held)


def test_wheel_works_outside_the_checkout(wheel, tmp_path):
    """Unpacked where a wheel goes, run from an empty folder, with the checkout out of reach."""
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import iconoscope, importlib, pkgutil\n"
        "import indexer, search, viz\n"
        "from indexer.core.settings import config_folder\n"
        "for package in (indexer, search, viz):\n"
        "    assert package.__file__.startswith(sys.argv[1]), package.__file__\n"
        "    for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        if found.ispkg: importlib.import_module(found.name)\n"
        "assert str(config_folder()).startswith(sys.argv[1]), config_folder()\n"
        "print(len(list(config_folder().rglob('*.yaml'))))\n"
        "sys.argv[:] = ['iconoscope', '--help']\n"
        "sys.exit(iconoscope.main())\n"
    )
    command = [sys.executable, "-P", "-c", code, str(site)]
    done = subprocess.run(command, check=False, cwd=empty, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) == len(list((ROOT / "config").rglob("*.yaml")))
    assert "serve" in done.stdout


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [re.fullmatch(r"([a-z0-9-]+)==([^\s+]+)", line) for line in lines if line and not line.startswith("#")]
    assert all(pairs), "only exact public versions, no addresses, no local labels"
    return {p[1]: p[2] for p in pairs}


def test_every_direct_dependency_is_pinned_within_its_bounds():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = constraints()
    texts = [*project["dependencies"], *(t for extra in project["optional-dependencies"].values() for t in extra)]
    for requirement in map(Requirement, texts):
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        assert name in pinned, f"{name} is not in constraints.txt; run scripts/freeze.py"
        assert requirement.specifier.contains(Version(pinned[name]), prereleases=True), name


def test_pins_leave_platforms_alone():
    assert [n for n in constraints() if n.startswith(("nvidia-", "cuda-")) or n == "triton"] == []


def test_container_files_name_what_exists():
    docker = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "USER iconoscope" in docker
    assert "/api/health" in docker
    assert 'VOLUME ["/collections", "/models"]' in docker
    assert docker.rstrip().splitlines()[-1].startswith("COPY --from=build ")  # the default target is the CPU one
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{name}" for name in (*BUILD_FROM, "constraints.txt")} <= set(ignored)
    for name in (*BUILD_FROM, "constraints.txt", "compose.yaml", "CONTRIBUTING.md", ".pre-commit-config.yaml"):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("name", ["compose.yaml", ".pre-commit-config.yaml"])
def test_yaml_is_well_formed(name):
    import yaml

    assert isinstance(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")), dict)


@pytest.mark.parametrize("script", [".ci/run", "scripts/browser.sh"])
def test_scripts_run_and_parse(script):
    path = ROOT / script
    assert path.stat().st_mode & 0o111, f"{script} is not executable"
    assert subprocess.run(["bash", "-n", str(path)], check=False, capture_output=True, timeout=30).returncode == 0
