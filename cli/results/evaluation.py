"""Formats the results of an evaluation for people."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from cli.output.bar import bar
from cli.results.scores import Scores
from lienzo_client import Model

_BAR_CELLS = 10
_ROWS = 20


def summary(scores: Scores, model: Model, *, photographed: bool = False) -> Text:
    """Formats the main figures in a few lines; says where they are of photographs of the pictures."""
    text = Text(f"Model {model.name} {model.version}: ")
    text.append(f"accuracy {scores.accuracy:.3f}", style="bold")
    asked = "drawn photographs of pictures" if photographed else "pictures"
    text.append(f" ({scores.right} of {scores.count} {asked}, {len(scores.labels)} labels)\n")
    refused = f"Not recognised (below {model.threshold:.2f}): {scores.not_recognized}; "
    text.append(f"{refused}right and recognised: {scores.recognized_right}.")
    if scores.grouped and scores.not_recognized:
        found = scores.grouped
        text.append(
            f"\nOf the not recognised {found.right} got a right group of labels, "
            f"{found.wrong} a wrong one, {found.none} none."
        )
    if model.accuracy is not None:
        text.append(f"\nFor comparison, cross-validated in training: {model.accuracy:.3f}.", style="dim")
    if seen := scores.count - scores.unseen.count:
        text.append(_seen_warning(seen, scores), style="yellow")
    if scores.strangers:
        refused = f"{scores.refused_strangers} of {len(scores.strangers)} not recognised"
        grouped = f"; {scores.grouped_strangers} of them got a group" if scores.grouped_strangers else ""
        text.append(f"\nStrangers: {refused}{grouped}.")
    if scores.failed:
        text.append(f"\nNot answered: {len(scores.failed)}.", style="yellow")
    return text


def _seen_warning(seen: int, scores: Scores) -> str:
    fresh = scores.unseen
    which = "All" if fresh.count == 0 else f"{seen} of"
    begin = f"\n! {which} {scores.count} pictures were trained on, as they are or re-encoded: "
    if fresh.count == 0:
        return f"{begin}these figures do not hold for new ones."
    right = f"{fresh.right} are right ({fresh.accuracy:.3f})"
    return f"{begin}they flatter these figures. Of the {fresh.count} others {right}."


def label_table(scores: Scores) -> Table:
    """Makes the table of precision, recall and F1 by label, the weakest first."""
    table = _table("label", "pictures", "precision", "recall", "F1", "", "not recognised")
    for label in sorted(scores.labels, key=lambda each: (scores.per_label(each)["f1"], each)):
        row = scores.per_label(label)
        figures = (f"{row[name]:.2f}" for name in ("precision", "recall", "f1"))
        refused = str(row["not_recognized"] or "")
        table.add_row(label, str(row["count"]), *figures, bar(row["f1"], _BAR_CELLS), refused)
    return table


def confusion_table(scores: Scores) -> Table:
    """Makes the table of confused labels, the most frequent first."""
    pairs = [
        (count, label, taken_for)
        for label, counts in scores.confusion.items()
        for taken_for, count in counts.items()
        if taken_for != label
    ]
    table = _table("mistaken", "for", "pictures", "such as")
    for count, label, taken_for in sorted(pairs, key=lambda pair: (-pair[0], *pair[1:]))[:_ROWS]:
        example = next(
            each.picture for each in scores.mistakes if each.label == label and each.best == taken_for
        )
        table.add_row(label, taken_for, str(count), example)
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", show_edge=False)
    for heading in headings:
        words = heading in ("label", "mistaken", "for", "such as", "")
        table.add_column(heading, justify="left" if words else "right", overflow="fold")
    return table
