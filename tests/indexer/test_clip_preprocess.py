import pickle

import numpy as np
import pytest

from indexer.features.clip_preprocess import ClipPreprocess


def picture(h, w, seed=0):
    rng = np.random.default_rng(seed)
    smooth = np.add.outer(np.linspace(0, 200, h), np.linspace(0, 55, w))[..., None]
    return np.clip(smooth + rng.normal(0, 40, (h, w, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("shape", [(301, 400), (777, 123), (40, 61), (64, 64), (20, 900), (1, 50)])
def test_equals_open_clips_own_transform(mode, interpolation, shape):
    import torch
    from open_clip.transform import PreprocessCfg, image_transform_v2
    from PIL import Image

    if mode == "longest" and min(shape) == 1:
        pytest.skip("open_clip itself fails: the short side rounds to 0")
    config = {"size": 64, "resize_mode": mode, "interpolation": interpolation, "fill_color": 9}
    mine = ClipPreprocess.of(config)
    rgb = picture(*shape)
    theirs = image_transform_v2(PreprocessCfg(**config), is_train=False)(Image.fromarray(rgb))
    back = theirs * torch.tensor(mine.std)[:, None, None] + torch.tensor(mine.mean)[:, None, None]
    difference = np.abs(mine(rgb).astype(int) - (back.numpy() * 255).round().astype(int))
    assert difference.max() <= 1


def test_a_target_that_is_not_square():
    import torch
    from open_clip.transform import PreprocessCfg, image_transform_v2
    from PIL import Image

    mine = ClipPreprocess.of({"size": [48, 80]})
    rgb = picture(333, 200)
    back = image_transform_v2(PreprocessCfg(size=(48, 80)), is_train=False)(Image.fromarray(rgb))
    back = back * torch.tensor(mine.std)[:, None, None] + torch.tensor(mine.mean)[:, None, None]
    assert mine(rgb).shape == (3, 48, 80)
    assert np.abs(mine(rgb).astype(int) - (back.numpy() * 255).round().astype(int)).max() <= 1


def test_a_sliver_takes_bounded_memory():
    assert ClipPreprocess.of({"size": 64})(np.full((3, 20_000, 3), 7, np.uint8)).tolist() == [[[7] * 64] * 64] * 3
    assert ClipPreprocess.of({"size": 64, "resize_mode": "longest"})(np.full((3, 900, 3), 7, np.uint8)).shape == (
        3,
        64,
        64,
    )


def test_travels_to_workers_and_describes_itself():
    mine = ClipPreprocess.of({"size": 32, "mean": 0.5, "std": [0.5, 0.4, 0.3]})
    assert pickle.loads(pickle.dumps(mine)) == mine
    assert ClipPreprocess.of(mine.describe()) == mine


@pytest.mark.parametrize("config", [{"resize_mode": "fit"}, {"interpolation": "lanczos"}])
def test_unknown_ways_are_refused(config):
    with pytest.raises(ValueError, match="unknown preprocessing"):
        ClipPreprocess.of(config)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4)])
def test_only_rgb(shape):
    with pytest.raises(ValueError, match="rgb: expected shape"):
        ClipPreprocess.of({})(np.zeros(shape, np.uint8))
