"""Folders and tables offer every picture once, under a name that survives, with its row of the catalogue."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from indexer.core.errors import DecodeError, SourceError, UsageError
from indexer.core.settings import DecodeSettings
from indexer.decode import decode
from indexer.sources import open_source
from indexer.sources.join import Join
from indexer.sources.rows import Rows, read_rows


def picture(path: Path, pages=1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = [Image.fromarray(np.full((20, 30, 3), 40 * i, np.uint8)) for i in range(pages)]
    kind = {".pdf": "PDF", ".tif": "TIFF", ".jpg": "JPEG"}.get(path.suffix, "PNG")
    more = {"save_all": True, "append_images": frames[1:]} if pages > 1 else {}
    with open(path, "wb+") as file:
        frames[0].save(file, kind, **more)
    return path


def table(path: Path, text: str, encoding="utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def names(source) -> list[str]:
    return [item.name for item in source.items()]


def test_folder_in_order_without_the_rest(tmp_path):
    for name in ("b.png", "a.png", "sub/c.jpg", "sub/deep/d.png", ".hidden.png", ".git/e.png", "no_extension"):
        picture(tmp_path / name)
    for name in ("notes.txt", "list.csv", "data.json"):
        (tmp_path / name).write_text("text")
    source = open_source(str(tmp_path))
    assert names(source) == ["a.png", "b.png", "no_extension", "sub/c.jpg", "sub/deep/d.png"]
    assert names(source) == names(source)
    assert source.expected == 5
    assert source.problems == (f"3 files in {tmp_path} are not pictures and were ignored.",)
    assert source.kind == "folder"
    assert source.location == str(tmp_path)


def test_items_know_their_file(tmp_path):
    path = picture(tmp_path / "album" / "a.png")
    (item,) = open_source(str(tmp_path)).items()
    assert (item.path, item.page, item.document) == (path, None, "album")
    assert (item.size_bytes, item.mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)


def test_relative_location_becomes_absolute(tmp_path, monkeypatch):
    picture(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    assert open_source(".").location == str(tmp_path)


def test_single_file(tmp_path):
    picture(tmp_path / "b.png")
    assert names(open_source(str(picture(tmp_path / "a.png")))) == ["a.png"]


def test_pages_are_items_of_one_document(tmp_path):
    picture(tmp_path / "books" / "x.pdf", pages=3)
    picture(tmp_path / "y.tif", pages=2)
    items = list(open_source(str(tmp_path)).items())
    expected = ["books/x.pdf#page=1", "books/x.pdf#page=2", "books/x.pdf#page=3", "y.tif#page=1", "y.tif#page=2"]
    assert [i.name for i in items] == expected
    assert [i.page for i in items] == [0, 1, 2, 0, 1]
    assert [i.document for i in items] == ["books/x.pdf"] * 3 + ["y.tif"] * 2
    assert len({decode(i, DecodeSettings()).digest for i in items}) == 5


def test_bad_files_are_offered_and_fail_with_reasons(tmp_path):
    whole = picture(tmp_path / "Ünï 'quoted' & <b>.jpg").read_bytes()
    (tmp_path / "leer.jpg").write_bytes(b"")
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    items = {i.name: i for i in open_source(str(tmp_path)).items()}
    assert set(items) == {"Ünï 'quoted' & <b>.jpg", "leer.jpg", "cut.jpg", "text.png", "gone.png"}
    assert decode(items.pop("Ünï 'quoted' & <b>.jpg"), DecodeSettings()).rgb.shape == (20, 30, 3)
    reasons = {"leer.jpg": "empty", "cut.jpg": "cut off", "text.png": "not a picture", "gone.png": "gone"}
    for name, item in items.items():
        with pytest.raises(DecodeError, match=reasons[name]):
            decode(item, DecodeSettings())


def test_bytes_that_are_no_text_survive_in_names(tmp_path):
    name = os.fsdecode(b"caf\xe9.png")
    picture(tmp_path / name)
    (item,) = open_source(str(tmp_path)).items()
    assert item.name == name
    assert os.fsencode(item.name) == b"caf\xe9.png"
    assert decode(item, DecodeSettings()).rgb.shape == (20, 30, 3)


def test_link_loops_end(tmp_path):
    picture(tmp_path / "sub" / "a.png")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    source = open_source(str(tmp_path))
    assert names(source) == ["sub/a.png"]
    assert "link back" in source.problems[0]


def test_linked_folders_are_followed(tmp_path):
    picture(tmp_path / "elsewhere" / "a.png")
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "link").symlink_to(tmp_path / "elsewhere")
    assert names(open_source(str(tmp_path / "source"))) == ["link/a.png"]


def test_missing(tmp_path):
    for where in (tmp_path / "nowhere", tmp_path / "nowhere.csv"):
        with pytest.raises(SourceError, match="does not exist"):
            open_source(str(where))
    with pytest.raises(SourceError, match="does not exist"):
        open_source(str(tmp_path), tmp_path / "nowhere.csv")


def test_unreadable_folder_is_a_problem(tmp_path, monkeypatch):
    picture(tmp_path / "a.png")
    picture(tmp_path / "shut" / "b.png")
    real = os.scandir

    def scandir(path):
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    source = open_source(str(tmp_path))
    assert names(source) == ["a.png"]
    assert source.problems == (f"The folder {tmp_path / 'shut'} cannot be read: Permission denied.",)


def test_catalogue_joined_by_path(tmp_path):
    for name in ("sub/a.png", "b.png", "c.png"):
        picture(tmp_path / "src" / name)
    text = "filename,title,document\nsub/a.png,First,Book 1\nb.png,Second,\nz.png,Third,\n"
    source = open_source(str(tmp_path / "src"), table(tmp_path / "m.csv", text))
    items = {i.name: i for i in source.items()}
    assert items["sub/a.png"].fields == {"title": "First", "document": "Book 1"}
    assert items["sub/a.png"].document == "Book 1"
    assert (items["b.png"].fields["title"], items["b.png"].document, items["c.png"].fields) == ("Second", "", {})
    assert source.problems == (
        "1 rows of m.csv have no file: 'z.png'.",
        "1 of 3 pictures have no row in m.csv.",
    )


@pytest.mark.parametrize(
    ("written", "there"),
    [
        ("./sub/a.png", "sub/a.png"),
        ("sub\\a.png", "sub/a.png"),
        ("a.png", "sub/a.png"),  # unique name alone
        ("SUB/A.PNG", "sub/a.png"),
        ("e\u0301.png", "\u00e9.png"),
        ("\u00e9.png", "e\u0301.png"),
        ("C:\\scans\\a.png", "sub/a.png"),
        ("cafe\u0301/A.png", "caf\u00e9/a.png"),
    ],
)
def test_forgiving_joins(written, there):
    join = Join(Rows({written: {"title": "x"}}))
    assert join.fields(there) == {"title": "x"}
    assert join.unused() == []
    assert join.fields("other.png") == {}


def test_ambiguous_names_join_nothing():
    join = Join(Rows({"one/a.png": {"t": "1"}, "two/a.png": {"t": "2"}, "B.png": {"t": "3"}, "b.png": {"t": "4"}}))
    assert join.fields("three/a.png") == {}
    assert join.fields("two/a.png") == {"t": "2"}
    assert join.fields("b.png") == {"t": "4"}
    assert join.unused() == ["one/a.png", "B.png"]


CATALOGUE = 'filename;title;Größe\na.png;Zürich, 1643;"10 ""Zoll""\nin der Höhe"\nb.png;Köln;\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_encodings_and_separators(encoding, mark, tmp_path):
    text = CATALOGUE.replace(", 1643", " 1643").replace(";", mark)
    rows = read_rows(table(tmp_path / "m.csv", text, encoding))
    assert list(rows.by_name) == ["a.png", "b.png"]
    assert rows.by_name["a.png"] == {"title": "Zürich 1643", "Größe": '10 "Zoll"\nin der Höhe'}
    assert rows.by_name["b.png"] == {"title": "Köln", "Größe": ""}
    assert len(rows.problems) == (encoding == "cp1252")


def test_commas_inside_semicolon_tables(tmp_path):
    assert read_rows(table(tmp_path / "m.csv", CATALOGUE)).by_name["a.png"]["title"] == "Zürich, 1643"


def test_parquet(tmp_path):
    import pyarrow
    import pyarrow.parquet

    columns = {
        "Filename": ["a.png", "b.png"],
        "year": [1643, None],
        "makers": [["A", "B"], []],
        "w": [1.5, float("nan")],
    }
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "m.parquet")
    rows = read_rows(tmp_path / "m.parquet")
    assert rows.by_name == {
        "a.png": {"year": "1643", "makers": "A; B", "w": "1.5"},
        "b.png": {"year": "", "makers": "", "w": ""},
    }
    (tmp_path / "bad.parquet").write_text("no")
    with pytest.raises(SourceError, match="not a Parquet file"):
        read_rows(tmp_path / "bad.parquet")


@pytest.mark.parametrize("column", ["filename", "Filename", "PATH", "file", "Image", " filename "])
def test_names_of_the_path_column(column, tmp_path):
    assert list(read_rows(table(tmp_path / "m.csv", f"title,{column}\nx,a.png\n")).by_name) == ["a.png"]


def test_wrong_columns_are_named(tmp_path):
    path = table(tmp_path / "m.csv", "title,scan\nx,a.png\n")
    with pytest.raises(SourceError, match="no column 'filename'; its columns are: title, scan"):
        read_rows(path)
    with pytest.raises(SourceError, match="is empty"):
        read_rows(table(tmp_path / "e.csv", "\n \n"))


def test_duplicates_ragged_and_nameless_rows(tmp_path):
    text = "filename,title,title\na.png,old,1\n,lost,2\na.png,new,3\nb.png,short\nc.png,long,4,5\n\n"
    rows = read_rows(table(tmp_path / "m.csv", text))
    assert rows.by_name["a.png"] == {"title": "new", "title_2": "3"}
    assert rows.by_name["b.png"] == {"title": "short", "title_2": ""}
    assert rows.by_name["c.png"] == {"title": "long", "title_2": "4"}
    assert [p.partition(": ")[2] for p in rows.problems] == [
        "columns with the same name were numbered.",
        "'a.png' more than once; the last row counts.",
        "1 rows without a name in 'filename' were left out.",
        "2 rows have more or fewer cells than the 3 columns.",
    ]


def test_unclosed_quote_loses_no_text(tmp_path):
    path = table(tmp_path / "m.csv", 'filename,title\na.png,"x\nb.png,y\n')
    rows = read_rows(path)
    assert rows.by_name == {"a.png": {"title": "x\nb.png,y"}}
    assert "odd number of quotation marks" in rows.problems[0]


def test_endless_cell_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("indexer.sources.rows._LONGEST_CELL", 50)
    with pytest.raises(SourceError, match="cannot be understood: field larger"):
        read_rows(table(tmp_path / "m.csv", f"filename,title\na.png,{'x' * 100}\n"))


def test_table_source(tmp_path):
    picture(tmp_path / "pics" / "b.png")
    picture(tmp_path / "a.pdf", pages=2)
    far = picture(tmp_path.parent / f"{tmp_path.name}-far" / "c.png")
    text = f"path,title\npics\\b.png,B\n./pics/b.png,B2\na.pdf,A\n{far},C\nmissing.png,M\n../secret.png,S\n"
    source = open_source(str(table(tmp_path / "list.csv", text)))
    assert source.kind == "table"
    items = {i.name: i for i in source.items()}
    assert list(items) == ["pics/b.png", "a.pdf#page=1", "a.pdf#page=2", far.as_posix(), "missing.png", "../secret.png"]
    assert items["pics/b.png"].fields == {"title": "B2"}
    assert items[far.as_posix()].problem == ""
    assert "does not exist" in items["missing.png"].problem
    assert "leads out of the folder" in items["../secret.png"].problem
    with pytest.raises(DecodeError, match="does not exist"):
        decode(items["missing.png"], DecodeSettings())
    assert source.problems == (
        "list.csv: more than one row is about 'pics/b.png'; the last one counts.",
        "2 rows of list.csv have no file that can be used.",
    )


def test_table_takes_no_second_catalogue(tmp_path):
    path = table(tmp_path / "m.csv", "filename\na.png\n")
    with pytest.raises(UsageError, match="takes no --metadata"):
        open_source(str(path), path)


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).map(str.strip).filter(bool),
        st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r")),
    )
)
def test_any_text_survives_a_csv(tmp_path_factory, fields):
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["filename", "text"])
    for name, text in fields.items():
        writer.writerow([name, text])
    path = table(tmp_path_factory.getbasetemp() / "h.csv", buffer.getvalue())
    assert read_rows(path).by_name == {n: {"text": t.strip()} for n, t in fields.items()}
