"""The command line as users type it: output, exit statuses, messages."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from drawing import draw_picture, save_picture

import iconoscope

ROOT = Path(__file__).resolve().parents[1]


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    try:
        status = iconoscope.main([str(a) for a in arguments])
    except SystemExit as stop:
        status = int(stop.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


def test_search_prints_hits_for_people_and_for_programs(sample, capsys):
    picture = sample / "src" / "p06.png"
    status, out, _ = run(capsys, "search", "--collection", sample / "col", "--image", picture, "--limit", "3")
    assert status == 0
    assert "p06.png" in out.splitlines()[1]
    assert "same print" in out.splitlines()[1]
    status, out, _ = run(capsys, "search", "--collection", sample / "col", "--image", picture, "--limit", "3", "--json")
    answer = json.loads(out)
    assert (status, answer["hits"][0]["image"], answer["mode"]) == (0, "p06.png", "auto")
    assert answer["hits"][0]["fields"]["year"] == 1506


def test_box_belongs_to_the_image_before_it(sample, capsys):
    picture = sample / "src" / "p06.png"
    line = ["search", "--collection", sample / "col", "--mode", "instance", "--json", "--image", picture]
    status, out, _ = run(capsys, *line, "--box", "40,30,200,150")
    x, y, w, h = json.loads(out)["hits"][0]["box"]
    assert (x, y, w, h) == (pytest.approx(40, abs=5), pytest.approx(30, abs=5), pytest.approx(200, abs=8), pytest.approx(150, abs=8))  # fmt: skip
    assert run(capsys, "search", "--collection", sample / "col", "--box", "1,2,3,4")[0] == 2
    status, _, err = run(capsys, *line, "--box", "1,2,3")
    assert (status, "X,Y,WIDTH,HEIGHT" in err) == (2, True)


def test_queries_file_answers_each_line_even_when_one_fails(sample, capsys, tmp_path):
    lines = [{"id": "a", "text": ["Block 3"], "mode": "keyword"}, {"id": "b", "like": ["nothing.png"]},
             {"id": "c", "where": "year < 1502"}]  # fmt: skip
    path = tmp_path / "q.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    status, out, _ = run(capsys, "search", "--collection", sample / "col", "--queries", path, "--json")
    answers = {a["id"]: a for a in map(json.loads, out.splitlines())}
    assert status == 1
    assert answers["a"]["hits"][0]["image"] == "p03.png"
    assert answers["b"]["error"]["code"] == "not_found"
    assert len(answers["c"]["hits"]) == 2


def test_info_for_people_and_for_programs(sample, capsys):
    status, out, _ = run(capsys, "info", "--collection", sample / "col")
    assert status == 0
    assert "images    12 (0 failed, 0 removed)" in out
    assert json.loads(run(capsys, "info", "--collection", sample / "col", "--json")[1])["images"] == 12


def test_regions_are_written_in_every_format(sample, capsys, tmp_path):
    out = tmp_path / "regions.out"

    def written(name: str) -> bytes:
        assert run(capsys, "regions", "--collection", sample / "col", "--format", name, "--out", out)[0] == 0
        return out.read_bytes()

    assert len(json.loads(written("coco"))["images"]) == 12
    assert json.loads(written("json")) == []
    for name in ("alto", "page"):
        with zipfile.ZipFile(io.BytesIO(written(name))) as archive:
            assert len(archive.namelist()) == 12
    assert run(capsys, "regions", "--collection", sample / "col", "--out", tmp_path / "no" / "x")[0] == 2


def test_index_reports_json_and_nothing_else(tmp_path, capsys):
    save_picture(tmp_path / "src" / "a.png", draw_picture(1, 120, 90))
    (tmp_path / "src" / "bad.jpg").write_bytes(b"")
    line = ["index", tmp_path / "src", "--collection", tmp_path / "col", "--clip", "none", "--workers", "1"]
    status, out, _ = run(capsys, *line, "--json")
    report = json.loads(out)
    assert (status, report["added"], report["failed"]) == (0, 1, 1)
    assert report["failures"][0]["image"] == "bad.jpg"
    status, out, _ = run(capsys, *line, "--profile")
    assert "1 unchanged" in out
    assert "failed: bad.jpg" in out
    status, _, err = run(capsys, *line, "--regions", "whole,page")
    assert (status, "regions: ['whole'] → ['whole', 'page']" in err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["index", "nowhere", "--collection", "x"], 1, "does not exist"),
        (["index", ".", "--collection", "x", "--regions", "magic"], 2, "Choose from: whole, page"),
        (["index", ".", "--collection", "x", "--preset", "magic"], 2, "There is no preset 'magic'"),
        (["index", ".", "--collection", "x", "--workers", "0"], 2, "above zero"),
        (["index", ".", "--collection", "x", "--clip", "No-Such/model"], 1, ""),
        (["search", "--collection", "nowhere", "--text", "x"], 1, "does not exist"),
        (["search", "--collection", "nowhere"], 2, "query is empty"),
        (["search", "--collection", "nowhere", "--queries", "none.jsonl"], 2, "cannot be read"),
        (["serve", "--collection", "nowhere"], 1, "does not exist"),
        (["map", "--collection", "nowhere", "--out", "m"], 1, "does not exist"),
        (["map", "--collection", "nowhere", "--out", "m", "--set", "colour=1"], 2, "Unknown key 'colour'"),
        (["info", "--collection", "nowhere"], 1, "iconoscope index FOLDER"),
        (["evaluate", "regions", "--collection", "nowhere"], 1, "does not exist"),
        (["demo", "--pages", "1"], 2, "at least 12"),
        (["magic"], 2, "invalid choice"),
        ([], 2, "COMMAND"),
    ],
)
def test_wrong_uses_have_a_message_and_a_status(arguments, status, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    got, out, err = run(capsys, *arguments)
    assert got == status
    assert message in err
    assert "Traceback" not in err
    assert out == ""


def test_a_missing_sam_is_told_before_any_image_fails(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ICONOSCOPE_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("ICONOSCOPE_SAM", raising=False)
    save_picture(tmp_path / "src" / "a.png", draw_picture(1, 120, 90))
    status, _, err = run(
        capsys, "index", tmp_path / "src", "--collection", tmp_path / "col", "--clip", "none", "--regions", "sam"
    )
    assert (status, "iconoscope models pull" in err) == (1, True)


def test_the_map_and_its_data_for_other_tools(sample, capsys, tmp_path):
    status, out, _ = run(capsys, "map", "--collection", sample / "col", "--out", tmp_path / "map", "--json")
    assert (status, json.loads(out)["pictures"]) == (0, 12)
    assert (tmp_path / "map" / "index.html").exists()
    status, _, _ = run(capsys, "map", "--collection", sample / "col", "--out", tmp_path / "m.csv", "--format", "csv")
    assert status == 0
    assert len((tmp_path / "m.csv").read_text(encoding="utf-8").splitlines()) == 13


def test_a_port_in_use_is_told(sample, capsys):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, _, err = run(capsys, "serve", "--collection", sample / "col", "--port", port)
    assert (status, "--port" in err) == (2, True)


def test_a_reader_that_goes_away_is_no_error(sample):
    command = [sys.executable, "-m", "iconoscope", "info", "--collection", str(sample / "col"), "--json"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=Path(iconoscope.__file__).parent
    )
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.wait()


def test_evaluate_retrieval_on_the_catalogue(sample, capsys, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("filename,label\n" + "".join(f"p{i:02d}.png,{'ab'[i % 2]}\n" for i in range(12)))
    status, out, _ = run(
        capsys, "evaluate", "retrieval", "--collection", sample / "col", "--truth", labels, "--queries", "2", "--json"
    )
    report = json.loads(out)
    assert status == 0
    assert report["ranking"]["labels"] == 2
    assert 0 < report["ranking"]["overall"]["map"] <= 1
    assert report["feedback"]["queries"] == 4


def test_evaluate_instance_finds_its_own_pictures(sample, capsys, tmp_path):
    status, out, _ = run(
        capsys, "evaluate", "instance", "--collection", sample / "col", "--attacks", "rotated,crop", "--queries", "3",
        "--leave-one-out", "3", "--out", tmp_path / "out", "--json",
    )  # fmt: skip
    report = json.loads(out)
    assert status == 0
    assert report["overall"]["recall_1"] >= 5 / 6
    assert report["negatives"] == 3
    assert (tmp_path / "out" / "instance.json").exists()


def test_evaluate_regions_against_its_own_export(sample, capsys, tmp_path):
    out = tmp_path / "truth.coco.json"
    run(capsys, "regions", "--collection", sample / "col", "--out", out)
    status, text, _ = run(capsys, "evaluate", "regions", "--collection", sample / "col", "--truth", out, "--json")
    assert status == 0
    assert json.loads(text)["pages"] == 12


def test_numpy_has_one_thread(sample):
    """Asked in a process of its own, as the library reads the setting when it is loaded."""
    code = (
        "import iconoscope, sys\n"
        "iconoscope.main(sys.argv[1:])\n"
        "import numpy\n"
        "from threadpoolctl import threadpool_info\n"
        "print([x['num_threads'] for x in threadpool_info() if x['user_api'] == 'blas'])\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.endswith("NUM_THREADS")}
    arguments = [sys.executable, "-c", code, "info", "--collection", str(sample / "col")]
    done = subprocess.run(arguments, check=True, env=environment, capture_output=True, text=True, cwd=ROOT)
    assert set(json.loads(done.stdout.splitlines()[-1])) == {1}
