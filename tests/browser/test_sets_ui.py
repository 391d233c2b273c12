"""Sets, outlines and folded hits in the page: kept in the collection, filtered by, marked as a machine's, passed on."""

import json
import re
import urllib.parse

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def settled(page):
    """Wait until the search has been answered."""

    def wait():
        page.wait_for_selector('.results[aria-busy="false"] .card-picture img')

    return wait


@pytest.fixture
def no_sets(page):
    """The collection has no sets before and after."""

    def clear():
        for found in page.request.get("/api/sets").json()["sets"]:
            page.request.delete("/api/sets/" + urllib.parse.quote(found["name"]))

    clear()
    yield
    clear()


def judge(page, yes, no):
    for index, key in [*((i, "y") for i in yes), *((i, "n") for i in no)]:
        page.locator(f'.card-picture[data-index="{index}"]').focus()
        page.keyboard.press(key)


def save_set(page, name, author="Ada"):
    page.get_by_role("button", name="Save as a set").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Your name").fill(author)
    page.get_by_role("button", name="Save", exact=True).click()


def test_judgements_become_a_set_a_filter_a_file_and_judgements_again(page, site, settled, no_sets, tmp_path):
    page.goto(f"/?like={site.some_id}&mode=signature")
    settled()
    judge(page, (0, 1, 2), (3, 4))
    save_set(page, "old ships")
    page.wait_for_selector("text=The set “old ships” is kept in the collection.")
    (kept,) = page.request.get("/api/sets").json()["sets"]
    assert (kept["author"], len(kept["positive"]), len(kept["negative"])) == ("Ada", 3, 2)
    assert kept["query"] == {"like": [{"image_id": site.some_id}]}

    section = page.locator(".machine-facets")
    section.get_by_label("old ships").first.wait_for()
    assert section.locator(".origin-machine").inner_text().lower() == "machine"
    page.get_by_role("button", name="Forget all judgements").click()
    section.get_by_role("checkbox").first.check()
    page.wait_for_selector(".strictness")
    settled()
    assert "r.machine.old+ships=0.5.." in page.url
    strict = page.locator(".card").count()
    section.get_by_label("old ships: how sure").fill("0.05")
    page.wait_for_selector("text=at least 5%")
    settled()
    assert page.locator(".card").count() >= strict
    assert page.locator(".card-why .origin-machine").count() >= 1, "scores on the cards are marked as a machine's"
    section.get_by_role("checkbox").first.uncheck()
    settled()
    assert "machine" not in page.url

    section.get_by_label("Set old ships").click()
    with page.expect_download() as download:
        section.get_by_role("button", name="Pass on").click()
    download.value.save_as(tmp_path / "set.json")
    document = json.loads((tmp_path / "set.json").read_text())
    assert (document["name"], len(document["direction"]) > 100, "positive" in document) == ("old ships", True, False)

    section.get_by_label("Set old ships").click()
    section.get_by_role("button", name="Judge on with it").click()
    page.wait_for_selector("#tray .judged.yes img")
    assert (page.locator("#tray .judged.yes").count(), page.locator("#tray .judged.no").count()) == (3, 2)
    assert f"like={site.some_id}" in page.url
    settled()

    section.get_by_label("Set old ships").click()
    section.get_by_role("button", name="Delete").click()
    page.wait_for_selector("text=was deleted")
    assert page.request.get("/api/sets").json()["sets"] == []
    with page.expect_file_chooser() as chooser:
        section.get_by_role("button", name="Take a set from a file").click()
    chooser.value.set_files(tmp_path / "set.json")
    page.wait_for_selector('.set-row:has-text("old ships")')
    assert page.request.get("/api/sets").json()["sets"][0]["kind"] == "detector"
    (tmp_path / "no.json").write_text("not a set")
    with page.expect_file_chooser() as chooser:
        section.get_by_role("button", name="Take a set from a file").click()
    chooser.value.set_files(tmp_path / "no.json")
    page.wait_for_selector("text=“no.json” is not a set.")


