"""Answers do not depend on who helps, and helpers keep away from a busy machine."""

import threading

import pytest

from search.channels.instance_helpers import MOST, Helpers


@pytest.mark.parametrize("cores", [1, 2, 8])
@pytest.mark.parametrize("count", [0, 1, 2, 57])
def test_answers_come_in_order(cores, count):
    assert Helpers(cores).map(lambda x: x * x, range(count)) == [x * x for x in range(count)]


def test_an_idle_core_helps():
    meet = threading.Barrier(2, timeout=20)  # breaks unless two threads are inside at once
    assert Helpers(2).map(lambda x: (meet.wait(), x)[1], [1, 2]) == [1, 2]


def test_nobody_helps_when_as_many_searches_run_as_there_are_cores():
    helpers, own = Helpers(2), threading.get_ident()
    with helpers.search(), helpers.search():
        assert set(helpers.map(lambda _: threading.get_ident(), range(50))) == {own}
    with helpers.search():
        assert helpers._taken(10) == 1
        assert helpers._taken(10) == 0
    assert Helpers(100)._taken(50) == MOST


@pytest.mark.parametrize("cores", [1, 2])
def test_errors_are_passed_on_and_helpers_come_back(cores):
    helpers = Helpers(cores)

    def fails(x):
        if x == 3:
            raise ValueError("three")
        return x

    for _ in range(3):
        with pytest.raises(ValueError, match="three"):
            helpers.map(fails, range(20))
    assert helpers._taken(5) == cores - 1
