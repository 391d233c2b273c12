"""Every main flow, against a real server and collection: each would fail if its feature were broken."""

import re
import urllib.parse

import pytest
from browsing import open_page, search_words, settled, titles, until

pytestmark = pytest.mark.browser


def test_home_leafs_through_the_collection(page):
    open_page(page)
    assert page.get_by_role("heading", name="What are you looking for?").is_visible()
    assert "12 pictures" in page.locator(".results-count").inner_text()
    assert page.locator(".card").count() == 12


def test_words_find_and_say_why(page):
    open_page(page)
    search_words(page, "comet")
    assert titles(page) == ["Comet on leaf 3", "Comet on leaf 8"] or sorted(titles(page)) == [
        "Comet on leaf 3",
        "Comet on leaf 8",
    ]
    assert "t=comet" in page.url
    why = page.locator(".card-why").first.inner_text()
    assert "words" in why
    assert "comet" in why.lower()


def test_the_address_reproduces_the_result(page, browser, site):
    open_page(page)
    search_words(page, "castle")
    page.get_by_role("radio", name="Words").click()
    settled(page)
    page.get_by_role("checkbox", name="Voss").check()
    settled(page)
    first = titles(page)
    assert first
    assert re.search(r"g=\d+", page.url)
    other = browser.new_page()
    other.goto(page.url)
    other.wait_for_selector(".card-picture img")
    assert titles(other) == first
    assert other.get_by_role("radio", name="Words").get_attribute("aria-checked") == "true"
    assert other.get_by_role("checkbox", name="Voss").is_checked()
    other.close()
    page.go_back()
    settled(page)
    assert not page.get_by_role("checkbox", name="Voss").is_checked()


def test_a_link_to_another_version_says_so(page):
    open_page(page, "/?t=castle&g=0")
    page.wait_for_selector("text=The collection has changed since this link was made")
    assert "Castle on leaf 1" in titles(page)


def test_choosing_a_picture_finds_the_same_print(page, site, tmp_path):
    from PIL import Image

    open_page(page)
    name = site.groups[3][0]
    x, y, w, h = site.boxes[name]
    Image.open(site.images / name).crop((x, y, x + w, y + h)).save(tmp_path / "mine.png")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose pictures").click()
    chooser.value.set_files(tmp_path / "mine.png")
    page.wait_for_selector(".badge")
    settled(page)
    assert sorted(titles(page)[:2]) == ["Comet on leaf 3", "Comet on leaf 8"]
    same = page.locator(".card", has=page.locator(".badge")).locator(".card-title").all_inner_texts()
    assert {"Comet on leaf 3", "Comet on leaf 8"} <= set(same)
    assert "up=" in page.url
    page.reload()
    page.wait_for_selector(".badge")


def test_dropping_and_pasting_a_picture(page, site):
    open_page(page)
    data = list((site.images / site.groups[1][0]).read_bytes())
    for kind in ("drop", "paste"):
        page.goto("/")
        page.wait_for_selector(".card-picture img")
        page.evaluate(
            """([bytes, kind]) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([new Uint8Array(bytes)], 'mine.jpg', { type: 'image/jpeg' }));
              const init = { bubbles: true, cancelable: true };
              window.dispatchEvent(kind === 'drop'
                ? new DragEvent('drop', { ...init, dataTransfer: transfer })
                : new ClipboardEvent('paste', { ...init, clipboardData: transfer }));
            }""",
            [data, kind],
        )
        page.wait_for_selector(".badge")
        assert page.locator(".chip-picture").count() == 1


def test_wrong_files_are_refused_in_words(page, tmp_path):
    open_page(page)
    for name, content in (("notes.txt", b"hello"), ("broken.png", b"no picture at all")):
        (tmp_path / name).write_bytes(content)
        page.locator("input[type=file]").set_input_files(tmp_path / name)
        page.wait_for_selector(".notice.trouble")
        assert "picture" in page.locator(".notice.trouble").last.inner_text()
    assert page.locator(".chip").count() == 0