def test_a_name_that_is_taken_or_wrong_is_told_in_the_window(page, site, settled, no_sets):
    page.goto(f"/?like={site.some_id}&mode=signature")
    settled()
    judge(page, (0,), (1,))
    save_set(page, "<b>no</b>")
    page.wait_for_selector(".small-dialog .trouble:not(:empty)")
    assert page.locator(".small-dialog b").count() == 0
    page.get_by_label("Name", exact=True).fill("plates")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(".small-dialog", state="detached")
    save_set(page, "plates")
    page.wait_for_selector(".small-dialog .trouble:has-text('plates')")
    page.get_by_label("In place of a set of this name").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(".small-dialog", state="detached")
    save_set(page, "more")
    page.keyboard.press("Escape")
    page.wait_for_selector(".small-dialog", state="detached")


def test_an_outline_is_drawn_searched_and_kept_in_the_address(page, site, settled):
    name = site.groups[3][0]
    x, y, w, h = site.boxes[name]
    page.goto(f"/?img={site.ids()[name]}")
    page.wait_for_selector(".openseadragon-canvas")
    page.wait_for_selector(".polygon-layer", state="attached")
    page.wait_for_timeout(700)
    page.keyboard.press("p")
    stage = page.locator(".stage").bounding_box()
    scale = min(stage["width"] / 700, stage["height"] / 900)
    left = stage["x"] + (stage["width"] - 700 * scale) / 2
    top = stage["y"] + (stage["height"] - 900 * scale) / 2
    corners = [(x - 4, y - 4), (x + w + 4, y - 4), (x + w + 4, y + h + 4), (x + w / 2, y + h + 8), (x - 4, y + h + 4)]
    for count, (cx, cy) in enumerate([*corners, (5, 5)], 1):
        page.mouse.click(left + cx * scale, top + cy * scale)
        page.locator(".corner").nth(count - 1).wait_for(state="attached")
        page.wait_for_timeout(320)  # two quick clicks would be a double click
    page.keyboard.press("Backspace")
    page.locator(".corner").nth(5).wait_for(state="detached")
    page.mouse.click(left + corners[0][0] * scale, top + corners[0][1] * scale)
    page.wait_for_selector(".polygon-layer .picked", state="attached")
    assert "5 corners" in page.locator(".box-bar").inner_text()
    page.get_by_role("button", name="Search by this part").click()
    page.wait_for_selector(".badge")
    settled()
    query = urllib.parse.parse_qs(urllib.parse.urlparse(page.url).query)["like"][0]
    numbers = [float(v) for v in query.split(":")[1].split(",")]
    assert numbers == pytest.approx([v for corner in corners for v in corner], abs=6), "in original pixels"
    found = page.locator(".card", has=page.locator(".badge")).locator(".card-title").all_inner_texts()
    assert "Comet on leaf 8" in found
    page.reload()
    page.wait_for_selector(".badge")
    assert page.locator(".chip-picture img").count() == 1


def test_what_is_folded_is_shown_under_its_hit_and_hidden_again(page, site, settled):
    page.goto(f"/?like={site.some_id}&mode=signature&group=1")
    settled()
    assert page.locator(".card").count() == 2
    more = page.locator(".card .more").first
    extra = int(re.sub(r"\D", "", more.inner_text()))
    assert extra > 1
    more.click()
    page.wait_for_selector(".card.unfolded")
    assert page.locator(".card.unfolded").count() == extra
    books = page.locator(".card").first.get_attribute("aria-setsize")
    assert books == str(2 + extra), "the list has grown"
    page.get_by_role("button", name="Hide them again").click()
    page.wait_for_selector(".card.unfolded", state="detached")
    assert page.locator(".card").count() == 2


def test_near_duplicates_are_unfolded(page, site, settled):
    """With a server that folded two pictures (the pages of this collection are all different)."""
    ids = list(site.ids().values())

    def folding(route):
        body = route.fetch().json()
        body["hits"][0]["folded"] = ids[-2:]
        body["hits"] = [h for h in body["hits"] if h["image_id"] not in ids[-2:]]
        route.fulfill(json=body)

    page.route("**/api/search?*", folding)
    page.goto(f"/?like={site.some_id}&mode=signature&fold=1")
    settled()
    page.get_by_role("button", name="2 near-duplicates folded here").click()
    page.wait_for_selector(".card.unfolded")
    assert page.locator(".card.unfolded").count() == 2
    page.locator(".card.unfolded .card-picture").first.focus()
    page.keyboard.press("y")
    assert page.locator("#tray .judged.yes").count() == 1, "also what was folded can be judged"
