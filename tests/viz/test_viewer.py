"""The exported map in a real browser: what people do with it, and the pixels they see."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from browsing import leave
from PIL import Image

pytestmark = pytest.mark.browser

READY = "() => globalThis.iconoscopeMap?.ready && iconoscopeMap.viewer.pages.settled && iconoscopeMap.viewer.pages.loaded > 0"
STILL = "() => { const v = iconoscopeMap.viewer; return !v.camera.flight && !v.transition && v.pages.settled && !v.pending; }"


class Opened:
    """A map on a page."""

    def __init__(self, page: Any, requests: list[str], problems: list[str]) -> None:
        self.page, self.requests, self.problems = page, requests, problems

    def js(self, expression: str, argument: Any = None) -> Any:
        return self.page.evaluate(
            f"(argument) => {{ const map = iconoscopeMap, v = map.viewer; return {expression}; }}", argument
        )

    def settle(self) -> None:
        self.page.wait_for_function(STILL, timeout=20_000)
        self.page.wait_for_timeout(150)
        self.page.wait_for_function(STILL, timeout=20_000)

    def pixels(self) -> np.ndarray:
        return np.asarray(Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")).astype(int)

    def place(self, index: int) -> tuple[float, float]:
        x, y = self.js("v.camera.toScreen(v.cloud.places[2 * argument], v.cloud.places[2 * argument + 1])", index)
        return x, y

    def zoom_to(self, index: int, zoom: float = 14) -> None:
        self.js("v.flyTo([argument[0]], { zoom: argument[1], instant: true })", [index, zoom])
        self.settle()


@pytest.fixture
def open_map(browser: Any, static_server: Callable[[Path], str], drawn_map: Path) -> Iterator[Callable[..., Opened]]:
    contexts = []
    address = f"{static_server(drawn_map.parent)}/{quote(drawn_map.name)}/"

    def start(after: str = "", url: str | None = None, **options: Any) -> Opened:
        options = {"viewport": {"width": 1000, "height": 700}, "locale": "en-GB", "reduced_motion": "reduce"} | options
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        requests: list[str] = []
        problems: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.goto((url or address) + after)
        page.wait_for_function(READY, timeout=30_000)
        opened = Opened(page, requests, problems)
        opened.settle()
        return opened

    yield start
    for context in contexts:
        leave(context)


def _genre(opened: Opened, index: int) -> str:
    return str(opened.page.evaluate("async (i) => (await iconoscopeMap.viewer.record(i)).fields.get('genre')", index))


INKS = {"emblem": (200, 40, 30), "map": (30, 150, 60), "portrait": (40, 70, 210)}


def test_pictures_are_drawn_where_the_data_says(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    for index in (0, 77, 150, 239):
        opened.zoom_to(index)
        x, y = opened.place(index)
        seen = opened.pixels()[round(y), round(x)]
        assert np.abs(seen - INKS[_genre(opened, index)]).max() < 12
    assert opened.problems == []


def test_the_first_view_shows_pictures_of_all_three_colours(open_map: Callable[..., Opened]) -> None:
    pixels = open_map().pixels()
    for ink in INKS.values():
        assert (np.abs(pixels - ink).max(axis=2) < 25).sum() > 1500


def test_nothing_is_asked_of_another_host(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    opened.zoom_to(5)
    opened.js("v.open(5)")
    opened.settle()
    hosts = {url.split("/")[2] for url in opened.requests if not url.startswith("data:")}
    assert len(hosts) == 1


def test_dragging_pans_by_the_same_distance(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    scale = opened.js("v.camera.scale")
    opened.page.mouse.move(500, 350)
    for _ in range(6):
        opened.page.mouse.wheel(0, -200)
    opened.page.wait_for_function("(scale) => iconoscopeMap.viewer.camera.scale > 8 * scale", arg=scale)
    opened.settle()
    before = opened.place(0)
    opened.page.mouse.down()
    opened.page.mouse.move(560, 310, steps=4)
    opened.page.wait_for_timeout(120)
    opened.page.mouse.up()
    opened.settle()
    after = opened.place(0)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((60, -40), abs=1)


def test_wheel_zooms_at_the_pointer(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    opened.page.mouse.move(620, 260)
    before, scale = opened.js("v.camera.toMap(620, 260)"), opened.js("v.camera.scale")
    opened.page.mouse.wheel(0, -300)
    opened.page.wait_for_function("(scale) => iconoscopeMap.viewer.camera.scale > 1.5 * scale", arg=scale)
    opened.settle()
    assert opened.js("v.camera.toMap(620, 260)") == pytest.approx(before, abs=1e-4)


def test_wheel_zooms_over_the_label_of_a_hotspot(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    opened.page.locator(".ism-label span").first.hover()
    scale = opened.js("v.camera.scale")
    opened.page.mouse.wheel(0, -300)
    opened.page.wait_for_function("(scale) => iconoscopeMap.viewer.camera.scale > 1.5 * scale", arg=scale)
    opened.settle()
    assert opened.js("v.camera.scale") > 1.5 * scale


def test_pinching_zooms(open_map: Callable[..., Opened]) -> None:
    opened = open_map(has_touch=True)
    scale = opened.js("v.camera.scale")
    session = opened.page.context.new_cdp_session(opened.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    touch("touchStart", (450, 350), (550, 350))
    for step in range(1, 6):
        touch("touchMove", (450 - 20 * step, 350), (550 + 20 * step, 350))
    touch("touchEnd")
    opened.settle()
    assert opened.js("v.camera.scale") == pytest.approx(3 * scale, rel=0.1)


def test_click_opens_the_picture_with_its_fields_and_neighbours(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    opened.zoom_to(40)
    opened.page.mouse.click(*opened.place(40))
    panel = opened.page.locator(".ism-panel")
    panel.locator("h2").wait_for()
    chosen = opened.js("v.opened")
    record = opened.page.evaluate(
        "async (i) => { const r = await iconoscopeMap.viewer.record(i); return [...r.fields]; }", chosen
    )
    assert panel.locator("h2").inner_text() == dict(record)["title"]
    assert dict(record)["genre"] in panel.inner_text()
    assert panel.locator(".ism-neighbours button").count() == 12
    natural = panel.locator("figure img").evaluate("async (i) => { await i.decode(); return i.naturalWidth; }")
    assert natural == 96
    panel.locator(".ism-neighbours button").first.click()
    opened.settle()
    assert opened.js("v.opened") != chosen
    opened.page.keyboard.press("Escape")
    assert panel.is_hidden()


def test_hovering_shows_a_card(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    opened.zoom_to(12)
    x, y = opened.place(12)
    opened.page.mouse.move(x - 3, y)
    opened.page.mouse.move(x, y)
    card = opened.page.locator(".ism-card")
    card.wait_for(state="visible")
    assert card.inner_text().startswith(_genre(opened, opened.js("v.hovered")).capitalize())


def test_lasso_selects_what_it_surrounds(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    mouse = opened.page.mouse
    opened.page.locator(".ism-canvas").focus()
    opened.page.keyboard.press("l")
    corners = [(150, 90), (500, 90), (500, 640), (150, 640), (150, 95)]
    mouse.move(*corners[0])
    mouse.down()
    for corner in corners[1:]:
        mouse.move(*corner, steps=6)
    mouse.up()
    selected = set(opened.js("[...v.selected]"))
    places = np.array(
        opened.js(
            "Array.from({length: v.count}, (_, i) => v.camera.toScreen(v.cloud.places[2*i], v.cloud.places[2*i+1]))"
        )
    )
    inside = (places[:, 0] > 150) & (places[:, 0] < 500) & (places[:, 1] > 90) & (places[:, 1] < 640)
    clear = np.abs(places[:, 0] - 500) > 3
    assert inside.any()
    assert not inside.all()
    assert set(np.flatnonzero(inside & clear).tolist()) <= selected <= set(np.flatnonzero(inside | ~clear).tolist())
    assert opened.page.locator(".ism-selection strong").inner_text() == f"{len(selected)} selected"
    opened.page.wait_for_timeout(350)
    link = opened.js("location.hash")
    assert set(open_map(link).js("[...v.selected]")) == selected


def test_facets_dim_the_others(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    opened.page.get_by_role("button", name="Filters").click()
    opened.page.get_by_label("emblem").check()
    opened.settle()
    assert opened.page.locator(".ism-title p").inner_text() == "80 of 240 pictures"
    dimmed = opened.js("Array.from(v.cloud.state)")
    assert [_genre(opened, i) == "emblem" for i in (0, 60, 130, 200)] == [not dimmed[i] & 1 for i in (0, 60, 130, 200)]
    opened.page.keyboard.press("Escape")
    opened.settle()
    pixels = opened.pixels()
    counts = [int((np.abs(pixels - ink).max(axis=2) < 25).sum()) for ink in INKS.values()]
    assert counts[0] > 1500
    assert max(counts[1:]) < 100


def test_a_filter_that_leaves_nothing_says_so(open_map: Callable[..., Opened]) -> None:
    opened = open_map("#q=zeppelin")
    assert opened.js("v.passing") == 0
    assert opened.page.locator(".ism-status").inner_text() == "No picture passes these filters."


def test_time_slider(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    slider = opened.page.get_by_label("From year")
    slider.focus()
    slider.fill("1600")
    assert opened.js("v.passing") == 160
    assert "1600 – 1739" in opened.page.locator(".ism-timeline output").inner_text()
    opened.page.wait_for_timeout(350)
    assert "y=1600%2C1739" in opened.js("location.hash")


@pytest.mark.parametrize(
    ("words", "count"), [("Léon", 48), ("leon", 48), ("leon portrait", 16), ("por", 80), ("xyz", 0)]
)
def test_search_without_a_server(open_map: Callable[..., Opened], words: str, count: int) -> None:
    opened = open_map()
    opened.page.keyboard.press("/")
    opened.page.get_by_role("searchbox").fill(words)
    opened.page.wait_for_function(
        f"() => iconoscopeMap.query === {json.dumps(words)} && iconoscopeMap.viewer.masks.has('search')"
    )
    assert opened.js("v.passing") == count


def test_layouts_bring_every_picture_to_its_new_place(open_map: Callable[..., Opened]) -> None:
    opened = open_map(reduced_motion="no-preference")
    names = opened.page.get_by_role("radio").all_inner_texts()
    assert names == ["Likeness", "Grid", "Time", "By genre", "Colour"]
    opened.page.get_by_role("radio", name="Grid").click()
    opened.page.wait_for_timeout(250)
    assert opened.js("v.transition !== null")
    opened.settle()
    assert opened.js("v.layout.key") == "grid"
    x, y = opened.place(100)
    assert np.abs(opened.pixels()[round(y), round(x)] - INKS[_genre(opened, 100)]).max() < 30
    opened.page.get_by_role("radio", name="By genre").click()
    opened.settle()
    assert opened.page.locator(".ism-caption span").all_inner_texts() == ["emblem", "map", "portrait"]


def test_deep_link_restores_view_layout_picture_and_filter(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    opened.js("map.setLayout('grid')")
    opened.settle()
    opened.js("map.filters.set([['genre', 'map'], ['genre', 'portrait']])")
    opened.zoom_to(30, 4)
    opened.js("v.open(30)")
    opened.settle()
    opened.page.wait_for_timeout(400)
    link = opened.js("location.hash")
    again = open_map(link)
    assert again.js("v.layout.key") == "grid"
    assert again.js("v.opened") == 30
    assert again.js("v.passing") == 160
    assert again.place(30) == pytest.approx(opened.place(30), abs=1.5)
    difference = np.abs(again.pixels() - opened.pixels()).max(axis=2)
    assert (difference > 40).mean() < 0.01


@pytest.mark.parametrize(
    "hash_", ["#v=1,2", "#v=a,b,c&l=nowhere", "#i=999999", "#s=1,2;3", "#f=genre", "#%%%", "#y=x,1&p=a,b"]
)
def test_nonsense_links_open_the_whole_map(open_map: Callable[..., Opened], hash_: str) -> None:
    opened = open_map(hash_)
    assert opened.js("v.camera.zoom") == pytest.approx(1, abs=0.01)
    assert opened.problems == []


def test_keyboard_moves_zooms_and_opens(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    opened.page.locator(".ism-canvas").focus()
    x = opened.js("v.camera.x")
    opened.page.keyboard.press("ArrowRight")
    assert opened.js("v.camera.x") > x
    opened.page.keyboard.press("+")
    assert opened.js("v.camera.zoom") == pytest.approx(1.4, rel=0.01)
    opened.page.keyboard.press("Enter")
    opened.page.locator(".ism-panel h2").wait_for()
    first = opened.js("v.opened")
    opened.page.keyboard.press("ArrowRight")
    assert opened.js("v.opened") == first + 1
    opened.page.keyboard.press("Escape")
    opened.page.keyboard.press("0")
    opened.settle()
    assert opened.js("v.camera.zoom") == pytest.approx(1, abs=0.01)
    opened.page.keyboard.press("2")
    opened.settle()
    assert opened.js("v.layout.key") == "grid"


def test_hotspots_are_named_clickable_and_renamed(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    labels = opened.page.locator(".ism-label")
    assert {text.split(" · ")[0] for text in labels.all_inner_texts()} == {"Emblem", "Map", "Portrait"}
    opened.page.get_by_role("button", name="Hotspots").click()
    opened.page.get_by_role("button", name="Rename “Map”").first.click()
    field = opened.page.locator(".ism-hotspots li input")
    field.fill("Sea charts")
    field.press("Enter")
    opened.page.locator(".ism-label", has_text="Sea charts").wait_for()
    saved = opened.page.evaluate("async () => await iconoscopeMap.hotspots.labels()")
    assert {row["label"] for row in saved} == {"Sea charts"}
    assert all(name.startswith("plates/map") for name in saved[0]["images"])
    opened.page.locator(".ism-hotspot", has_text="Emblem").first.click()
    opened.settle()
    assert opened.js("v.camera.zoom") > 1.2


def test_dark_and_french(open_map: Callable[..., Opened]) -> None:
    light, dark = open_map(), open_map(color_scheme="dark", locale="fr-FR")
    assert light.pixels()[5, 500].min() > 220
    assert dark.pixels()[5, 500].max() < 60
    assert dark.page.get_by_role("radio", name="Grille").count() == 1
    assert dark.page.locator(".ism-title p").inner_text() == "240 images"
    dark.page.get_by_role("button", name="Switch to English").click()
    dark.page.wait_for_function(READY)
    assert dark.page.get_by_role("radio", name="Grid").count() == 1


def test_every_control_has_a_name(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    opened.js("v.open(3)")
    opened.page.locator(".ism-panel h2").wait_for()
    unnamed = opened.page.evaluate(
        "() => [...document.querySelectorAll('button, input, canvas:not([hidden], [aria-hidden]), [role=application]')].filter((e) => !(e.ariaLabel || e.innerText?.trim() || e.labels?.length)).map((e) => e.outerHTML)"
    )
    assert unnamed == []


def test_opens_from_the_file_system(open_map: Callable[..., Opened], drawn_map: Path) -> None:
    opened = open_map(url=(drawn_map / "index.html").as_uri())
    opened.zoom_to(77)
    x, y = opened.place(77)
    assert np.abs(opened.pixels()[round(y), round(x)] - INKS[_genre(opened, 77)]).max() < 12
    opened.js("map.search('leon')")
    opened.page.wait_for_function("() => iconoscopeMap.viewer.passing === 48")
    assert opened.problems == []


def test_mounts_inside_another_page(open_map: Callable[..., Opened], drawn_map: Path) -> None:
    (drawn_map.parent / "app.html").write_text(
        f"""<!doctype html><link rel="stylesheet" href="{quote(drawn_map.name)}/viewer.css">
        <div id="here" style="width: 600px; height: 400px"></div>
        <script src="{quote(drawn_map.name)}/viewer.js"></script>
        <script>
          IconoscopeMap.mountMap(document.querySelector("#here"), {{
            manifestUrl: "{quote(drawn_map.name)}/data/manifest.json", header: false, language: "fr",
            onSelect: (ids) => (globalThis.selected = ids), onOpen: (record) => (globalThis.opened = record?.id),
          }}).then((map) => (globalThis.iconoscopeMap = map));
        </script>"""
    )
    opened = open_map()
    opened.page.goto("/".join(opened.page.url.split("/")[:3]) + "/app.html")
    opened.page.wait_for_function(READY)
    opened.js("map.highlight([101, 104])")
    assert opened.js("v.marked.size") == 2
    opened.js("map.select([101, 102, 999999])")
    assert sorted(opened.page.evaluate("() => selected")) == [101, 102]
    opened.js("map.only([101])")
    assert opened.js("v.passing") == 1
    opened.js("v.open(v.indexesOf([103])[0])")
    opened.page.wait_for_function("() => globalThis.opened === 103")
    opened.js("map.destroy()")
    assert opened.page.locator("#here *").count() == 0


def test_drawing_ahead_shows_what_drawing_at_once_shows(open_map: Callable[..., Opened]) -> None:
    """Without a graphics card pictures are drawn in slices beside the canvas: the outcome is the same, to the pixel."""
    opened = open_map()
    assert opened.js("v.renderer.software && v.ahead !== null")
    for index, zoom in ((40, 1.3), (200, 5), (7, 16)):
        opened.zoom_to(index, zoom)
        opened.js("v.hover(argument)", index)
        opened.settle()
        ahead = opened.pixels()
        opened.js("v.setAhead(false)")
        opened.settle()
        assert opened.js("v.canvas.width") == 1000
        assert np.array_equal(opened.pixels(), ahead)
        opened.js("v.setAhead(true)")
        opened.settle()
        assert opened.js("v.canvas.width") == 1300
        assert np.array_equal(opened.pixels(), ahead)


def test_no_paper_shows_while_panning_and_the_picture_is_whole_again_at_rest(open_map: Callable[..., Opened]) -> None:
    """Many small steps: the canvas is moved, redrawn ahead, and ends where drawing everything at once would."""
    opened = open_map()
    opened.js("map.setLayout('grid')")
    opened.settle()
    opened.zoom_to(120, 3)
    opened.page.evaluate(
        """async () => {
          const v = iconoscopeMap.viewer;
          globalThis.bare = 0;
          for (let k = 0; k < 60; k++) {
            v.camera.panBy(k % 40 < 20 ? 9 : -9, k % 40 < 20 ? 5 : -5);
            const before = v.frames;
            v.redraw();
            while (v.frames === before) await new Promise((done) => requestAnimationFrame(done));
            const box = v.canvas.getBoundingClientRect();
            if (box.left > 0 || box.top > 0 || box.right < 1000 || box.bottom < 700) globalThis.bare++;
          }
        }"""
    )
    assert opened.page.evaluate("() => bare") == 0
    opened.settle()
    ahead = opened.pixels()
    opened.js("v.setAhead(false)")
    opened.settle()
    assert np.array_equal(opened.pixels(), ahead)


def test_the_picture_of_the_whole_is_there_first_and_lies_where_the_map_will_be(
    open_map: Callable[..., Opened], drawn_map: Path
) -> None:
    """Without any script the page shows the overview, every picture where the map then draws it."""
    opened = open_map()
    live = opened.pixels()
    context = opened.page.context.browser.new_context(
        viewport={"width": 1000, "height": 700}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(opened.page.url.split("#")[0])
    still = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
    context.close()
    middle = (slice(90, 600), slice(80, 990))  # without header, tools and time line
    for ink in INKS.values():
        drawn, first = ((np.abs(p[middle] - ink).max(axis=2) < 60) for p in (live, still))
        assert first.sum() > 1000
        assert (drawn & first).sum() / (drawn | first).sum() > 0.75


def test_large_pictures_are_shown_from_their_files_where_the_tiles_are(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    opened.zoom_to(90, 6)
    images = opened.page.locator(".ism-sharp img")
    assert opened.js("v.sizeAt() <= 128")
    assert images.count() == 0
    opened.zoom_to(90, 30)
    images.first.wait_for(state="visible")
    assert 1 <= images.count() <= 40
    shown = {int(src.split("/")[-1].split(".")[0]) for src in images.evaluate_all("all => all.map((i) => i.src)")}
    assert opened.js("v.ids[90]") in shown
    with_files = opened.pixels()
    opened.js("v.sharp.element.remove()")
    opened.settle()
    assert (np.abs(with_files - opened.pixels()).max(axis=2) > 12).mean() < 0.005


def test_the_minimap_frames_what_is_seen_and_goes_where_it_is_clicked(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    minimap = opened.page.locator(".ism-minimap")
    assert minimap.is_hidden()
    opened.zoom_to(60, 8)
    box, frame = minimap.bounding_box(), minimap.locator("i").bounding_box()
    assert frame["width"] < box["width"] / 2
    opened.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    opened.settle()
    x0, y0, x1, y1 = opened.js("v.camera.bounds")
    assert opened.js("[v.camera.x, v.camera.y]") == pytest.approx([(x0 + x1) / 2, (y0 + y1) / 2], abs=0.02)
    moved = minimap.locator("i").bounding_box()
    assert moved["x"] + moved["width"] / 2 == pytest.approx(box["x"] + box["width"] / 2, abs=3)


@pytest.mark.parametrize("case", ["none", "one", "two", "fifteen", "identical", "no thumbnails", "some not numbers"])
def test_awkward_collections_open_in_the_browser(
    case: str,
    browser: Any,
    static_server: Callable[[Path], str],
    tmp_path: Path,
    make_input: Callable[..., Any],
    write_map: Callable[..., Any],
) -> None:
    given = {
        "none": lambda: make_input(3).take(np.zeros(0, np.int64)),
        "one": lambda: make_input(1),
        "two": lambda: make_input(2),
        "fifteen": lambda: make_input(15),
        "identical": lambda: make_input(40, vectors=np.ones((40, 16))),
        "no thumbnails": lambda: make_input(20, thumbnails={1: b""}),
        "some not numbers": lambda: make_input(
            20, vectors=np.where(np.arange(20)[:, None] % 4, 1.0, np.nan) + np.eye(20)
        ),
    }[case]()
    report = write_map(given, tmp_path / "map")
    page = browser.new_page(viewport={"width": 800, "height": 600})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(f"{static_server(tmp_path)}/map/")
    page.wait_for_function("() => globalThis.iconoscopeMap?.ready", timeout=30_000)
    page.wait_for_function(STILL, timeout=30_000)
    page.wait_for_timeout(200)
    seen = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)[70:500, 70:790]
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    opened = page.evaluate("() => iconoscopeMap.viewer.opened")
    page.close()
    inked = sum(int((np.abs(seen - ink).max(axis=2) < 25).sum()) for ink in INKS.values())
    expected = {
        "none": 0,
        "one": 1,
        "two": 2,
        "fifteen": 15,
        "identical": 40,
        "no thumbnails": 20,
        "some not numbers": 15,
    }
    assert report.pictures == expected[case]
    assert (inked > 500) == (case not in ("none", "no thumbnails"))
    grey = int((np.abs(seen - (206, 202, 196)).max(axis=2) < 12).sum())
    assert (grey > 500) == (case == "no thumbnails")
    assert (opened >= 0) == (case != "none")
    assert problems == []


def test_a_card_that_turns_out_slow_is_noticed(open_map: Callable[..., Opened]) -> None:
    opened = open_map()
    opened.js("v.setAhead(false)")
    opened.settle()
    assert opened.js("v.ahead === null")
    slow = "() => { const v = iconoscopeMap.viewer; let at = 0; for (let k = 0; k < 30; k++) if (v.clock.tooSlow((at += %d), true)) return k; return -1; }"
    assert opened.page.evaluate(slow % 20) == -1
    assert opened.page.evaluate(slow % 60) == 12  # the first frame only sets the clock
