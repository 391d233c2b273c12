"""Steps that browser tests share."""

import time


def until(page, expression, argument=None):
    """Wait until JavaScript says true. (wait_for_function would need `unsafe-eval`, which our policy forbids.)"""
    deadline = time.monotonic() + 15
    while not page.evaluate(expression, argument):
        assert time.monotonic() < deadline, f"never true: {expression}"
        page.wait_for_timeout(50)


def open_page(page, path="/"):
    """Go there and wait for the first pictures."""
    page.goto(path)
    page.wait_for_selector(".card-picture img")


def titles(page) -> list[str]:
    """Titles of the cards in the order of the list."""
    return page.locator(".card").evaluate_all(
        """cards => cards.sort((a, b) => a.ariaPosInSet - b.ariaPosInSet)
                          .map(c => c.querySelector('.card-title').textContent)"""
    )


def settled(page):
    """Wait until the search has been answered."""
    until(page, "document.querySelector('.results')?.getAttribute('aria-busy') === 'false'")


def search_words(page, words):
    """Type and send."""
    page.fill(".words", words)
    page.keyboard.press("Enter")
    settled(page)


def leave(context):
    """Close the pages. Answers that a test still bends then are let go.

    Playwright keeps an error of a route handler and raises it at its next call, which is another test's.
    """
    for page in context.pages:
        page.unroute_all(behavior="ignoreErrors")
    context.unroute_all(behavior="ignoreErrors")
    context.close()
