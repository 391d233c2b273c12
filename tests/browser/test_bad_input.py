"""What goes wrong outside: the server leaves in mid-search, pages grow stale, fields are long or run from the right."""

import json

import pytest

pytestmark = pytest.mark.browser
LONG = "An uncommonly long title " * 400 + "x" * 5000
NEAR_SAID = "The catalogue does not have “shpi”; words like it were taken: “ship”."
HEBREW = "אוניה בסערה מול החוף"


def settled(page):
    page.wait_for_selector('.results[aria-busy="false"] .card-picture img')


def answering(page, change):
    """Let the server's answers pass through `change(body)`."""

    def passing(route):
        body = route.fetch().json()
        change(body)
        route.fulfill(json=body)

    page.route("**/api/search?*", passing)


def test_the_server_leaves_in_mid_search(page):
    """The connection breaks after the head of the answer: what was there stays, trying again works."""
    page.goto("/")
    settled(page)
    before = page.locator(".card").count()
    page.route("**/api/search?*", lambda route: route.fulfill(body='{"hits": [{"ima', content_type="application/json"))
    page.fill(".words", "castle")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The server does not answer.")
    assert page.locator(".results").get_attribute("aria-busy") == "false"
    assert page.locator(".card").count() == before, "what was seen stays"
    page.unroute("**/api/search?*")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector("text=Castle on leaf 1")


def test_the_server_is_gone_while_more_is_fetched(page, site):
    """The first hits stay when the next ones do not come."""
    ids = list(site.ids().values())
    asked = []

    def once(route):
        asked.append(route.request.post_data_json["limit"])
        if len(asked) > 1:
            route.abort()
            return
        hits = [
            {"image": f"{n}.jpg", "image_id": ids[n % 12], "region_id": 5000 + n, "box": [0, 0, 700, 900], "fields": {}}
            for n in range(120)
        ]
        route.fulfill(body=json.dumps({"hits": hits, "total": 900, "mode": "auto"}), content_type="application/json")

    page.route("**/api/search?*", once)
    page.goto("/?t=ship")
    settled(page)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_selector("text=The server does not answer.")
    assert len(asked) >= 2
    assert page.locator(".card").first.get_attribute("aria-setsize") == "120"


def test_a_stale_page_gets_answers_of_the_new_generation_and_says_so(page):
    """The page was opened before the collection grew: the next answer has another generation."""
    page.goto("/?t=castle")
    settled(page)
    generation = int(page.url.split("g=")[1].split("&")[0])
    answering(page, lambda body: body.update(generation=generation + 3))
    page.reload()
    page.wait_for_selector(f"text=version {generation}, now {generation + 3}")
    settled(page)
    assert f"g={generation + 3}" in page.url


def test_a_picture_that_was_removed_since_is_told(page):
    page.goto("/?like=987654&mode=signature")
    page.wait_for_selector(".notice.trouble:has-text('987654')")
    page.goto("/?img=987654")
    page.wait_for_selector("dialog[open]")
    page.wait_for_selector(".panel:has-text('987654')")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    assert page.locator(".words").is_visible()


def test_judgements_of_pictures_that_are_gone_are_left_out(page, site):
    page.goto(f"/?like={site.some_id}&mode=signature&yes=987654")
    page.wait_for_selector(".note:has-text('no longer in the collection')")
    settled(page)
    assert page.locator("#tray .judged").count() == 0


def test_very_long_fields_do_not_break_the_page(page, site):
    def lengthen(body):
        for hit in body["hits"]:
            hit["fields"] = {"title": LONG, "printer": LONG, "year": LONG}
            hit["reasons"] = [LONG]
            hit["document"] = LONG

    answering(page, lengthen)
    page.goto(f"/?like={site.some_id}&mode=signature")
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing runs out to the right"
    heights = page.locator(".card-caption").evaluate_all("captions => captions.map(c => c.offsetHeight)")
    assert max(heights) <= 70
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_long_fields_in_the_panel_wrap(page, site):
    def lengthen(route):
        body = route.fetch().json()
        body["fields"] = {"title": LONG, "w" * 300: "y" * 9000}
        body["origins"] = dict.fromkeys(body["fields"], "catalogue")
        route.fulfill(json=body)

    page.route(f"**/api/images/{site.some_id}?*", lengthen)
    page.goto(f"/?img={site.some_id}")
    page.wait_for_selector(".field-row")
    panel = page.locator(".panel")
    assert panel.evaluate("p => p.scrollWidth <= p.clientWidth + 1")
    assert page.locator(".sheet-title").evaluate("e => e.offsetHeight") < 60


