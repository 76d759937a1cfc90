"""The texts are read before somebody searches, and closing does not wait for it."""

import duckdb
import pytest

from magpie_core.view.warming import Warming


@pytest.fixture
def database(tmp_path):
    found = duckdb.connect(str(tmp_path / "texts.duckdb"))
    yield found
    found.close()


def test_closing_stops_it(database):
    """The query would take minutes: every text is made while it is read."""
    database.execute(
        "CREATE VIEW text AS SELECT repeat(md5(a.range::VARCHAR || b.range::VARCHAR), 100) AS searched "
        "FROM range(100_000) a, range(100_000) b"
    )
    warming = Warming(database.cursor())
    assert warming._thread.is_alive()
    warming.stop()
    assert not warming._thread.is_alive()
    warming.stop()


def test_what_cannot_be_read_is_for_others_to_say(database, capfd):
    warming = Warming(database.cursor())  # there is no table
    warming._thread.join(30)
    warming.stop()
    assert capfd.readouterr().err == ""


def test_it_reads_what_a_search_reads(database):
    database.execute("CREATE TABLE text AS SELECT 'abc' AS searched")
    cursor = database.cursor()
    warming = Warming(cursor)
    warming._thread.join(30)
    assert cursor.fetchall() == [(0,)]
    warming.stop()
