"""The part of the report that tells whether every run time answers the same."""

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
    """The report's page with this section in it, instead of the one that was there.

    Args:
        page: HTML with the two marks; without them it is left as it is.
        parity: What was compared.
        resampling: How much hangs on the phone's way of scaling, where that was measured.
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
    """The same for machines: what `report/parity.json` and `lienzo export --json` hold."""
    told: dict[str, object] = {**parity.to_json()}
    if resampling:
        told["resampling"] = [vars(each) for each in resampling]
    return told


def parity_files(page: bytes, parity: Parity, resampling: Sequence[Agreement] = ()) -> dict[str, bytes]:
    """The files of the report that tell of it, by path from the bundle's root."""
    text = json.dumps(figures(parity, resampling), indent=1, ensure_ascii=False) + "\n"
    return {
        layout.PAGE: with_parity(page.decode(), parity, resampling).encode(),
        layout.PARITY: text.encode(),
    }


def _off(group: Group, run_time: str) -> str:
    largest, known = group.largest(run_time), group.known(run_time)
    if largest is None:
        return "not asked"
    shown = f"{largest:.1e}" if largest else "0"
    return shown if known == len(group.answers) else f"{shown} ({known} asked)"


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.from_string((resources.files("export.parity") / "section.html.j2").read_text("utf-8"))
