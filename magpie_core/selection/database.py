"""DuckDB as a selection uses it: a temporary database, bounded memory, its refusals in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias

from magpie_core.errors import MissingEngineError, StorageError, UsageError
from magpie_core.selection.expression import Parser

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    Database: TypeAlias = DuckDBPyConnection

MEMORY = "1536MB"
"""Most that DuckDB takes; what needs more goes to the temporary folder."""


@contextmanager
def database_errors() -> Iterator[None]:
    """DuckDB's refusals in the house's form: what a person's expression does wrong, a full disk, Ctrl-C.

    Raises:
        UsageError: the expression cannot be computed; the message is DuckDB's first line.
        StorageError: the temporary folder is full.
    """
    import duckdb

    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise StorageError(
            f"the temporary database cannot go on: {first_line(error)}",
            hint="choose a temporary folder with more room: TMPDIR=/folder magpie select …",
        ) from error
    except duckdb.Error as error:
        raise UsageError(
            f"an expression cannot be computed: {first_line(error)}",
            hint="TRY_CAST(column AS DOUBLE) gives NULL for what cannot be converted; "
            "more on expressions: magpie select --help",
        ) from error


def first_line(error: Exception) -> str:
    """DuckDB's own words, without the statement it quotes."""
    return str(error).strip().partition("\n")[0]


@contextmanager
def parser_for() -> Iterator[Parser]:
    """A parser, closed at the end.

    Raises:
        MissingEngineError: duckdb is not installed.
    """
    require()
    import duckdb

    with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as database:
        yield Parser(database)


def require() -> None:
    """See that what a selection needs is installed.

    Raises:
        MissingEngineError: duckdb or pyarrow is not.
    """
    try:
        import duckdb  # noqa: F401
        import pyarrow  # noqa: F401  (rows go to DuckDB as Arrow batches)
    except ImportError as error:
        raise MissingEngineError(
            f"selecting needs DuckDB and pyarrow: {error}", hint="pip install 'magpie-core[select]'"
        ) from error


def open_database() -> tuple[Database, TemporaryDirectory[str]]:
    """An empty database, and the temporary folder that takes what memory does not; ``cleanup`` removes it.

    Raises:
        MissingEngineError: duckdb or pyarrow is not installed.
    """
    require()
    import duckdb

    folder = TemporaryDirectory(prefix="magpie-select-")
    try:
        database = duckdb.connect(":memory:")
        database.execute(f"SET memory_limit = '{MEMORY}'")
        database.execute("SET temp_directory = ?", [str(Path(folder.name, "spilled"))])
        database.execute("SET preserve_insertion_order = false")
        database.execute("SET enable_progress_bar = false")
    except BaseException:
        folder.cleanup()
        raise
    return database, folder
