"""``segdsl demo``, ``init`` and ``rule``."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from commands import segdsl
from small_project import AS_OF, customers, orders


def test_demo(tmp_path: Path) -> None:
    outcome = segdsl("demo", "shop", "--customers", "150", cwd=tmp_path)
    assert outcome.code == 0, outcome
    lines = outcome.out.splitlines()
    assert lines[0].split() == ["segment", "title", "members", "share"]
    assert any(line.startswith("winback") and line.rstrip().endswith("%") for line in lines)
    assert len(lines) > 30
    assert (tmp_path / "shop" / "segdsl.toml").is_file()
    again = segdsl("run", "--as-of", AS_OF, cwd=tmp_path / "shop")
    assert again.code == 0, again
    assert again.out == outcome.out
    assert segdsl("check", "--strict", cwd=tmp_path / "shop").code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are for sh")
def test_demo_says_how_to_go_on(tmp_path: Path) -> None:
    outcome = segdsl("demo", "Maria's shop", "--customers", "50", cwd=tmp_path)
    _, told = outcome.err.split("Go on with:\n")
    lines = [line.strip() for line in told.splitlines()]
    assert lines[0].startswith("cd ")
    assert [line.split()[0] for line in lines[1:]] == ["segdsl"] * 3
    package = Path(__file__).parent.parent.parent
    start = f'segdsl() {{ "{sys.executable}" -m segdsl "$@"; }}\nset -e\n'
    environment = {**os.environ, "PYTHONPATH": str(package)}
    script = start + "\n".join(lines)
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert 'orders >= 3 and country = "GR"' in done.stdout
    assert "SELECT" in done.stdout


def test_demo_leaves_a_project_alone(tmp_path: Path) -> None:
    (tmp_path / "segdsl.toml").write_text("# mine\n")
    outcome = segdsl("demo", ".", "--customers", "10", cwd=tmp_path)
    assert outcome.code == 2
    assert "SEG910" in outcome.err
    assert (tmp_path / "segdsl.toml").read_text() == "# mine\n"


def test_demo_into_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert segdsl("demo", "file", cwd=tmp_path).code == 2


def test_init_blank(tmp_path: Path) -> None:
    outcome = segdsl("init", cwd=tmp_path)
    assert outcome.code == 0, outcome
    assert segdsl("check", cwd=tmp_path).code == 0
    assert segdsl("fmt", "--check", cwd=tmp_path).code == 0
    assert "lapsed" in segdsl("list", cwd=tmp_path).out
    assert segdsl("init", cwd=tmp_path).code == 2


def test_init_from_a_folder(tmp_path: Path) -> None:
    data = tmp_path / "tables"
    data.mkdir()
    customers().write_parquet(data / "customers.parquet")
    orders().write_parquet(data / "orders.parquet")
    outcome = segdsl("init", "project", "--data", "tables", cwd=tmp_path)
    assert outcome.code == 0, outcome
    project = tmp_path / "project"
    assert segdsl("check", "--data", cwd=project).code == 0
    assert segdsl("fmt", "--check", cwd=project).code == 0
    sizes = segdsl("run", "-e", "count(order) >= 1", "--format", "csv", "--as-of", AS_OF, cwd=project)
    assert sizes.code == 0, sizes
    assert sizes.out.splitlines()[1].split(",")[2] == "3"


def test_init_from_a_database(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.execute("CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, city TEXT)")
    connection.execute("INSERT INTO customers VALUES (1, 'Athens'), (2, NULL)")
    connection.commit()
    connection.close()
    outcome = segdsl("init", "project", "--url", "sqlite:///shop.db", cwd=tmp_path)
    assert outcome.code == 0, outcome
    assert "customer_id" in (tmp_path / "project" / "segdsl.toml").read_text()
    assert segdsl("check", "--strict", cwd=tmp_path / "project").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--data", "nowhere"),
        ("--data", "x", "--url", "y"),
        ("--entity", "customers"),
        ("--url", "nowhere://x"),
        ("--url", ""),
    ],
)
def test_init_usage(arguments: tuple[str, ...], tmp_path: Path) -> None:
    outcome = segdsl("init", *arguments, cwd=tmp_path)
    assert outcome.code == 2, outcome
    assert list(tmp_path.iterdir()) == []


def test_init_of_one_list_of_transactions_is_about_customers(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "transactions.csv").write_text(
        "customer_id,date,quantity\n1,2026-01-01,2\n1,2026-01-02,1\n2,2026-01-02,2\n"
    )
    assert segdsl("init", "--data", "data", cwd=tmp_path).code == 0
    outcome = segdsl("run", "-e", "count(transaction) >= 2", "--shape", "members", "--format", "csv", cwd=tmp_path)
    assert (outcome.code, outcome.out) == (0, "customer_id\n1\n"), outcome


def test_rule(tmp_path: Path) -> None:
    outcome = segdsl("rule", "seg901", cwd=tmp_path)
    assert outcome.code == 0
    assert outcome.out.startswith("SEG901 unknown-segment (error): no segment of that name\n")
    assert "    segdsl run lapsed" in outcome.out
    assert segdsl("rule", "unknown-segment", cwd=tmp_path).out == outcome.out


def test_every_rule_has_a_page_by_its_code_and_by_its_name(tmp_path: Path) -> None:
    from segdsl.errors import rules

    for rule in rules():
        page = segdsl("rule", rule.code, cwd=tmp_path)
        assert page.code == 0
        assert page.out.startswith(f"{rule.code} {rule.name} ({rule.severity.value}): {rule.title}\n")
        for part in (rule.explanation, rule.bad, rule.good):
            assert "".join(part.split()) in "".join(page.out.split())
        assert segdsl("rule", rule.name, cwd=tmp_path).out == page.out


def test_all_rules(tmp_path: Path) -> None:
    from segdsl.errors import rules

    outcome = segdsl("rule", "all", "--format", "json", cwd=tmp_path)
    assert [rule["code"] for rule in json.loads(outcome.out)] == [rule.code for rule in rules()]
    assert len(segdsl("rule", "all", cwd=tmp_path).out.splitlines()) == len(rules()) + 2


def test_unknown_rule(tmp_path: Path) -> None:
    outcome = segdsl("rule", "SEG9011", cwd=tmp_path)
    assert outcome.code == 2
    assert "did you mean" in outcome.err
    assert "did you mean `missing-left-out`?" in segdsl("rule", "missing-leftout", cwd=tmp_path).err
