import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from indexer import models
from indexer.core.errors import ModelError
from indexer.features.clip import choose_clip, load_clip
from indexer.models import hub
from indexer.models.catalogue import default_preset, presets, resolve
from indexer.models.random_clip import TINY, save_random_clip

REPO = "somebody/tiny-clip"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("ICONOSCOPE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(hub, "offline_reason", lambda: "")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "no-hub-cache"))
    return tmp_path / "models"


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return save_random_clip(tmp_path_factory.mktemp("origin") / "tiny")


class FakeHub:
    """Repositories as folders. Like the hub: answers None for an absent file, may break off."""

    def __init__(self, repos):
        self.repos = repos
        self.asked = []
        self.break_at = None

    def fetch(self, repo, name, folder):
        self.asked.append((repo, name))
        source = self.repos[repo] / name
        if not source.is_file():
            return None
        if self.break_at == name:
            raise ModelError(f"Fetching {name} of {repo} broke off: connection reset", "Run the command again.")
        Path(folder).mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(source, Path(folder) / name))


@pytest.fixture
def fake_hub(monkeypatch, original, tmp_path):
    fake = FakeHub({REPO: shutil.copytree(original, tmp_path / "repo")})
    monkeypatch.setattr(hub, "_download", fake.fetch)
    return fake


@pytest.fixture
def tag(monkeypatch, fake_hub):
    """`TinyArch/somewhere` as if open_clip knew it: its weights lie in REPO under another name."""
    import open_clip

    monkeypatch.setattr(open_clip, "get_model_config", lambda name: dict(TINY) if name == "TinyArch" else None)
    stated = {
        "hf_hub": f"{REPO}/weights.pt",
        "mean": (0.1, 0.2, 0.3),
        "std": (0.3, 0.3, 0.3),
        "url": "",
        "quick_gelu": True,
    }
    monkeypatch.setattr(
        open_clip, "get_pretrained_cfg", lambda name, tag: stated if (name, tag) == ("TinyArch", "somewhere") else {}
    )
    return "TinyArch/somewhere"


def test_presets_are_known_to_open_clip():
    """A typing error in config/models.yaml would show only when somebody fetches the model."""
    import open_clip

    assert default_preset() == "multilingual"
    for preset in presets().values():
        if preset.kind == "clip":
            architecture, name = preset.model.split("/")
            assert open_clip.get_model_config(architecture) is not None
            assert open_clip.get_pretrained_cfg(architecture, name)["hf_hub"]
        assert preset.megabytes > 100


def test_pull_of_a_hub_model_then_offline(fake_hub, original, monkeypatch):
    name = f"hf-hub:{REPO}"
    with pytest.raises(ModelError, match="not on this machine"):
        load_clip(name)
    state = models.pull(name)
    assert (state.state, state.kind, state.command) == ("ready", "clip", "")
    monkeypatch.setattr(hub, "_download", None)  # from here on any fetch would fail
    model = load_clip(name, "cpu", "fp32")
    batch = np.random.default_rng(0).integers(0, 256, (2, 3, 32, 32), np.uint8)
    np.testing.assert_array_equal(
        model.encode_images(batch), load_clip(str(original), "cpu", "fp32").encode_images(batch)
    )
    assert model.identity["name"] == model.source == name
    assert models.pull(name).state == "ready"
    assert models.check(name).ok
    assert models.check(name).dim == 24


def test_pull_of_a_tag_writes_what_the_weights_want(tag, fake_hub):
    repo = fake_hub.repos[REPO]
    (repo / "open_clip_model.safetensors").rename(repo / "weights.safetensors")
    state = models.pull(tag)
    config = json.loads((Path(state.folder) / "open_clip_config.json").read_text())
    assert config["preprocess_cfg"] == {"mean": [0.1, 0.2, 0.3], "std": [0.3, 0.3, 0.3]}
    assert config["model_cfg"]["quick_gelu"] is True
    assert fake_hub.asked[0] == (REPO, "weights.safetensors")  # the safe format is asked for first
    model = load_clip(tag)
    assert model.preprocess.mean == (0.1, 0.2, 0.3)
    assert model.key.startswith("tinyarch-somewhere-")


def test_unknown_tags_name_the_known_ones(tag, fake_hub):
    with pytest.raises(ModelError, match="open_clip knows no model 'TinyArch/other'"):
        models.pull("TinyArch/other")
    with pytest.raises(ModelError, match="no model 'Nothing/x'"):
        models.pull("Nothing/x")


def test_a_broken_fetch_is_incomplete_and_continues(fake_hub, cache):
    name = f"hf-hub:{REPO}"
    fake_hub.break_at = "open_clip_model.safetensors"
    with pytest.raises(ModelError, match="broke off"):
        models.pull(name)
    assert not (cache / "clip" / "hf-hub-somebody-tiny-clip").exists()
    with pytest.raises(ModelError, match=r"only in part.*models pull"):
        load_clip(name)
    assert not models.check(name).ok
    fake_hub.break_at = None
    assert models.pull(name).state == "ready"
    assert not list(cache.rglob("*.partial"))


