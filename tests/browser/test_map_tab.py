"""The map inside the app: it lights up what was searched, and a lasso goes back into the search."""

import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def mapped(site):
    """The collection with a map beside it; it is taken away again, since other tests count on none."""
    import shutil

    collection = site.images.parent / "Books"
    command = [
        sys.executable,
        "-m",
        "iconoscope",
        "map",
        "--collection",
        str(collection),
        "--out",
        str(collection / "maps" / "map"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    yield site
    shutil.rmtree(collection / "maps")


def until(page, expression):
    """Poll until JavaScript says true."""
    deadline = time.monotonic() + 30
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"never true: {expression}"
        page.wait_for_timeout(50)


def test_search_lights_up_and_the_lasso_comes_back(page, mapped):
    page.goto("/?t=comet&mode=keyword")
    page.wait_for_selector(".card-picture img")
    page.get_by_role("button", name="Map", exact=True).click()
    page.wait_for_selector(".ism-canvas")
    until(page, "document.querySelector('.view-map').textContent.includes('2 of 12')")
    page.goto("/?view=map")
    page.wait_for_selector(".ism-canvas")
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Lasso").click()
    canvas = page.locator(".ism-canvas").bounding_box()
    left, top = canvas["x"] + 70, canvas["y"] + 70
    right, bottom = canvas["x"] + canvas["width"] - 20, canvas["y"] + canvas["height"] - 110
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top + 5)):
        page.mouse.move(x, y, steps=6)
    page.mouse.up()
    page.get_by_role("button", name="as a list").click()
    page.wait_for_selector(".card-picture img")
    assert "image_id+in" in page.url
    assert page.locator(".card").count() > 1


def test_pictures_picked_on_the_map_are_a_positive_set(page, mapped):
    page.goto("/?view=map")
    page.wait_for_selector(".ism-canvas")
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Lasso").click()
    canvas = page.locator(".ism-canvas").bounding_box()
    middle = canvas["x"] + canvas["width"] / 2
    page.mouse.move(middle, canvas["y"] + 70)
    page.mouse.down()
    for x, y in ((canvas["x"] + canvas["width"] - 20, canvas["y"] + 70), (canvas["x"] + canvas["width"] - 20, canvas["y"] + canvas["height"] - 110), (middle, canvas["y"] + canvas["height"] - 110)):  # fmt: skip
        page.mouse.move(x, y, steps=6)
    page.mouse.up()
    page.get_by_role("button", name="More like these").click()
    page.wait_for_selector("#tray .judged.yes img")
    assert "yes=" in page.url
    page.wait_for_selector(".card-picture img")
