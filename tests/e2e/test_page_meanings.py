"""What a label means, on the page, in the language of its reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.groups import shade

Open = Callable[..., Page]
Keep = Callable[[Page, str], None]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize(
    ("locale", "name", "label", "facts", "link"),
    [
        (
            "es-AR",
            "Taza de café",
            "Etiqueta: cup_of_coffee",
            ["Artista", "Rachel Michetti", "Año", "2013", "Room", "sala 3"],
            "Más información",
        ),
        (
            "en-GB",
            "Cup of coffee",
            "Label: cup_of_coffee",
            ["Artist", "Rachel Michetti", "Year", "2013", "Room", "room 3"],
            "More about it",
        ),
    ],
)
def test_a_name_stands_for_the_label_and_the_rest_below_it(
    new_page: Open,
    site: str,
    pictures: Path,
    keep: Keep,
    locale: str,
    name: str,
    label: str,
    facts: list[str],
    link: str,
) -> None:
    page = new_page(site, **PHONE, locale=locale)
    page.set_input_files("#pick", str(pictures / "cup_of_coffee.jpg"))
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(page.locator("#answer")).to_contain_text(label)
    expect(page.locator(".description")).to_have_text("Un café con su cuchara.")
    got = page.locator(".facts > *").all_text_contents()
    assert got == facts
    expect(page.get_by_role("link", name=link)).to_have_attribute("href", "https://example.org/coffee")
    expect(page.locator("#announcer")).to_contain_text(name)
    keep(page, f"phone-meaning-{locale}")


def test_where_no_label_is_sure_the_group_that_is_stands_in_its_place(
    new_page: Open, site: str, grouped: str, tmp_path: Path, keep: Keep
) -> None:
    (tmp_path / "photo.jpg").write_bytes(shade(200, 0, 200))
    page = new_page(site, **PHONE)
    page.route("**/v1/analyze*", lambda route: route.continue_(url=f"{site}/v1/analyze?model={grouped}"))
    page.set_input_files("#pick", str(tmp_path / "photo.jpg"))
    expect(page.get_by_role("heading", name="Something purple")).to_be_visible()
    expect(page.locator(".score b")).to_have_text(re.compile("9[0-9]%"))
    expect(page.locator("#answer")).to_contain_text("Which of them it is, is not sure.")
    assert sorted(page.locator("#answer > .runners li > span:first-child").all_inner_texts())[:2] == [
        "Blue",
        "Green",
    ]
    expect(page.locator("#announcer")).to_contain_text("Something purple, 9")
    keep(page, "phone-group")


def test_an_address_that_is_no_web_page_is_not_linked(new_page: Open, site: str, pictures: Path) -> None:
    page = new_page(site, **PHONE)

    def answer(route: Route) -> None:
        response = route.fetch()
        got: dict[str, Any] = response.json()
        got["recognition"]["recognized"]["meaning"]["link"] = "javascript:alert(1)"
        route.fulfill(response=response, json=got)

    page.route("**/v1/analyze*", answer)
    page.set_input_files("#pick", str(pictures / "cup_of_coffee.jpg"))
    expect(page.get_by_role("heading", name="Cup of coffee")).to_be_visible()
    expect(page.locator("#answer a")).to_have_count(0)
