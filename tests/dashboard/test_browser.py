"""The page in a real Chromium: light and dark, desktop and phone."""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mcp_ops.dashboard import Source, page_of
from tests.dashboard.support import NOW, CloudWatch

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(
        CHROMIUM is None or importlib.util.find_spec("playwright") is None,
        reason="needs Chromium (on PATH, or named by CHROMIUM) and `pip install playwright`",
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Containers rarely let Chromium make its own sandbox; the page is ours and runs no script.
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    file: Path = tmp_path_factory.mktemp("page") / "page.html"
    client = CloudWatch()
    file.write_text(page_of(Source(lambda _service, _region: client, "eu-central-1", "mcp-dev", NOW)))
    return file.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)], ids=["desktop", "phone"])
def test_the_page_opens_without_error_and_fits(
    browser: Any, address: str, scheme: str, width: int, height: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    told: list[str] = []
    page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on(
        "request", lambda request: told.append(request.url) if not request.url.startswith(("file:", "data:")) else None
    )
    page.goto(address)
    assert told == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    overflowing = (
        "[...document.querySelectorAll('.card')].filter(card => card.scrollWidth > card.clientWidth + 1).length"
    )
    assert page.evaluate(overflowing) == 0
    assert page.locator("svg").count() == 1
    assert page.locator("svg path.line").first.bounding_box()["width"] > 10
    ink, ground = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert contrast(ink, ground) > 7
    assert (luminance(ground) > 0.5) == (scheme == "light")
    cards = page.locator(".card:has(svg), .card:has(.gauge)").all()
    tops = {round(card.bounding_box()["y"]) for card in cards}
    assert len(tops) == (2 if width < 700 else 1)  # side by side, or one below the other
    page.close()


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 has it, of `rgb(1, 2, 3)`."""
    parts = [int(part) / 255 for part in colour[4:-1].split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)
