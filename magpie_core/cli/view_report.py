"""Opens what ``magpie view`` shows, says where, serves until it is stopped."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from magpie_core.cli.console import damage_reporter, stderr, stdout
from magpie_core.cli.doing import Doing
from magpie_core.cli.interruptible import run_interruptible
from magpie_core.cli.load import plugins_with_warnings
from magpie_core.dataset.source import open_source
from magpie_core.selection.catalog import makers_of
from magpie_core.view.library import require


def view(path: Path, *, port: int, host: str, browser: bool, quiet: bool) -> None:
    """Serve the page of ``path``.

    Raises:
        KeyboardInterrupt: it was stopped, which is how it ends.
        MagpieError: it cannot be read, a package is missing, or the port is taken.
    """
    require()
    from magpie_core.view.app import make_app
    from magpie_core.view.desk import Desk
    from magpie_core.view.engine import LiveEngine
    from magpie_core.view.security import is_loopback, new_token
    from magpie_core.view.server import address, listen, serve, shown_in_browser

    notices = stderr(quiet=quiet)
    plugins = plugins_with_warnings(quiet=quiet)
    with ExitStack() as stack:
        source = stack.enter_context(open_source(path))
        listening = stack.enter_context(
            listen(host, port)
        )  # a taken port is told before anything is read
        with damage_reporter(quiet=quiet) as source.on_damage, Doing(notices) as doing:
            desk = Desk(source, doing.told, makers_of(plugins.taggers()))
        source.on_damage = None
        stack.callback(desk.close)
        live = LiveEngine(plugins)
        stack.callback(live.close)
        token = new_token()
        url = address(listening, host, token)
        opened = stack.enter_context(shown_in_browser(url, wanted=browser))
        rejected = f", {desk.index.rejected:,} rejected" if desk.index.rejected else ""
        notices.print(f"{desk.index.rows:,} records{rejected}; Ctrl-C ends", soft_wrap=True)
        if not is_loopback(host):
            notices.print(
                f"warning: `{host}` lets other machines ask, and nothing is encrypted on the way",
                soft_wrap=True,
            )
        if (why := desk.marks.read_only) is not None:
            notices.print(f"note: {why}", soft_wrap=True)

        def ready() -> None:
            stdout().print(url, soft_wrap=True)
            opened()

        run_interruptible(serve(make_app(desk, live, plugins, token, host), listening, ready))
