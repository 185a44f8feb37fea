"""The parity section of the report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources

import jinja2

from bundle import layout
from export.parity.answers import Group, Parity
from export.parity.resampling import LEAST_AGREEMENT, Agreement

BEGIN, END = "<!-- parity -->", "<!-- end of parity -->"


def with_parity(page: str, parity: Parity, resampling: Sequence[Agreement] = ()) -> str:
    """Puts the section into the report's page, in place of an earlier one.

    Args:
        page: HTML with the two marks; without them it is left as it is.
        parity: The comparison.
        resampling: Agreement by way of scaling, where it was measured.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        return page
    section = _template().render(
        pictures=parity.pictures,
        same_label=parity.same_label,
        groups=parity.groups,
        core_ml=any(answer.core_ml is not None for answer in parity.answers),
        resampling=resampling,
        below=[each.way for each in resampling if each.same_label < LEAST_AGREEMENT],
        off=_off,
    )
    return f"{before}{BEGIN}\n{section}\n{END}{after}"


def figures(parity: Parity, resampling: Sequence[Agreement] = ()) -> dict[str, object]:
    """Returns the figures for machines, as in `report/parity.json` and `lienzo export --json`."""
    found: dict[str, object] = {**parity.to_json()}
    if resampling:
        found["resampling"] = [vars(each) for each in resampling]
    return found


def parity_files(page: bytes, parity: Parity, resampling: Sequence[Agreement] = ()) -> dict[str, bytes]:
    """Makes the report's files with the comparison, by path from the bundle's root."""
    text = json.dumps(figures(parity, resampling), indent=1, ensure_ascii=False) + "\n"
    return {
        layout.PAGE: with_parity(page.decode(), parity, resampling).encode(),
        layout.PARITY: text.encode(),
    }


def _off(group: Group, run_time: str) -> str:
    largest, known = group.largest(run_time), group.known(run_time)
    if largest is None:
        return "not run"
    shown = f"{largest:.1e}" if largest else "0"
    return shown if known == len(group.answers) else f"{shown} ({known} compared)"


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.from_string((resources.files("export.parity") / "section.html.j2").read_text("utf-8"))
