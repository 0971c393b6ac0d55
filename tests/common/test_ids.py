"""UUIDv7: what the bits say, that they sort, and that derived ones stay the same."""

from __future__ import annotations

import threading
import time
from uuid import RFC_4122, UUID

import pytest

from common.ids import derived, uuid7

PARENT = UUID("01980000-0000-7000-8000-000000000001")


def milliseconds(value: UUID) -> int:
    return value.int >> 80


def test_it_is_a_version_7_of_the_usual_variant():
    for _ in range(1000):
        assert (uuid7().version, uuid7().variant) == (7, RFC_4122)


def test_its_first_48_bits_are_the_time():
    before = time.time_ns() // 1_000_000
    made = milliseconds(uuid7())
    assert before <= made <= time.time_ns() // 1_000_000 + 1


def test_later_ones_sort_later():
    made = [uuid7() for _ in range(50_000)]
    assert made == sorted(set(made))


def test_later_ones_sort_later_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch):
    first = uuid7()
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    made = [first, *(uuid7() for _ in range(10_000))]
    assert made == sorted(set(made))
    assert all((value.version, value.variant) == (7, RFC_4122) for value in made)


def test_threads_get_different_ones_and_each_of_them_later_ones():
    by_thread: list[list[UUID]] = []

    def make() -> None:
        by_thread.append([uuid7() for _ in range(5_000)])

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({value for made in by_thread for value in made}) == 8 * 5_000
    assert all(made == sorted(made) for made in by_thread)


def test_a_derived_id_is_always_the_same():
    """Objects in the store bear it: another one would lose them."""
    assert derived(PARENT, "background") == UUID("01980000-0000-7e3f-b436-79eb4e125641")


def test_a_derived_id_is_a_version_7_of_its_parents_time():
    child = derived(PARENT, "background")
    assert (child.version, child.variant) == (7, RFC_4122)
    assert milliseconds(child) == milliseconds(PARENT)


def test_another_name_or_another_parent_is_another_id():
    assert len({derived(PARENT, name) for name in ("a", "b", "", "ü")}) == 4
    assert derived(PARENT, "a") != derived(uuid7(), "a")
