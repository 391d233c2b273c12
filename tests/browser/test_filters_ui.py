"""Filters beside the results: values, ranges, counts, the filter language."""

import pytest
from browsing import open_page, settled, until
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_filters_narrow_and_count(page):
    open_page(page)
    page.get_by_role("checkbox", name="Aubry").check()
    until(page, "document.querySelectorAll('.card').length === 4")
    assert page.locator(".facet-values label", has_text="Voss").count() == 1, "other values of the field stay choosable"
    page.get_by_label("year: from").fill("1650")
    page.get_by_label("year: from").press("Enter")
    until(page, "document.querySelectorAll('.card').length === 3")
    page.get_by_role("button", name="Clear all filters").click()
    until(page, "document.querySelectorAll('.card').length === 12")


def test_filters_count_what_the_words_find(page):
    counts = "[...document.querySelectorAll('.facet-values .count')].reduce((sum, c) => sum + Number(c.textContent), 0)"
    open_page(page)
    until(page, f"{counts} >= 24")  # twelve pictures in each of two facets or more
    open_page(page, "/?t=castle&mode=keyword")
    found = page.request.post("/api/search", data={"text": ["castle"], "mode": "keyword"}).json()["hits"]
    printers = {hit["fields"]["printer"] for hit in found}
    until(page, f"document.querySelectorAll('.card').length === {len(found)}")
    until(page, f"{counts} <= {3 * len(found)}")
    shown = page.locator(".facet", has_text="printer").locator(".facet-value")
    expect(shown).to_have_count(len(printers))
    assert set(shown.all_text_contents()) == printers
    years = "[...document.querySelectorAll('.histogram .bar')].filter((bar) => Number(bar.getAttribute('height')) > 0)"
    until(page, f"{years}.length > 0")
    assert page.evaluate(f"{years}.length") <= len({hit["fields"]["year"] for hit in found})


def test_a_wrong_filter_is_explained(page):
    open_page(page)
    page.get_by_text("Filter in words").click()
    page.locator(".where").fill("colour = 'red'")
    page.locator(".where").press("Enter")
    page.wait_for_selector(".notice.trouble")
    told = page.locator(".notice.trouble").inner_text()
    assert "colour" in told
    assert "printer" in told


def test_two_ticks_in_a_row_both_count(page):
    """The second comes while the words are still being looked up for the first."""
    open_page(page, "/?t=leaf&mode=keyword")
    settled(page)
    page.wait_for_selector(".facet-values input")
    held = []
    page.route("**/api/search*", lambda route: held.append(route))  # noqa: PLW0108 (playwright marks what it is given)
    page.get_by_role("checkbox", name="Aubry").check()
    page.get_by_role("checkbox", name="Voss").check()
    for route in held:
        route.continue_()
    page.unroute("**/api/search*")
    until(page, "location.search.includes('Aubry') && location.search.includes('Voss')")
    settled(page)
    assert page.get_by_role("checkbox", name="Aubry").is_checked()
    assert page.get_by_role("checkbox", name="Voss").is_checked()


def test_a_list_without_a_sure_copy_says_so(page, site):
    """The copies are filtered out: what is left is no promise, and is not marked as one."""
    page.goto(f"/?like={site.some_id}&mode=instance&where=title+like+%22Castle%25%22")
    settled(page)
    expect(page.locator(".card").first).to_be_visible()
    expect(page.locator(".divider")).to_contain_text("No sure copy was found")
    assert set(page.locator(".channel-instance").all_text_contents()) == {"print?"}
    page.goto(f"/?like={site.some_id}&mode=instance")
    settled(page)
    expect(page.locator(".channel-instance").first).to_have_text("print")
    expect(page.locator(".same-count")).to_be_visible()


def test_the_page_of_a_collection_says_what_searches_go_by(page):
    page.goto("/?view=info")
    ways = page.locator(".ways")
    expect(ways).to_contain_text("iconoscope models pull multilingual")
    expect(ways).to_contain_text("keypoints")
    expect(ways).to_contain_text("printer")
    expect(page.locator(".facts dd").first).to_have_text("12")
