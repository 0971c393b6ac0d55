"""`vision3 credits` on a real database: show, grant, audit."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from common.events import CreditsChanged
from common.events.envelope import unwrap
from common.ids import uuid7
from tests.cli.test_commands import MAIN, vision3
from tests.support.servers import TestDatabase
from vision3.audit import audit as audited
from vision3.data_dir import DataDir
from vision3.state import State, publish
from vision3.tokens import clerk_id

ALICE = clerk_id("alice")
EMAIL = "Alice@example.org"


@pytest.fixture
def alice(database: TestDatabase) -> UUID:
    """20 credits, with an address."""
    user = fetchval(database, "select vision3.provision_user($1, $2, $3)", uuid7(), uuid7(), ALICE)
    fetchval(database, "update vision3.users set email = $1 returning id", EMAIL)
    return user


def fetchval(database: TestDatabase, statement: str, *arguments: object):
    async def fetched():
        connection = await asyncpg.connect(database.owner_url)
        try:
            return await connection.fetchval(statement, *arguments)
        finally:
            await connection.close()

    return asyncio.run(fetched())


def balance(database: TestDatabase, user: UUID) -> int:
    return fetchval(database, "select credits_remaining from vision3.users where id = $1", user)


def grant(where: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return vision3("credits", "grant", *arguments, "--note", "a broken week", "--yes", env=where)


def audit(where: dict[str, str]) -> tuple[int, dict[str, object]]:
    result = vision3("credits", "audit", "--json", env=where)
    return result.returncode, json.loads(result.stdout)


@pytest.mark.parametrize("name", ["alice", ALICE, EMAIL, EMAIL.lower(), "id"])
def test_a_user_is_found_by_whatever_is_known_of_them(elsewhere: dict[str, str], alice: UUID, name: str):
    shown = json.loads(vision3("credits", "show", str(alice) if name == "id" else name, "--json", env=elsewhere).stdout)
    assert shown["user"] == {"id": str(alice), "clerk_id": ALICE, "tier": "free", "balance": 20, "entries": 1}
    assert [(e["kind"], e["amount"], e["balance_after"]) for e in shown["entries"]] == [("signup", 20, 20)]


def test_the_ledger_is_a_table_the_newest_first(elsewhere: dict[str, str], alice: UUID):
    grant(elsewhere, "alice", "5")
    shown = vision3("credits", "show", "alice", env=elsewhere).stdout
    for word in (str(alice), "free", "25 credits", "+5", "a broken week", f"signup:{alice}"):
        assert word in shown
    assert shown.index("adjustment") < shown.index("signup")
    newest = vision3("credits", "show", "alice", "--limit", "1", env=elsewhere)
    assert ("signup" in newest.stdout, "1 more" in newest.stderr) == (False, True)


@pytest.mark.parametrize(("amount", "left"), [("5", 25), ("-5", 15), ("-20", 0)])
def test_a_grant_is_an_entry_and_prints_the_new_balance(
    elsewhere: dict[str, str], alice: UUID, database: TestDatabase, amount: str, left: int
):
    result = grant(elsewhere, "alice", amount)
    assert (result.returncode, result.stdout) == (0, f"{left}\n")
    assert balance(database, alice) == left
    entry = "select (amount, kind, balance_after, note)::text from vision3.credit_entries where kind = 'adjustment'"
    assert fetchval(database, entry) == f'({amount},adjustment,{left},"a broken week")'
    assert audit(elsewhere) == (0, {"users": 1, "entries": 2, "differences": []})


def test_two_grants_alike_are_two(elsewhere: dict[str, str], alice: UUID):
    assert [grant(elsewhere, "alice", "5").stdout for _ in range(2)] == ["25\n", "30\n"]


def test_billings_relay_is_given_the_event_that_tells_of_it(
    elsewhere: dict[str, str], alice: UUID, database: TestDatabase
):
    grant(elsewhere, "alice", "5")
    assert fetchval(database, "select source from vision3.outbox") == "vision3_billing"
    assert unwrap(fetchval(database, "select payload from vision3.outbox"), CreditsChanged).user_id == alice


@pytest.mark.parametrize(("answer", "code", "left"), [("y\n", 0, 25), ("n\n", 1, 20), ("", 1, 20)])
def test_it_asks_first(
    elsewhere: dict[str, str], alice: UUID, database: TestDatabase, answer: str, code: int, left: int
):
    result = subprocess.run(
        [*MAIN, "credits", "grant", "alice", "5", "--note", "a broken week"],
        input=answer, env={**os.environ, **elsewhere}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (result.returncode, f"give 5 credits to {alice}, who has 20?" in result.stderr) == (code, True)
    assert balance(database, alice) == left


def test_nobody_is_brought_below_0_and_nothing_is_told(elsewhere: dict[str, str], alice: UUID, database: TestDatabase):
    result = grant(elsewhere, "alice", "-21")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "vision3: the balance would go below 0: nothing was taken (21 were to be)\n"
    assert balance(database, alice) == 20
    assert fetchval(database, "select count(*) from vision3.outbox") == 0


def test_more_than_a_balance_can_hold_is_one_sentence(elsewhere: dict[str, str], alice: UUID, database: TestDatabase):
    fetchval(database, "select vision3.append_entry($1, $2, 2147483600, 'pack', 'order:1', null, null)", uuid7(), alice)
    result = grant(elsewhere, "alice", "1000")
    assert (result.returncode, result.stderr) == (1, "vision3: that is more than a balance can hold\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["show"],
        ["show", "alice", "--limit", "0"],
        ["show", "\udcff"],
        ["grant", "alice", "--note", "why"],
        ["grant", "alice", "5"],
        ["grant", "alice", "5", "--note", "  "],
        ["grant", "alice", "0", "--note", "why"],
        ["grant", "alice", "1000001", "--note", "why"],
        ["grant", "alice", "-1000001", "--note", "why"],
        ["grant", "alice", "five", "--note", "why"],
        ["grant", "alice", "5", "--nonsense", "--note", "why"],
        ["nonsense"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(elsewhere: dict[str, str], arguments: list[str]):
    result = vision3("credits", *arguments, env=elsewhere)
    assert (result.returncode, result.stdout) == (2, "")


@pytest.mark.parametrize("command", [["show", "bob"], ["grant", "bob", "5", "--note", "why", "--yes"]])
def test_an_unknown_user_is_one_sentence(elsewhere: dict[str, str], alice: UUID, command: list[str]):
    result = vision3("credits", *command, env=elsewhere)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("vision3: there is no user bob: ")


def test_an_address_of_two_users_names_neither(elsewhere: dict[str, str], alice: UUID, database: TestDatabase):
    bob = fetchval(database, "select vision3.provision_user($1, $2, 'user_of_clerk')", uuid7(), uuid7())
    fetchval(database, "update vision3.users set email = $1 where id = $2 returning id", EMAIL, bob)
    result = vision3("credits", "show", EMAIL, env=elsewhere)
    assert result.returncode == 1
    assert f"{EMAIL} is 2 users" in result.stderr
    assert str(alice) in result.stderr
    assert str(bob) in result.stderr


def test_a_ledger_that_adds_up_is_one_sentence(elsewhere: dict[str, str], alice: UUID):
    result = vision3("credits", "audit", env=elsewhere)
    assert (result.returncode, result.stdout) == (0, "1 users, 1 entries: all add up\n")


TAMPERING = {
    "update vision3.users set credits_remaining = 21": ["the balance is not the sum"],
    "update vision3.credit_entries set amount = 10 where kind = 'signup'": [
        "the balance is not the sum",
        "the chain of balances is broken",
    ],
    "update vision3.credit_entries set balance_after = 22 where kind = 'adjustment'": [
        "the chain of balances is broken",
    ],
    "delete from vision3.credit_entries where kind = 'signup'": [
        "the balance is not the sum",
        "the chain of balances is broken",
    ],
    "delete from vision3.credit_entries": ["the balance is not the sum"],
    """alter table vision3.users drop constraint users_credits_remaining_check;
       update vision3.users set credits_remaining = -1""": ["the balance is not the sum", "a balance below 0"],
    """alter table vision3.credit_entries drop constraint credit_entries_user_id_fkey;
       insert into vision3.credit_entries (id, user_id, amount, kind, reference, balance_after)
       select gen_random_uuid(), id, 5, 'pack', 'order:1', 5 from vision3.users;
       update vision3.credit_entries set user_id = gen_random_uuid() where kind = 'pack'""": ["entries of no user"],
}


@pytest.mark.parametrize(("statements", "faults"), TAMPERING.items(), ids=lambda value: str(value)[:60])
async def test_the_audit_names_what_does_not_add_up(
    database: TestDatabase, owner: asyncpg.Connection, statements: str, faults: list[str]
):
    """Undone in the end, since some of it has to drop constraints first."""
    user = await owner.fetchval("select provision_user($1, $2, 'tampered')", uuid7(), uuid7())
    await owner.fetchval("select append_entry($1, $2, -1, 'adjustment', 'adjustment:1', null, null)", uuid7(), user)
    undone = owner.transaction(isolation="repeatable_read")
    await undone.start()
    await owner.execute(statements)
    found = (await audited(owner)).differences
    await undone.rollback()
    assert sorted({fault for one in found for fault in one.faults}) == sorted(faults)


def test_what_differs_is_a_table_and_a_failure(elsewhere: dict[str, str], alice: UUID, database: TestDatabase):
    bob = fetchval(database, "select vision3.provision_user($1, $2, 'user_of_clerk')", uuid7(), uuid7())
    fetchval(database, "update vision3.users set credits_remaining = 21 where id = $1 returning id", alice)
    result = vision3("credits", "audit", env=elsewhere)
    assert result.returncode == 1
    assert result.stderr == "vision3: the ledger of 1 of 2 users does not add up\n"
    assert (str(alice) in result.stdout, str(bob) in result.stdout) == (True, False)
    difference = {"user_id": str(alice), "balance": 21, "ledger": 20, "entries": 1}
    assert audit(elsewhere) == (
        1,
        {"users": 2, "entries": 2, "differences": [difference | {"faults": ["the balance is not the sum"]}]},
    )


async def test_parallel_entries_break_no_chain(database: TestDatabase, owner: asyncpg.Connection):
    """Their ids and times are not the order in which they were written."""
    user = await owner.fetchval("select provision_user($1, $2, 'parallel')", uuid7(), uuid7())
    older, newer = uuid7(), uuid7()
    for entry, amount in ((newer, 5), (older, -3)):
        await owner.fetchval("select append_entry($1, $2, $3, 'adjustment', $4, null, null)",
                             entry, user, amount, f"adjustment:{entry}")  # fmt: skip
    assert (await audited(owner)).differences == []


def test_the_system_in_a_folder_is_looked_at(database: TestDatabase, alice: UUID, tmp_path: Path):
    folder = DataDir.at(tmp_path)
    with folder.locked():
        publish(State("", "", "", "", database.owner_url, {}, str(tmp_path)), {})
        result = vision3("credits", "audit", "--data", str(tmp_path), env={"VISION3_DATABASE_URL": "nonsense"})
    assert result.stdout == "1 users, 1 entries: all add up\n"


@pytest.mark.parametrize("url", ["postgresql://nobody:x@127.0.0.1:1/none", "nonsense"])
def test_without_a_database_it_says_so(url: str):
    result = vision3("credits", "audit", env={"VISION3_DATABASE_URL": url})
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert result.stderr.startswith("vision3: the database ")
