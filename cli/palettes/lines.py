"""Formats palettes for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cli.output.bar import bar
from cli.palettes.local import Failure, FoundPalette, details_of
from vision.palette import Palette
from vision.palette_distance import palette_distance
from vision.swatches.text import to_facts


def palette_line(name: str, palette: Palette, name_cells: int) -> Text:
    """Formats the colours of a picture as one line, each beside its swatch."""
    line = Text(f"{name:<{name_cells}}")
    for color in palette.colors:
        line.append("  ").append("██", style=color.hex)
        line.append(f" {color.hex} ").append(f"{color.share * 100:.0f} %", style="bold")
        line.append(f" {color.name}", style="dim")
        if color.is_background:
            line.append(" (background)", style="dim")
    return line


def ranked_line(name: str, share: float, rgb: tuple[int, int, int]) -> Text:
    """Formats the share of the wanted colour in a picture."""
    style = "#" + bytes(rgb).hex()
    return Text(f"{share * 100:3.0f} %  ").append(f"{bar(share):<20}", style=style).append(f"  {name}")


def distance_text(distance: float, name: str) -> str:
    """Formats the distance from another palette, for the end of a line."""
    return f"  ΔE {distance:.1f} from {name}"


def feeling_lines(palette: Palette, *, feelings: bool) -> Iterator[Text]:
    """Yields a line per colour: warm or cool, pleasure, arousal, dominance, and the words of its hue."""
    for color in palette.colors if feelings else ():
        felt = color.feeling
        line = Text("  ").append("██", style=color.hex).append(f" {color.hex} {color.temperature}: ")
        line.append(
            f"pleasure {felt.pleasure:+.2f}, arousal {felt.arousal:+.2f}, dominance {felt.dominance:+.2f}; "
        )
        yield line.append(", ".join(felt.words), style="dim")


def collection_lines(found: FoundPalette) -> Iterator[Text]:
    """Yields a line per picture with its shares of the folder's palette, the most different one first."""
    for name, spread in sorted(found.spreads, key=lambda each: -each[1].distance):
        line = Text("  ")
        for color, share in zip(found.palette.colors, spread.shares, strict=True):
            line.append("█" * round(share * 20), style=color.hex)
        yield line.append(f"  ΔE {spread.distance:4.1f}  {name}", style="dim")


def to_json(found: FoundPalette | Failure, other: FoundPalette | None = None) -> dict[str, object]:
    """Returns all facts about a palette, or about the error in its place.

    Args:
        found: The palette or the error.
        other: The palette to compare it with.
    """
    if isinstance(found, Failure):
        error = {
            "kind": type(found.error).__name__,
            "message": str(found.error),
            "metadata": details_of(found.error),
        }
        return {"picture": found.name, "error": error}
    facts = {"picture": found.name, **to_facts(found.palette)}
    if other is not None:
        distance = palette_distance(found.palette, other.palette)
        facts["compared"] = {"picture": other.name, "distance": distance}
    if found.spreads:
        facts["pictures"] = [
            {"picture": name, "shares": spread.shares, "distance": spread.distance}
            for name, spread in found.spreads
        ]
        facts["failures"] = [to_json(failure) for failure in found.failures]
    return facts