def test_a_box_drawn_on_a_result_is_searched(page, site):
    block = site.groups[3]
    open_page(page)
    number = site.ids()[block[0]]
    page.goto(f"/?img={number}")
    page.wait_for_selector(".openseadragon-canvas")
    page.wait_for_selector(".box-layer", state="attached")
    x, y, w, h = site.boxes[block[0]]
    page.keyboard.press("b")
    page.wait_for_selector(".box-layer.drawing", state="attached")
    stage = page.locator(".stage").bounding_box()
    page.wait_for_timeout(700)
    scale = min(stage["width"] / 700, stage["height"] / 900)
    left = stage["x"] + (stage["width"] - 700 * scale) / 2
    top = stage["y"] + (stage["height"] - 900 * scale) / 2
    page.mouse.move(left + x * scale, top + y * scale)
    page.mouse.down()
    page.mouse.move(left + (x + w) * scale, top + (y + h) * scale, steps=8)
    page.mouse.up()
    page.get_by_role("button", name="Search by this part").click()
    page.wait_for_selector(".badge")
    settled(page)
    box = [
        float(v)
        for v in urllib.parse.parse_qs(urllib.parse.urlparse(page.url).query)["like"][0].split(":")[1].split(",")
    ]
    assert box == pytest.approx([x, y, w, h], abs=12), "the box is in original pixels"
    found = page.locator(".card", has=page.locator(".badge")).locator(".card-title").all_inner_texts()
    assert "Comet on leaf 8" in found


def test_a_box_by_keys_alone(page, site):
    open_page(page)
    page.goto(f"/?img={site.ids()[site.groups[0][0]]}")
    page.wait_for_selector(".box-layer", state="attached")
    page.wait_for_timeout(700)
    page.keyboard.press("b")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".box-body")
    before = page.locator(".box-body").bounding_box()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    after = page.locator(".box-body").bounding_box()
    assert after["x"] > before["x"]
    assert after["height"] > before["height"]
    page.keyboard.press("Escape")
    assert page.locator(".box-body").count() == 0
    assert page.locator("dialog[open]").count() == 1, "Escape lets go of the box first"
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")


def test_a_region_is_taken_by_clicking_it(page, site):
    open_page(page)
    name = site.groups[0][0]
    number = site.ids()[name]
    regions = [r for r in page.request.get(f"/api/images/{number}/regions").json()["regions"] if r["kind"] != "whole"]
    assert regions, "the page proposer found the block"
    page.goto(f"/?img={number}")
    page.locator(".part-list button").first.click()
    page.wait_for_selector(".box-body")
    page.get_by_role("button", name="Add to the search").click()
    page.wait_for_selector(".chip-picture")
    box = [
        int(v) for v in urllib.parse.parse_qs(urllib.parse.urlparse(page.url).query)["like"][0].split(":")[1].split(",")
    ]
    assert box == pytest.approx(regions[0]["box"], abs=1)


def test_viewer_shows_fields_with_their_origin_and_pages(page, site):
    open_page(page)
    page.locator(".card-picture").first.click()
    page.wait_for_selector(".field-row")
    rows = page.locator(".field-row").all_inner_texts()
    assert any("printer" in row and "catalogue" in row for row in rows)
    assert any("700 × 900" in row and "file" in row for row in rows)
    pages = page.locator(".pages button")
    assert pages.count() == 6
    current = page.url
    page.locator('.pages button:not([aria-current="page"])').last.click()
    until(page, "url => location.href !== url", current)
    page.wait_for_selector('.pages button[aria-current="page"]')
    page.go_back()
    until(page, "url => location.href === url", current)


