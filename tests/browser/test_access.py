"""WCAG 2.2 AA by axe, in both lights and at phone width; the page without a mouse."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def axe(tmp_path_factory) -> str:
    """Source of axe-core: from $ICONOSCOPE_AXE, else fetched by npm at the version in scripts/vendor.py."""
    given = os.environ.get("ICONOSCOPE_AXE")
    if given:
        return Path(given).read_text(encoding="utf-8")
    folder = tmp_path_factory.mktemp("axe")
    command = [sys.executable, str(ROOT / "scripts" / "vendor.py"), "--axe", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        trouble = done.stderr if done.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as error:
        trouble = str(error)
    if trouble:
        if os.environ.get("ICONOSCOPE_REQUIRE_BROWSER"):
            pytest.fail(f"axe-core could not be fetched: {trouble}")
        pytest.skip("axe-core could not be fetched (npm or network missing); set ICONOSCOPE_AXE to its file")
    return (folder / "axe.min.js").read_text(encoding="utf-8")


def violations(page, axe: str) -> list[str]:
    """What axe finds, one line each."""
    page.evaluate(axe + "; undefined")
    found = page.evaluate("tags => axe.run({ runOnly: tags })", TAGS)
    return [
        f"{v['id']}: {n['html'][:160]} ({n['failureSummary'][:300]})" for v in found["violations"] for n in v["nodes"]
    ]


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(page, site, axe, light, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=light, reduced_motion="reduce")
    found = {}
    page.goto("/")
    page.wait_for_selector(".card-picture img")
    page.wait_for_selector(".facet" if width > 900 else ".filters-button")
    found["home"] = violations(page, axe)
    page.goto(f"/?like={site.some_id}&t=castle&mode=auto")
    page.wait_for_selector(".card-picture img")
    page.locator('.card-picture[tabindex="0"]').focus()
    page.keyboard.press("y")
    page.wait_for_selector("#tray .judged")
    found["results"] = violations(page, axe)
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog .field-row")
    page.wait_for_selector(".openseadragon-canvas")
    found["viewer"] = violations(page, axe)
    page.goto("/?view=info")
    page.wait_for_selector(".failures")
    found["info"] = violations(page, axe)
    lines = [f"{where}: {line}" for where, found_there in found.items() for line in found_there]
    assert not lines, "\n".join(lines)


def test_axe_finds_nothing_in_the_comparison(page, site, axe):
    hits = page.request.post("/api/search", data={"like": [{"image_id": site.some_id}], "mode": "instance"}).json()[
        "hits"
    ]
    hit = next(h for h in hits if h.get("transform") and h["image_id"] != site.some_id)
    page.goto(f"/?like={site.some_id}&mode=instance&cmp={hit['region_id']}")
    page.wait_for_selector(".compare .layer-hit")
    assert violations(page, axe) == []


def test_tab_reaches_everything_and_the_dialog_keeps_the_focus(page):
    page.goto("/?t=castle")
    page.wait_for_selector(".card-picture img")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "document.activeElement.className || document.activeElement.id || document.activeElement.tagName"
            )
        )
    for wanted in ("skip", "brand", "tab", "words", "go", "mode", "card-picture", "language"):
        assert wanted in reached, (wanted, reached)
    page.locator('.card-picture[tabindex="0"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog .field-row")
    for _ in range(25):
        page.keyboard.press("Tab")
        inside = page.evaluate(
            "document.activeElement === document.body || Boolean(document.activeElement.closest('dialog'))"
        )
        assert inside
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    assert page.evaluate("document.activeElement.className") == "card-picture", "focus comes back to where it was"


def test_targets_are_large_enough(page):
    """WCAG 2.2, 2.5.8: at least 24 × 24 pixels."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/?t=castle&t=whale")
    page.wait_for_selector(".card-picture img")
    small = page.evaluate(
        """[...document.querySelectorAll('button, select, summary, input:not([type=checkbox], [type=file])')].filter(e => e.offsetParent)
           .map(e => [e.className + ' ' + (e.getAttribute('aria-label') ?? e.textContent), e.getBoundingClientRect()])
           .filter(([, r]) => r.width && (r.width < 24 || r.height < 24)).map(([n]) => n)"""
    )
    assert small == []
