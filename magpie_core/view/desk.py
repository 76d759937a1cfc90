"""Everything a page asks of one source, behind methods of plain data. Knows no web."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from magpie_core.dataset.source import FileSource, RunSource, Source
from magpie_core.errors import MagpieError
from magpie_core.run.lock import writer
from magpie_core.selection.loading import Progress
from magpie_core.view.asked import Asked
from magpie_core.view.index import Index
from magpie_core.view.library import open_index
from magpie_core.view.marks import Marks
from magpie_core.view.pages import PAGE, Pages, Rejections, check_place
from magpie_core.view.reading import document_of
from magpie_core.view.stock import signature


class Desk:
    """One source, read and marked; thread-safe. Close it at the end.

    Raises:
        MagpieError: see ``open_index``.
    """

    def __init__(
        self,
        source: Source,
        progress: Progress,
        makers: Mapping[str, str] | None = None,
    ) -> None:
        self.source = source
        self._makers = makers
        self.marks = Marks(source)
        self._renewing = threading.Lock()
        self._retired: list[Index] = []
        self.doing: tuple[str, int, int | None] | None = None
        """What is being read again, how many so far, and of how many; None where nothing is."""
        self._take(open_index(source, progress, makers))

    def about(self) -> dict[str, Any]:
        """What a page needs to know before it asks anything."""
        counts = self.marks.all.values()
        return {
            "source": self.source.path.name or str(self.source.path),
            "run": isinstance(self.source, RunSource),
            "rows": self.index.rows,
            "rejected": self.index.rejected,
            "notes": self.index.notes,
            "facets": self.index.about["facets"],
            "sorts": [
                label
                for label, one in self.index.by_label.items()
                if one.sql.startswith(("own_", "set_", "size_"))
                and (one.kind in ("int", "float", "bool") or one.scale is not None)
                and one.sql != "own_0"
            ],
            "columns": sorted(self.index.by_label),
            "read_only": self.marks.read_only,
            "marked": sum(mark is not None for mark, _ in counts),
        }

    def state(self) -> dict[str, Any]:
        """Whether the source has more or other records by now, and who writes to it."""
        changed = False
        with suppress(MagpieError):
            changed = signature(self.source) != self.index.about["signature"]
        holder = writer(self.source.path) if isinstance(self.source, RunSource) else None
        doing = self.doing
        return {
            "changed": changed,
            "writer": None if holder is None else str(holder),
            "doing": None
            if doing is None
            else {"what": doing[0], "done": doing[1], "of": doing[2]},
        }

    def renew(self) -> dict[str, Any]:
        """Take in what has changed; where somebody does so already, nothing."""
        if not self._renewing.acquire(blocking=False):
            return self.about()
        try:
            old = self.index
            self.doing = "reading records", 0, None
            if isinstance(self.source, FileSource):  # marks of other contents must not be mixed up
                source = FileSource(self.source.path)
                self.marks, self.source = Marks(source), source
            new = open_index(self.source, self._told, self._makers)
            self.marks.refresh()
            self._take(new)
            self._retired.append(old)  # somebody may still be reading from it
            for one in self._retired[:-1]:
                one.close()
            del self._retired[:-1]
        finally:
            self.doing = None
            self._renewing.release()
        return self.about()

    def page(self, asked: Asked, start: int, size: int = PAGE) -> dict[str, Any]:
        """See ``Pages.page``."""
        return self.pages.page(asked, start, size)

    def record(self, n: int) -> dict[str, Any]:
        """See ``document_of``; with its mark."""
        found = document_of(self.index, n)
        mark, note = self.marks.of(found["id"])
        return {**found, "mark": mark, "note": note}

    def mark(self, n: int, mark: str | None, note: str | None) -> dict[str, Any]:
        """Say what a reader thinks of the record ``n``; see ``Marks.set``."""
        id = self._id(n)
        said = self.marks.set(id, mark, note)
        return self._marked(n, said)

    def undo(self) -> dict[str, Any] | None:
        """Take back the newest mark of this session; None where there is none."""
        undone = self.marks.undo()
        if undone is None:
            return None
        [(n,)] = self.index.query("SELECT n FROM row WHERE id = ?", [undone[0]]) or [(-1,)]
        return self._marked(int(n), undone[1])

    def close(self) -> None:
        """Close what is open."""
        for one in (self.index, *self._retired):
            one.close()
        self.source.close()

    def _marked(self, n: int, said: tuple[str | None, str | None]) -> dict[str, Any]:
        if n >= 0:
            self.index.set_mark(n, said)
        self.pages.forget_marks()
        marked = sum(mark is not None for mark, _ in self.marks.all.values())
        return {"n": n, "mark": said[0], "note": said[1], "marked": marked}

    def _id(self, n: int) -> str:
        check_place(self.index, n)
        [(id,)] = self.index.query("SELECT id FROM row WHERE n = ?", [n])
        return str(id)

    def _take(self, index: Index) -> None:
        """Ask ``index`` from now on."""
        ids = self.marks.all
        if ids:
            places = index.query(
                "SELECT id, n FROM row WHERE id IN (SELECT unnest(?))", [list(ids)]
            )
            index.set_marks({n: ids[id] for id, n in places})
        self.index = index
        self.pages = Pages(index)
        self.rejections = Rejections(index)
        index.warm()

    def _told(self, what: str, count: int, total: int | None) -> None:
        self.doing = what, count, total