def test_text_from_the_right_runs_from_the_right(page, site):
    def hebrew(body):
        for hit in body["hits"]:
            hit["fields"] = {"title": HEBREW, "printer": "דפוס אמסטרדם"}

    answering(page, hebrew)
    page.goto(f"/?like={site.some_id}&mode=signature")
    settled(page)
    title = page.locator(".card-title").first
    assert title.inner_text() == HEBREW
    assert title.evaluate("e => getComputedStyle(e).direction") == "rtl"
    page.fill(".words", HEBREW)
    assert page.locator(".words").evaluate("e => getComputedStyle(e).direction") == "rtl"
    page.keyboard.press("Enter")
    page.wait_for_selector(f".chip-text:text-is('{HEBREW}')")
    assert page.locator(".chip-text").evaluate("e => getComputedStyle(e).direction") == "rtl"


def test_a_file_that_lies_about_what_it_is_and_one_that_is_too_large(page, tmp_path):
    page.goto("/")
    settled(page)
    (tmp_path / "script.jpg").write_bytes(b"<svg onload=window.hacked=9></svg>")
    page.locator("input[type=file]").set_input_files(tmp_path / "script.jpg")
    page.wait_for_selector(".notice.trouble:has-text('not a picture')")
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(50_000_001)
    page.locator("input[type=file]").set_input_files(tmp_path / "huge.png")
    page.wait_for_selector(".notice.trouble:has-text('huge.png')")
    assert page.locator(".chip").count() == 0


def test_troubles_and_notes_are_told_in_french_with_the_servers_own_words(page):
    page.goto("/")
    settled(page)
    page.get_by_role("button", name="FR, Français").click()
    page.wait_for_selector("text=Que cherchez-vous")
    page.goto("/?t=castle&where=colour+%3D+1")
    told = page.wait_for_selector(".notice.trouble").inner_text()
    assert "Le filtre ne peut pas être lu." in told
    assert "colour" in told, "what the server said stays readable"
    page.goto("/?t=castle")
    settled(page)
    note = page.locator(".note")
    assert "Les mots n’ont été cherchés que dans le catalogue" in note.locator("summary").inner_text()
    assert note.locator("[lang=en]").count() == 1
    page.fill(".words", "whale")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Whale on leaf")
    page.wait_for_selector(".note", state="detached")  # said once


def test_every_sentence_the_page_knows_is_one_the_server_says():
    """The patterns in tell.js match what the Python code says, and none is left over."""
    import re
    from pathlib import Path

    from search.channels.instance import NO_INDEX, NO_POINTS

    root = Path(__file__).resolve().parents[2]
    patterns = re.findall(
        r"\[/\^((?:[^/\\]|\\.)+)/s?, \"said\.(\w+)\"", (root / "search/static/js/tell.js").read_text()
    )
    code = "\n".join(p.read_text() for p in [*root.glob("search/*.py"), *root.glob("search/channels/*.py")])
    samples = {
        "wordsOnly": "Words were looked up in the catalogue only. ",
        "longText": "The text is longer than the model reads; only its beginning counts for the meaning.",
        "near": "”; words like it were taken: ",
        "noMeaning": "Search by meaning is left out: ",
        "cancel": "The pictures of the query cancel each other out.",
        "noPoints": NO_POINTS,
        "noIndex": NO_INDEX,
        "english": " but the model of this collection was taught in English.",
        "judgedGone": " judged pictures are no longer in the collection and were left out.",
        "nothingThere": "Nothing stands out there",
    }
    assert {name for _, name in patterns} == set(samples)
    for pattern, name in patterns:
        sample = samples[name]
        assert sample in code, f"the server no longer says {sample!r}"
        said = {"english": "Your words look French," + sample, "judgedGone": "3" + sample, "near": NEAR_SAID}.get(
            name, sample
        )
        assert re.match(pattern, said), (name, pattern)
