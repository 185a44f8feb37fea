"""Files that people write about labels, and the bundle's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from bundle import layout
from bundle.errors import BundleError, InvalidLabels
from bundle.hierarchy import parents_of
from bundle.label_files import find_labels, read_labels
from bundle.meanings import MOST_COLUMNS, read_meanings, to_bytes
from tests.support.bundle import describe, write_files

LABELS = ("la_gran_ola", "el_grito")
TOML = """
[la_gran_ola]
name = "The Great Wave"
name_es = "La gran ola"
link = "https://example.org/wave"
artist = "Hokusai"
year = 1831
bought = 2020-02-03
"""
CSV = "label,name,name_es,link,year\nla_gran_ola,The Great Wave,La gran ola,,1831\nel_grito, ,El grito,,\n"


def written(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_reads_a_table_for_each_label(tmp_path: Path) -> None:
    read = read_labels(written(tmp_path, "labels.toml", TOML), LABELS)
    assert read == {
        "la_gran_ola": {
            "name": "The Great Wave",
            "name_es": "La gran ola",
            "link": "https://example.org/wave",
            "artist": "Hokusai",
            "year": "1831",
            "bought": "2020-02-03",
        }
    }


def test_reads_a_line_for_each_label_and_keeps_no_empty_text(tmp_path: Path) -> None:
    read = read_labels(written(tmp_path, "any.csv", b"\xef\xbb\xbf" + CSV.encode()), LABELS)
    assert read["la_gran_ola"] == {"name": "The Great Wave", "name_es": "La gran ola", "year": "1831"}
    assert read["el_grito"] == {"name_es": "El grito"}


@pytest.mark.parametrize(
    ("name", "content", "label", "column", "problem"),
    [
        ("labels.toml", "[el_grit]\nname = 'x'", "el_grit", "", "no such label; did you mean el_grito?"),
        ("labels.toml", "[el_grito]\nname = true", "el_grito", "name", "true or false; write a text"),
        ("labels.toml", "[el_grito]\nyear = [1893]", "el_grito", "year", "a list; write a text"),
        ("labels.toml", "[el_grito]\nname = {es = 'x'}", "el_grito", "name", "a table; write a text"),
        ("labels.toml", "el_grito = 'The Scream'", "el_grito", "", "in place of a table: write [el_grito]"),
        ("labels.toml", "[el_grito", "", "", "not TOML"),
        ("labels.toml", b"[el_grito]\nname = '\xe9'", "", "", "line 2 is not UTF-8"),
        ("labels.toml", f"[el_grito]\nname_es = '{'x' * 201}'", "el_grito", "name_es", "201 characters"),
        ("labels.toml", "[el_grito]\nlink = 'javascript:alert(1)'", "el_grito", "link", "not an address"),
        ("labels.toml", "[el_grito]\nlink_es = 'ftp://x'", "el_grito", "link_es", "not an address"),
        ("labels.toml", "[el_grito]\n'' = 'x'", "el_grito", "", "a column's name has"),
        (
            "labels.toml",
            "[el_grito]\nparent = ['oil', 'norse']\n[oil]\n[norse]",
            "el_grito",
            "parent",
            "2 parents; a",
        ),
        (
            "labels.toml",
            "[el_grito]\nparent = 'oli'\n[oil]",
            "el_grito",
            "parent",
            "named oli; did you mean oil?",
        ),
        (
            "labels.toml",
            "[el_grito]\nparent = 'oil'",
            "el_grito",
            "parent",
            "group is described like a label",
        ),
        (
            "labels.toml",
            "[el_grito]\nparent = 'el_grito'",
            "el_grito",
            "parent",
            "itself: el_grito → el_grito",
        ),
        (
            "labels.csv",
            "label,parent\nel_grito,oil\noil,art\nart,old\nold,oil",
            "oil",
            "parent",
            "it belongs to itself: oil → art → old → oil",
        ),
        (
            "labels.toml",
            "[el_grito]\nparent_es = 'oil'",
            "el_grito",
            "parent_es",
            "one name in all languages",
        ),
        ("labels.toml", "[oil]\nname = 'Oil'", "oil", "", "the model has no such label"),
        ("labels.csv", "name\nx", "", "label", "no such column (its columns: name)"),
        ("labels.csv", "label;name\nel_grito;x", "", "label", "separate columns by commas"),
        ("labels.csv", "label,name\nel_grito,x,y", "el_grito", "", "line 2: more values than columns"),
        ("labels.csv", "label,name\nel_grito,x\nel_grito,y", "el_grito", "", "line 3: the label is there"),
        ("labels.csv", "label,name\nel_grito,x\n,y", "", "label", "line 3: it is empty"),
        ("labels.csv", "label,name,name\nel_grito,x,y", "", "name", "two columns have this name"),
        ("labels.json", "{}", "", "", "ends with .toml or .csv"),
        ("labels.toml", "", None, None, None),
    ],
)
def test_names_file_label_and_column_of_what_is_wrong(
    tmp_path: Path, name: str, content: str | bytes, label: str | None, column: str, problem: str
) -> None:
    file = written(tmp_path, name, content)
    if label is None:
        assert read_labels(file, LABELS) == {}
        return
    with pytest.raises(InvalidLabels) as caught:
        read_labels(file, LABELS)
    assert (caught.value.file, caught.value.label, caught.value.column) == (str(file), label, column)
    assert problem in caught.value.problem
    assert str(caught.value).startswith(str(file))


def test_groups_are_described_beside_the_labels_that_belong_to_them(tmp_path: Path) -> None:
    rows = "label,name,parent\nel_grito,The Scream,oil\nla_gran_ola,,print\noil,Oil,work\nprint,,work\nwork,,"
    read = read_labels(written(tmp_path, "labels.csv", rows), LABELS)
    assert parents_of(read) == {"el_grito": "oil", "la_gran_ola": "print", "oil": "work", "print": "work"}
    assert read["work"] == {}
    content = to_bytes(read)
    manifest = describe({layout.LABELS: content}, labels=LABELS)
    assert read_meanings(manifest, bundle_with(tmp_path / "1", content)) == read
    # A label that others are kinds of is a group, too.
    assert parents_of(
        read_labels(written(tmp_path, "labels.toml", "[el_grito]\nparent = 'la_gran_ola'"), LABELS)
    )


def test_a_label_has_so_many_columns_at_most(tmp_path: Path) -> None:
    many = "\n".join(f"column{number} = 1" for number in range(MOST_COLUMNS + 1))
    with pytest.raises(InvalidLabels, match=f"at most {MOST_COLUMNS}"):
        read_labels(written(tmp_path, "labels.toml", f"[el_grito]\n{many}"), LABELS)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidLabels, match="cannot be read"):
        read_labels(tmp_path / "labels.toml", LABELS)


def test_finds_one_file_beside_the_folders(tmp_path: Path) -> None:
    assert find_labels(tmp_path) is None
    file = written(tmp_path, "labels.csv", CSV)
    assert find_labels(tmp_path) == file
    written(tmp_path, "labels.toml", TOML)
    with pytest.raises(InvalidLabels, match="keep one of them"):
        find_labels(tmp_path)


def bundle_with(folder: Path, content: bytes) -> Path:
    return write_files(folder, {layout.LABELS: content})


def test_a_bundle_gives_back_what_was_written(tmp_path: Path) -> None:
    meanings = read_labels(written(tmp_path, "labels.toml", TOML), LABELS)
    content = to_bytes(meanings)
    manifest = describe({layout.LABELS: content}, labels=LABELS)
    assert read_meanings(manifest, bundle_with(tmp_path / "1", content)) == meanings
    assert read_meanings(describe({}, labels=LABELS), tmp_path) == {}


@pytest.mark.parametrize(
    "content", [b"[]", b'{"el_grito": {"name": 1}}', b'{"other": {}}', b"{", b"\xff", b'{"el_grito": []}']
)
def test_a_bundle_that_says_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    manifest = describe({layout.LABELS: content}, labels=LABELS)
    with pytest.raises(BundleError, match=layout.LABELS):
        read_meanings(manifest, bundle_with(tmp_path / "1", content))


def test_a_label_has_so_many_characters_at_most(tmp_path: Path) -> None:
    long = "\n".join(f"column{number} = '{'x' * 4000}'" for number in range(6))
    with pytest.raises(InvalidLabels, match=r"24000 characters in all its columns, at most 20000"):
        read_labels(written(tmp_path, "labels.toml", f"[el_grito]\n{long}"), LABELS)