def test_comparison_lays_query_over_hit(page, site):
    open_page(page)
    name = site.groups[1][0]
    x, y, w, h = site.boxes[name]
    page.goto(f"/?like={site.ids()[name]}:{x},{y},{w},{h}&mode=instance")
    page.wait_for_selector(".badge")
    mirrored = page.locator(".card", has_text="Castle on leaf 11")
    mirrored.hover()
    mirrored.get_by_role("button", name="Compare").click()
    page.wait_for_selector(".compare .layer-hit")
    until(page, "[...document.querySelectorAll('.layer')].every(i => i.naturalWidth && i.style.transform)")
    assert "mirrored" in page.locator(".evidence").inner_text()
    matrix = page.locator(".layer-query").evaluate(
        "e => { const m = new DOMMatrix(e.style.transform); return m.a * m.d - m.b * m.c; }"
    )
    assert matrix < 0, "the query is shown mirrored, as the copy is"
    assert page.locator(".pane-hit .dot").count() > 5
    assert page.locator(".pane-hit .dot").count() == page.locator(".pane-query .dot").count()
    for key, way in zip("2345", ("overlay", "blink", "swipe", "difference"), strict=True):
        page.keyboard.press(key)
        assert page.locator(".panes").get_attribute("data-way") == way
    assert page.locator(".layer-query").evaluate("e => e.style.mixBlendMode") == "difference"
    registered_difference(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    assert "cmp=" not in page.url


def registered_difference(page):
    """Laid over each other, the two impressions cancel out better than the query shifted by some pixels."""
    page.keyboard.press("p")
    page.wait_for_timeout(200)
    at = page.locator(".pane-hit").bounding_box()
    clip = {
        "x": at["x"] + at["width"] * 0.3,
        "y": at["y"] + at["height"] * 0.3,
        "width": at["width"] * 0.4,
        "height": at["height"] * 0.4,
    }
    near = brightness(page.screenshot(clip=clip))
    page.locator(".layer-query").evaluate("e => { e.style.transform = 'translate(14px, 9px) ' + e.style.transform; }")
    far = brightness(page.screenshot(clip=clip))
    assert near < 0.7 * far


def brightness(png: bytes) -> float:
    """Mean of a picture's pixels."""
    import io

    import numpy as np
    from PIL import Image

    return float(np.asarray(Image.open(io.BytesIO(png)).convert("L"), float).mean())


def test_names_and_titles_with_markup_are_shown_as_they_are(page):
    open_page(page)
    card = page.locator(".card", has_text="<script>window.hacked=2</script><b>bold</b>")
    assert card.count() == 1
    card.locator(".card-picture").click()
    page.wait_for_selector(".field-row")
    assert page.locator(".sheet-title").inner_text() == "<script>window.hacked=2</script><b>bold</b>"
    assert any("<img src=x onerror" in row for row in page.locator(".field-row").all_inner_texts())
    assert page.locator("b").count() == 0
    page.goto("/?t=%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D3%3E&c=%3Cb%3E")
    page.wait_for_selector(".chip")
    assert page.locator(".chip img").count() == 0


def test_keyboard_moves_through_the_grid_and_judges(page, site):
    open_page(page, f"/?like={site.some_id}&mode=signature")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.className") == "words"
    page.locator('.card-picture[tabindex="0"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    at = page.evaluate("Number(document.activeElement.dataset.index)")
    assert at >= 2
    page.keyboard.press("y")
    assert page.evaluate("Number(document.activeElement.dataset.index)") == at, "focus stays where it was"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("n")
    assert page.locator("#tray .judged.yes").count() == 1
    assert page.locator("#tray .judged.no").count() == 1
    page.keyboard.press("u")
    assert page.locator("#tray .judged").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] .field-row")


def test_chips_change_sign_weight_and_go(page):
    open_page(page, "/?t=castle&t=whale&mode=keyword")
    page.get_by_label("Weight of “whale”").select_option("4")
    settled(page)
    assert "whale%5E4" in page.url
    page.get_by_role("button", name="“castle”: wanted. Make it unwanted").click()
    settled(page)
    assert "nt=castle" in page.url
    assert all("Castle" not in title for title in titles(page))
    page.get_by_role("button", name="Remove “castle”").click()
    settled(page)
    assert "nt=" not in page.url
    search_words(page, 'ship -garden -"two words"')
    query = urllib.parse.parse_qs(urllib.parse.urlparse(page.url).query)
    assert query["t"] == ["whale^4", "ship"]
    assert query["nt"] == ["garden", "two words"]


def test_grouping_leaves_one_for_each_document(page, site):
    open_page(page, f"/?like={site.some_id}&mode=signature")
    settled(page)
    assert page.locator(".card").count() > 2
    page.get_by_role("button", name="One per document").click()
    until(page, "document.querySelectorAll('.card').length === 2")


def test_exports(page, tmp_path):
    open_page(page, "/?t=castle")
    settled(page)
    saved = {}
    for label in ("CSV", "JSON", "Web Annotations", "Pictures (ZIP)"):
        page.locator(".menu summary").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=label, exact=True).click()
        target = tmp_path / re.sub(r"\W", "", label)
        download.value.save_as(target)
        saved[label] = target.read_bytes()
    rows = saved["CSV"].decode("utf-8-sig").splitlines()
    assert rows[0].startswith("rank,image,image_id")
    assert len(rows) == 1 + len(titles(page))
    assert b'"hits"' in saved["JSON"]
    assert b"xywh=" in saved["Web Annotations"]
    assert saved["Pictures (ZIP)"][:2] == b"PK"


