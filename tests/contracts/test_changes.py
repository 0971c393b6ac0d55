"""What a change of a message does to the services that run already, told before it is deployed."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest

from common.events import EventData
from common.events.contracts import EXAMPLE, SCHEMA, event_contract, main, problems, write

TYPE = "loaf.baked.v1"
PRODUCERS, CONSUMERS = "producers first", "consumers first"


class Baked(EventData):
    """A loaf is ready."""

    TYPE: ClassVar[str] = TYPE

    loaf_id: UUID
    code: str


class WithOptional(Baked):
    oven_id: UUID | None = None


class WithRequired(Baked):
    oven_id: UUID


class NowRequired(Baked):
    oven_id: UUID | None


class WithNull(Baked):
    code: str | None  # type: ignore[assignment]


class WithDefault(Baked):
    code: str = "baked"


class AnotherType(Baked):
    code: UUID  # type: ignore[assignment]


class Without(EventData):
    TYPE: ClassVar[str] = TYPE

    loaf_id: UUID


class Renamed(EventData):
    TYPE: ClassVar[str] = TYPE

    bread_id: UUID
    code: str


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As it is while services with `Baked` run."""
    assert write([event_contract(Baked)], tmp_path / "contracts") == []
    return tmp_path / "contracts"


def found(event: type[EventData], folder: Path) -> list[str]:
    return problems([event_contract(event)], folder)


def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_no_change_is_no_problem(folder: Path):
    assert found(Baked, folder) == []


@pytest.mark.parametrize(
    ("event", "field", "first"),
    [
        (WithRequired, "data.oven_id is new and required", PRODUCERS),
        (Without, "data.code is gone", CONSUMERS),
        (WithDefault, "data.code may be missing now", CONSUMERS),
        (WithNull, "data.code may be something else now", CONSUMERS),
        (AnotherType, "data.code is something else now", "a new version"),
    ],
)
def test_a_breaking_change_is_named_with_who_deploys_first(
    folder: Path, event: type[EventData], field: str, first: str
):
    (line,) = found(event, folder)
    assert line.startswith(f"{TYPE}: {field}; ")
    assert first in line


def test_a_rename_is_a_loss_and_a_demand_at_once(folder: Path):
    gone, new = found(Renamed, folder)
    assert "data.loaf_id is gone" in gone
    assert CONSUMERS in gone
    assert "data.bread_id is new and required" in new
    assert PRODUCERS in new


def test_a_change_that_is_taken_back_the_other_way_is_named_too(tmp_path: Path):
    folder = tmp_path / "contracts"
    write([event_contract(WithNull)], folder)
    (line,) = found(Baked, folder)
    assert "data.code takes less than before" in line
    assert PRODUCERS in line


def test_a_field_that_was_optional_may_not_become_required(folder: Path):
    assert write([event_contract(WithOptional)], folder) == []
    (line,) = found(NowRequired, folder)
    assert "data.oven_id is required now" in line
    assert PRODUCERS in line


def test_an_optional_field_may_come_and_its_schema_is_stale_until_it_is_written(folder: Path):
    (line,) = found(WithOptional, folder)
    assert line.startswith(f"{TYPE}{SCHEMA} is stale")
    assert write([event_contract(WithOptional)], folder) == []
    assert found(WithOptional, folder) == []


def test_the_recorded_example_stays_what_the_older_service_sends(folder: Path):
    before = (folder / f"{TYPE}{EXAMPLE}").read_text()
    write([event_contract(WithOptional)], folder)
    assert (folder / f"{TYPE}{EXAMPLE}").read_text() == before


def test_a_breaking_change_is_not_written_over_what_is_recorded(folder: Path):
    before = contents(folder)
    assert write([event_contract(WithRequired)], folder) == found(WithRequired, folder) != []
    assert contents(folder) == before


def test_an_example_that_no_longer_fits_is_named_even_when_its_schema_was_written_over(folder: Path):
    (folder / f"{TYPE}{SCHEMA}").unlink()
    (line,) = found(WithRequired, folder)
    assert "the recorded example does not fit any more" in line
    assert PRODUCERS in line


def test_words_about_a_message_may_change(folder: Path):
    class Reworded(Baked):
        """It can be eaten."""

    (line,) = found(Reworded, folder)
    assert "stale" in line


def test_a_missing_file_and_one_of_no_message_are_named(folder: Path):
    (folder / f"{TYPE}{EXAMPLE}").unlink()
    (folder / f"roll.baked.v1{SCHEMA}").write_text("{}")
    assert [line.split(" ")[0] for line in found(Baked, folder)] == [f"{TYPE}{EXAMPLE}", f"roll.baked.v1{SCHEMA}"]


def test_the_command_says_how_it_is_used(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["--chekc"])
    assert ended.value.code == 2
    assert "--check" in capsys.readouterr().err
