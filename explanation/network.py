"""Inside a convolutional network: the filters of its first layer, and what each layer makes of the photo."""

from __future__ import annotations

from drawing.maps import MAX_MAPS, draw_filters, draw_maps
from explanation.part import Part, picture_drawing
from explanation.recognizer import Seen
from explanation.stages import Interior


def network_part(seen: Seen, interior: Interior) -> Part | None:
    """Draws filters and maps; None for a model that is not such a network."""
    filters = interior.filters
    if filters is None:
        return None
    maps = interior.maps(seen.rows)
    height, width = filters.shape[2:]
    drawings = [
        picture_drawing(
            "filters",
            draw_filters(filters),
            f"The {len(filters)} filters of the first layer, {width} × {height} pixels; grey is 0",
            kind="sharp",
        )
    ]
    for number, each in enumerate(maps, 1):
        count, rows, columns = each.shape
        drawings.append(
            picture_drawing(
                f"maps_{number}",
                draw_maps(each),
                f"Layer {number}: {min(count, MAX_MAPS)} of {count} maps of {columns} × {rows}",
                kind="sharp",
            )
        )
    text = (
        "Each filter is laid on every place of the picture; its map is light where it answers. The first "
        "layer answers to edges and colours, each further one to what those before it found, in more filters "
        "and fewer places."
    )
    facts = {
        "filters": list(filters.shape),
        "maps": [
            {"filters": len(each), "side": list(each.shape[1:]), "active": float((each > 0).mean())}
            for each in maps
        ],
    }
    return Part("network", "What the network sees", (text,), tuple(drawings), facts)