def damaged(folder, how):
    path = folder / "open_clip_model.safetensors"
    data = path.read_bytes()
    path.unlink()  # it may be a hard link
    if how == "truncated":
        path.write_bytes(data[:-100])
    elif how == "changed":
        path.write_bytes(data[:-4] + b"\0\0\0\1")
    elif how == "no manifest":
        path.write_bytes(data)
        (folder / "iconoscope-model.json").unlink()


@pytest.mark.parametrize(
    ("how", "problem", "loads"),
    [
        ("truncated", "bytes instead of", False),
        ("changed", "has changed since it was fetched", True),
        ("deleted", "is missing", False),
        ("no manifest", "is missing", False),
    ],
)
def test_check_says_what_is_wrong(fake_hub, how, problem, loads):
    name = f"hf-hub:{REPO}"
    state = models.pull(name)
    damaged(Path(state.folder), how)
    result = models.check(name)
    assert not result.ok
    assert problem in result.problems[0]
    assert result.hint == f"Run `iconoscope models pull {name}`."
    if not loads:
        with pytest.raises(ModelError, match=problem):
            load_clip(name)
        assert models.pull(name).state == "ready"
        assert models.check(name).ok


def test_list_shows_presets_and_what_else_is_here(fake_hub):
    models.pull(f"hf-hub:{REPO}")
    rows = {row.name: row for row in models.list_models()}
    assert list(rows)[: len(presets())] == list(presets())
    assert rows["multilingual"].default
    assert rows["fast"].state == "missing"
    assert rows["fast"].command == "iconoscope models pull fast"
    mine = rows[f"hf-hub:{REPO}"]
    assert (mine.state, mine.default, mine.kind) == ("ready", False, "clip")
    assert mine.megabytes >= 3


def test_auto_fetches_the_preset_when_it_can(monkeypatch, tag, fake_hub):
    from indexer.models import catalogue

    document = {"default": "small", "presets": {"small": {"kind": "clip", "model": tag, "about": "", "megabytes": 1}}}
    monkeypatch.setattr(catalogue, "_document", lambda: document)
    choice = choose_clip("auto")
    assert choice.model is None
    assert "offers no weights" in choice.reason
    assert choice.command == "iconoscope models pull small"
    repo = fake_hub.repos[REPO]
    (repo / "open_clip_model.safetensors").rename(repo / "weights.safetensors")
    assert choose_clip("auto", fetch=False).model is None
    assert choose_clip("auto").model.identity["name"] == tag
    fake_hub.asked.clear()
    assert choose_clip("auto").model.dim == 24
    assert not fake_hub.asked


def test_files_in_the_hubs_own_cache_are_taken_over(monkeypatch, original, tmp_path):
    """As `huggingface_hub` leaves them: snapshots of links to blobs."""
    monkeypatch.setattr(hub, "offline_reason", lambda: "no network in this test")
    root = tmp_path / "hub"
    snapshot = root / f"models--{REPO.replace('/', '--')}" / "snapshots" / ("a" * 40)
    blobs = snapshot.parents[1] / "blobs"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs" / "main").write_text("a" * 40)
    for path in original.iterdir():
        shutil.copyfile(path, blobs / path.name)
        os.symlink(blobs / path.name, snapshot / path.name)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(root))
    model = choose_clip(f"hf-hub:{REPO}").model
    assert model.dim == 24
    folder = resolve(f"hf-hub:{REPO}").folder
    assert (folder / "open_clip_model.safetensors").samefile(blobs / "open_clip_model.safetensors")
    assert load_clip(str(snapshot.parents[1])).dim == 24  # the cache's own folder may be named, too


def hanging(*args, **kwargs):
    """A name server that does not answer for long."""
    time.sleep(3)
    raise OSError("timed out")


def test_offline_is_noticed_quickly(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "https://hub.invalid")
    start = time.monotonic()
    assert "cannot be reached" in hub.offline_reason() or "no answer" in hub.offline_reason()
    listening = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{listening.getsockname()[1]}")
    assert hub.offline_reason() == ""
    monkeypatch.setattr("socket.create_connection", hanging)
    monkeypatch.setattr(hub, "CONNECT_SECONDS", 0.2)
    assert hub.offline_reason() == "no answer from the model hub"
    assert time.monotonic() - start < 10
    listening.close()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert hub.offline_reason() == "HF_HUB_OFFLINE is set"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("multilingal", "Did you mean 'multilingual'"),
        ("hf-hub:justone", "ORGANISATION/NAME"),
        ("a/b/c", "Give a preset"),
        ("/nowhere/at/all", "folder that holds"),
        ("", "is empty"),
        ("sam", "--regions sam"),
    ],
)
def test_names_that_mean_nothing(name, hint):
    with pytest.raises(ModelError, match=hint):
        load_clip(name)


def test_a_full_disk_is_a_clear_error(fake_hub, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(hub, "_download", full)
    with pytest.raises(ModelError, match=r"No space left.*ICONOSCOPE_MODELS"):
        models.pull(f"hf-hub:{REPO}")


def test_listing_needs_neither_torch_nor_the_hub_library():
    code = "import sys; from indexer.models import list_models; assert len(list_models()) >= 5; "
    code += "assert not {'torch', 'open_clip', 'huggingface_hub', 'numpy'} & set(sys.modules), 'heavy'"
    subprocess.run([sys.executable, "-c", code], check=True)
