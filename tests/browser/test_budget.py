"""What the page weighs before the map or deep zoom is opened (issue 6: under 400 kB of compressed JavaScript)."""

import gzip
import time
import urllib.parse

import pytest

pytestmark = pytest.mark.browser
BUDGET = 400_000
OURS = 100_000
"""What our own modules may weigh: more than that means that something came in which should be loaded later."""


def test_javascript_before_deep_zoom_stays_in_the_budget(page, site):
    scripts = {}

    def weigh(response):
        if urllib.parse.urlparse(response.url).path.endswith(".js"):
            scripts[response.url] = len(gzip.compress(response.body(), 6))

    page.on("response", weigh)
    page.goto(f"/?like={site.some_id}&mode=signature")
    page.wait_for_selector(".card-picture img")
    page.wait_for_timeout(300)
    assert len(scripts) > 15, "the modules were seen"
    assert not [url for url in scripts if "/vendor/" in url or "/viz/" in url]
    print(f"JavaScript: {len(scripts)} files, {sum(scripts.values())} bytes compressed")
    assert sum(scripts.values()) < OURS < BUDGET
    page.locator(".card-picture").first.click()
    page.wait_for_selector(".openseadragon-canvas")
    deadline = time.monotonic() + 15
    while not any("openseadragon" in url for url in scripts):  # the listener weighs it while we go on
        assert time.monotonic() < deadline, "it is loaded when a picture is opened"
        page.wait_for_timeout(50)
    assert sum(scripts.values()) < BUDGET


def test_scripts_travel_compressed(page):
    answer = page.request.get("/static/js/app.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
