import pytest

from indexer.features.clip_batches import BatchTuner


def settle(rates):
    """Feed a tuner with the rate of each size until it has decided."""
    tuner = BatchTuner(sorted(rates))
    for _ in range(50):
        if tuner.settled:
            break
        tuner.record(tuner.size, tuner.size / rates[tuner.size])
    return tuner


@pytest.mark.parametrize(
    ("rates", "best"),
    [
        ({4: 10, 8: 20, 16: 30, 32: 31.5}, 32),
        ({4: 10, 8: 20, 16: 20.1, 32: 90}, 8),
        ({4: 10, 8: 9, 16: 8}, 4),
        ({8: 5}, 8),
    ],
)
def test_climbs_while_it_pays(rates, best):
    tuner = settle(rates)
    assert tuner.settled
    assert tuner.size == best


def test_the_first_run_of_a_size_may_be_slow():
    tuner = BatchTuner([4, 8])
    tuner.record(4, 100.0)
    tuner.record(4, 1.0)
    tuner.record(8, 100.0)
    tuner.record(8, 1.5)
    assert tuner.size == 8


def test_batches_of_another_size_do_not_count():
    tuner = BatchTuner([4, 8])
    for _ in range(10):
        tuner.record(3, 1e-6)
    assert tuner.size == 4
    assert not tuner.settled


def test_halving_is_final_and_says_when_one_is_too_many():
    tuner = BatchTuner([32, 64, 128])
    assert tuner.halve(32) == 16
    assert tuner.size == 16
    tuner.record(16, 1e-9)
    assert tuner.halve(16) == 8
    assert tuner.size == 8
    assert tuner.halve(1) == 0