def test_contact_sheet_for_the_printer(page):
    open_page(page, "/?t=castle")
    settled(page)
    page.evaluate("window.print = () => { window.printed = document.querySelectorAll('.contact-sheet li').length; }")
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Contact sheet").click()
    until(page, "window.printed > 0")
    assert page.evaluate("window.printed") == len(titles(page))


def test_collections_and_failures(page):
    open_page(page)
    page.get_by_role("button", name="Collection", exact=True).click()
    page.wait_for_selector(".failures")
    assert "broken.jpg" in page.locator(".failures").inner_text()
    assert "12" in page.locator(".facts").inner_text()
    page.locator(".shelf-item", has_text="Half").click()
    page.wait_for_selector("h1:has-text('Half')")
    page.wait_for_selector("text=Every file could be read")
    page.get_by_role("button", name="Search", exact=True).first.click()
    until(page, "document.querySelector('.results-count')?.textContent.includes('6')")
    assert "c=Half" in page.url


def test_french_and_dark_are_kept(page):
    open_page(page)
    page.get_by_role("button", name="FR, Français").click()
    page.wait_for_selector("text=Que cherchez-vous")
    assert page.evaluate("document.documentElement.lang") == "fr"
    page.get_by_role("button", name="Page sombre").click()
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.reload()
    page.wait_for_selector("text=Que cherchez-vous")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == dark
    assert max(int(v) for v in re.findall(r"\d+", dark)[:3]) < 60


def test_the_server_going_away_is_told_and_survived(page):
    open_page(page)
    page.route("**/api/search*", lambda route: route.abort())
    page.fill(".words", "castle")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The server does not answer.")
    page.unroute("**/api/search*")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector("text=Castle on leaf 1")
    assert page.locator("text=The server does not answer.").count() == 0


def test_the_api_documentation_works(page):
    page.goto("/docs")
    page.wait_for_selector(".opblock")
    assert page.locator(".opblock").count() > 10


def test_a_thing_is_outlined_by_a_click(page, site):
    open_page(page)
    name = site.groups[4][0]
    page.goto(f"/?img={site.ids()[name]}")
    page.wait_for_selector(".box-layer", state="attached")
    page.wait_for_timeout(700)
    page.keyboard.press("g")
    x, y, _, h = site.boxes[name]
    stage = page.locator(".stage").bounding_box()
    scale = min(stage["width"] / 700, stage["height"] / 900)
    left = stage["x"] + (stage["width"] - 700 * scale) / 2
    top = stage["y"] + (stage["height"] - 900 * scale) / 2
    page.mouse.click(left + (x + 2) * scale, top + (y + h / 2) * scale)
    page.wait_for_selector(".picked")
    assert page.locator(".candidate").count() >= 1
    page.keyboard.press("1")
    page.get_by_role("button", name="Search by this part").click()
    page.wait_for_selector(".chip-picture")
    assert "like=" in page.url


def test_a_verdict_is_kept_in_the_collection(page, site):
    open_page(page)
    name = site.groups[1][0]
    x, y, w, h = site.boxes[name]
    page.goto(f"/?like={site.ids()[name]}:{x},{y},{w},{h}&mode=instance")
    page.wait_for_selector(".badge")
    card = page.locator(".card", has_text="Castle on leaf 6")
    card.hover()
    card.get_by_role("button", name="Compare").click()
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Your name").press("Tab")
    page.get_by_role("button", name="Same block").click()
    page.wait_for_selector("text=Kept in the collection.")
    kept = page.request.get("/api/judgements").json()["judgements"]
    assert [(j["verdict"], j["author"]) for j in kept] == [("same_block", "Ada")]
    assert kept[0]["query_box"] == [x, y, w, h]
    page.reload()
    page.wait_for_selector('[data-verdict="same_block"][aria-pressed="true"]')
    page.get_by_role("button", name="Same block").click()
    page.wait_for_selector("text=Taken back.")
    assert page.request.get("/api/judgements").json()["judgements"] == []


