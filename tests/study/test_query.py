"""SQL over a result: it reaches the tables and nothing else, and wrong SQL is told in a line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from servsim.errors import InputError, RunError
from servsim.scenario import Scenario
from servsim.study import Comparison, compare
from servsim.study.query import query, tables_in

pytest.importorskip("duckdb")


@pytest.fixture(scope="module")
def comparison(make: Callable[..., Scenario]) -> Comparison:
    return compare(make(), make(pools__desk__wage="40/h"), reps=3, names=("as is", "dearer"))


@pytest.fixture(scope="module")
def folder(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return comparison.save(tmp_path_factory.mktemp("query") / "result")


def test_every_file_is_a_table(folder: Path) -> None:
    names = {"changes", "differences", "intervals", "measures", "scenarios", "targets"}
    assert set(tables_in(folder)) == names
    assert set(tables_in(folder.parent)) == names  # a study's folder holds its result
    for name in names:
        assert len(query(folder, f"SELECT * FROM {name} LIMIT 1")) == 1


def test_an_answer_is_what_the_table_says(folder: Path, comparison: Comparison) -> None:
    sql = (
        "SELECT scenario, avg(value) AS mean FROM measures WHERE measure = 'cost' AND period = 'run' "
        "GROUP BY scenario ORDER BY scenario"
    )
    found = query(folder, sql)
    assert found["scenario"].tolist() == ["as is", "dearer"]
    means = [comparison[name].value("cost").mean for name in found["scenario"]]
    assert np.allclose(found["mean"], means, rtol=1e-12)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM '{parquet}'",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM read_parquet('https://example.invalid/x.parquet')",
        "SELECT * FROM sniff_csv('{secret}')",
        "SELECT * FROM hidden",  # a variable of Python
        "COPY targets TO '{folder}/out.csv'",
        "COPY targets FROM '{secret}'",
        "EXPORT DATABASE '{folder}/out'",
        "ATTACH '{folder}/out.db' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "DROP VIEW targets",
        "CREATE TABLE copied AS SELECT * FROM targets",
        "SELECT 1; SELECT 2",
        "",
        "SELECT 1; COPY targets TO '{folder}/out.csv'",
    ],
)
def test_nothing_else_can_be_reached(folder: Path, tmp_path: Path, sql: str) -> None:
    hidden = {"a": [1]}
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    before = sorted(tmp_path.iterdir())
    words = sql.format(secret=secret, parquet=folder / "targets.parquet", folder=tmp_path)
    with pytest.raises(InputError) as caught:
        query(folder, words)
    assert len(str(caught.value).splitlines()) == 1 and hidden
    assert sorted(tmp_path.iterdir()) == before


def test_the_same_words_reach_a_file_where_access_is_not_closed(tmp_path: Path) -> None:
    """The twin: without the settings the statement would have been carried out."""
    import duckdb

    (tmp_path / "secret.csv").write_text("a\n1\n")
    with duckdb.connect(":memory:") as base:
        assert base.execute(f"SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("selec 1", 'syntax error at or near "selec"'),
        ("SELECT nothing FROM targets", 'Referenced column "nothing" not found'),
        ("SELECT * FROM target", "tables: changes, differences, intervals, measures, scenarios, targets"),
    ],
)
def test_wrong_sql_is_told(folder: Path, sql: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        query(folder, sql)
    assert words in str(caught.value)


def test_a_folder_must_hold_tables(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        query(tmp_path / "nothing", "SELECT 1")
    with pytest.raises(InputError, match="holds no result of servsim"):
        query(tmp_path, "SELECT 1")
    (tmp_path / "broken.parquet").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="is not a parquet file"):
        query(tmp_path, "SELECT * FROM broken")


def test_without_duckdb_the_install_command_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(RunError, match=r"pip install 'servsim\[query\]'"):
        query(folder, "SELECT 1")
