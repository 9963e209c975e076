"""`payam demo`: look at Payam without an account with anybody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.demo import SignIn


@click.command(name="demo")
@click.option(
    "--data",
    "folder",
    metavar="DIRECTORY",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("payam-demo"),
    show_default=True,
    help="Where the demo keeps its data; made when it is missing.",
)
@click.option("--temporary", is_flag=True, help="Keep nothing: forget the data at the end.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="The port to listen on; 0 takes a free one."
)
def command(folder: Path, temporary: bool, port: int | None) -> None:
    """Run a demo with web chat, inbox and sample data. It needs no account and no settings."""
    import os
    import tempfile

    environ = dict(os.environ)
    if port is not None:
        environ["PAYAM_SERVER__PORT"] = str(port)
    if temporary:
        with tempfile.TemporaryDirectory(prefix="payam-demo-") as place:
            _demo(Path(place) / "data", environ)
    else:
        _demo(folder, environ)


def _demo(folder: Path, environ: dict[str, str]) -> None:
    import asyncio

    from hub import demo, log
    from hub.server import serve

    loaded = demo.demo_settings(folder, environ)
    # The addresses below are what a newcomer looks for; only what is wrong stands beside them.
    level = loaded.settings.logging.level
    log.configure("warning" if level == "info" else level, loaded.settings.logging.format)
    if not folder.exists():
        click.echo(f"Making the sample data in {folder} …")
    sign_in = demo.prepare(folder)
    asyncio.run(
        serve(
            loaded,
            environ={},
            kinds=demo.demo_kinds(),
            ready=lambda hub: _introduce(hub, sign_in),
            beside=demo.keep_company,
        )
    )


def _introduce(hub: Hub, sign_in: SignIn) -> None:
    from hub.demo import CHAT

    url = hub.settings.server.url
    click.echo(
        f"""
Payam's demo runs. Its shop and its customers are samples; nothing leaves this machine.

  Inbox      {url}
  sign in    {sign_in.mail}
  password   {sign_in.password}
  Web chat   {url}/c/{CHAT}/demo   (?lang=fa for Persian)

Ctrl+C ends it."""
    )