def test_judging_and_searching_again_reorders_the_list(page, site):
    open_page(page, f"/?like={site.some_id}&mode=signature")
    settled(page)
    before = titles(page)
    liked = page.locator(".card").nth(3).locator(".card-title").inner_text()
    for index, key in ((3, "y"), (1, "n")):
        page.locator(f'.card-picture[data-index="{index}"]').focus()
        page.keyboard.press(key)
    page.get_by_role("button", name="Search with these").click()
    settled(page)
    until(page, "location.search.includes('yes=') && location.search.includes('no=')")
    until(page, "before => [...document.querySelectorAll('.card-title')].length < before", len(before))
    after = titles(page)
    assert liked not in after, "judged pictures do not come back as news"
    assert after
    page.reload()
    page.wait_for_selector("#tray .judged.yes img")
    assert page.locator("#tray .judged").count() == 2
    page.get_by_role("button", name="Forget all judgements").click()
    until(page, "() => !location.search.includes('yes=')")
    settled(page)
    assert titles(page) == before


def test_an_upload_that_is_gone_is_told(page):
    page.goto("/?up=0123456789abcdef01234567")
    page.wait_for_selector("text=no longer on the server")
    assert page.locator(".chip-picture").count() == 1


def test_going_back_takes_the_judgements_along(page, site):
    open_page(page, f"/?like={site.some_id}&mode=signature")
    settled(page)
    page.locator('.card-picture[data-index="2"]').focus()
    page.keyboard.press("y")
    page.get_by_role("button", name="Search with these").click()
    until(page, "() => location.search.includes('yes=')")
    settled(page)
    page.go_back()
    until(page, "() => !document.querySelector('#tray .judged')")
    page.go_forward()
    page.wait_for_selector("#tray .judged.yes img")
    assert page.locator("#tray .judged.yes").count() == 1


def test_without_originals_the_small_copies_are_shown_and_said(page, site):
    """A collection that was copied without its images still works."""
    away = site.images.parent / "away"
    (site.images / "abook").rename(away)
    try:
        open_page(page, "/?c=Half")
        page.locator(".card-picture").first.click()
        page.wait_for_selector("text=The original is not on this machine")
        page.wait_for_selector(".openseadragon-canvas")
        assert page.get_by_role("link", name="Small copy").count() == 1
    finally:
        away.rename(site.images / "abook")


def test_what_to_judge_next_is_offered_and_taken(page, site):
    """With a server that suggests two pictures (a small collection leaves nothing to be unsure about)."""
    ids = list(site.ids().values())

    def suggesting(route):
        body = route.fetch().json()
        route.fulfill(json={**body, "judge_next": [ids[4], ids[7]]})

    page.route("**/api/search?*", suggesting)
    open_page(page, f"/?like={site.some_id}&mode=signature")
    assert page.locator(".judge-next li").count() == 2
    page.locator(".judge-next").get_by_role("button", name="Yes").first.click()
    page.wait_for_selector("#tray .judged.yes img")
    assert page.locator(".judge-next li").count() == 1
    page.get_by_role("button", name="Search with these").click()
    until(page, "id => location.search.includes('yes=' + id)", ids[4])
    settled(page)
    assert not page.locator(".notice.trouble").count()


def test_near_duplicates_are_folded_on_request(page, site):
    open_page(page, f"/?like={site.some_id}&mode=signature")
    with page.expect_request("**/api/search?*") as asked:
        page.get_by_role("button", name="Fold copies").click()
    assert asked.value.post_data_json["fold"] is True
    until(page, "() => location.search.includes('fold=1')")
    settled(page)
    assert not page.locator(".notice.trouble").count()
