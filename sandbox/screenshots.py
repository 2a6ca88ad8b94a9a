"""`screenshots`: pictures of the release view for the docs, of the sandbox as the demo leaves it."""

import argparse
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from sandbox import places, release_view

FOLDER = places.ROOT / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_SETTLES_MILLISECONDS = 8_000
"""Until registry, git and Prefect have answered, and the page has been sent anew."""
PAGES = {
    "board": "/",
    "release": "/releases/shop/testing",
    "roll-back": "/releases/shop/testing/roll-back",
    "application": "/applications/shop",
    "figures": "/figures?application=shop",
}


def main() -> int:
    """Of the view that `make up` started, or of the one at --url."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--url", default=release_view.URL)
    parser.add_argument("--token", default="")
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        page = _signed_in(browser, options.url, options.token or release_view.token(places.STATE))
        for name, path in PAGES.items():
            page.goto(options.url + path)
            _take(page, FOLDER / f"{name}.png")
        _newest_change(page, options.url)
        _take(page, FOLDER / "delivery.png")
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(options.url)
        _take(page, FOLDER / "board-phone-dark.png")
        browser.close()
    return 0


def _signed_in(browser: Browser, url: str, token: str) -> Page:
    page = browser.new_page(viewport={"width": 1100, "height": 700})
    page.goto(url)
    page.get_by_label("Your token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}/")
    return page


def _newest_change(page: Page, url: str) -> None:
    page.goto(f"{url}/applications/shop")
    page.locator("a[href*='/deliveries/']").first.click()
    page.wait_for_timeout(_SETTLES_MILLISECONDS)


def _take(page: Page, file: Path) -> None:
    page.screenshot(path=file)
    print(f"{places.shown(file)}  {file.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    raise SystemExit(main())
