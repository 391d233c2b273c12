"""The documents: commands parse, links lead somewhere, no number or path of one machine slips in."""

import re
import shlex
from pathlib import Path

import pytest

import iconoscope

ROOT = Path(iconoscope.__file__).resolve().parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands(page: Path) -> list[str]:
    """The lines of shell blocks that call iconoscope."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in (x.strip().removeprefix(".venv/bin/") for x in lines) if line.startswith("iconoscope ")]


@pytest.mark.parametrize(("page", "line"), [(p.name, c) for p in PAGES for c in commands(p)])
def test_every_documented_command_parses(page, line):
    words = shlex.split(line, comments=True)
    assert iconoscope.build_parser().parse_args(words[1:]).command == next(w for w in words[1:] if w[0] != "-")


def test_the_readme_shows_the_two_commands_first():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.index("make demo") < text.index("make test") < text.index("iconoscope index")
    assert len(text.splitlines()) <= 130


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_and_pictures_are_there(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize(
    "command", ["index", "search", "regions", "map", "serve", "evaluate", "info", "models", "demo"]
)
def test_every_command_is_documented(command):
    assert f"iconoscope {command}" in (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


def test_options_of_index_and_search_are_documented():
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for option in (
        "--metadata",
        "--regions",
        "--clip",
        "--preset",
        "--workers",
        "--device",
        "--profile",
        "--where",
        "--like",
    ):
        assert option in text
