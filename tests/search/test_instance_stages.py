import time
from concurrent.futures import ThreadPoolExecutor

from search.channels.instance_stages import measured, stage


def test_times_are_added_up_inside_and_forgotten_outside():
    with stage("votes"):
        pass
    with measured() as first:
        for _ in range(2):
            with stage("votes"):
                time.sleep(0.01)
        with stage("verify"):
            pass
    with stage("votes"):
        time.sleep(0.01)
    assert set(first) == {"votes", "verify"}
    assert 20 <= first["votes"] < 2000
    assert first["verify"] < first["votes"]
    with measured() as second:
        pass
    assert second == {}


def test_an_error_is_counted_and_passed_on():
    with measured() as stages:
        try:
            with stage("verify"):
                raise ValueError("no")
        except ValueError:
            pass
    assert "verify" in stages


def test_searches_of_other_threads_are_not_counted():
    def other():
        with stage("votes"):
            pass

    with measured() as stages, ThreadPoolExecutor(1) as pool:
        pool.submit(other).result()
    assert stages == {}
