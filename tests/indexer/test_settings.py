"""Settings: overrides, fingerprints, messages."""

from dataclasses import fields, is_dataclass

import pytest
import yaml

from indexer.core.errors import SettingsError
from indexer.core.presets import load_preset, preset_names
from indexer.core.settings import IndexSettings, config_folder, difference, merge


def test_yaml_overrides_and_the_fingerprint_changes():
    base = IndexSettings()
    other = merge(base, {"sift": {"count": 500}, "regions": ["whole", "page"]})
    assert other.sift.count == 500
    assert other.regions == ("whole", "page")
    assert other.fingerprint() != base.fingerprint()
    assert merge(base, {}).fingerprint() == base.fingerprint()


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"colour": 1}, "Unknown key 'colour'"),
        ({"sift": {"cuont": 1}}, "Unknown key 'cuont' in settings.sift"),
        ({"sift": 3}, "needs a mapping"),
        ({"sift": {"count": "many"}}, "settings.sift.count needs int"),
        ({"sift": {"count": True}}, "needs int"),
        ({"regions": "whole"}, "needs a list"),
    ],
)
def test_wrong_settings_are_refused(overrides, message):
    with pytest.raises(SettingsError, match=message):
        merge(IndexSettings(), overrides)


def test_difference_names_the_settings():
    rows = difference(
        {"sift": {"count": 1, "side": 2}, "regions": ["whole"]},
        {"sift": {"count": 3, "side": 2}, "regions": ("whole",)},
    )
    assert rows == ["sift.count: 1 → 3"]


def test_every_shipped_preset_loads():
    assert preset_names()
    for name in preset_names():
        assert isinstance(load_preset(name), IndexSettings)
    with pytest.raises(SettingsError, match="no preset 'nothing'"):
        load_preset("nothing")


def test_default_yaml_lists_every_setting_with_its_default():
    document = yaml.safe_load((config_folder() / "default.yaml").read_text(encoding="utf-8"))
    assert merge(IndexSettings(), document) == IndexSettings()

    def keys(settings):
        return {
            f.name: keys(getattr(settings, f.name)) if is_dataclass(getattr(settings, f.name)) else None
            for f in fields(settings)
        }

    def listed(mapping):
        return {k: listed(v) if isinstance(v, dict) else None for k, v in mapping.items()}

    assert listed(document) == keys(IndexSettings())


def test_every_setting_is_documented():
    def check(settings):
        for f in fields(settings):
            value = getattr(settings, f.name)
            if is_dataclass(value):
                check(value)
            else:
                assert f.metadata.get("help"), f.name

    check(IndexSettings())
