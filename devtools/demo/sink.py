"""A mail server that delivers to a folder and shows what came: `python -m devtools.demo.sink FOLDER SMTP_PORT WEB_PORT`.

It listens on loopback only. Each mail is one `.eml` file that its owner only can read.
"""

import asyncio
import os
import sys
from pathlib import Path
from threading import Lock

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from devtools.demo import mail_page

LOOPBACK = "127.0.0.1"
LONGEST = 1024 * 1024


class Folder:
    """Where the mails lie, numbered in the order in which they came."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.lock = Lock()
        numbers = (int(path.stem) for path in directory.glob("*.eml") if path.stem.isdecimal())
        self.last = max(numbers, default=0)

    def keep(self, content: bytes) -> None:
        """Store one mail; its file appears when it is complete."""
        with self.lock:
            self.last += 1
            path = self.directory / f"{self.last:06}.eml"
        unfinished = path.with_suffix(".part")
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        unfinished.replace(path)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        """What aiosmtpd calls for each mail."""
        content = envelope.content or b""
        await asyncio.to_thread(self.keep, content.encode() if isinstance(content, str) else content)
        return "250 kept"


def main(directory: Path, smtp: int, web: int) -> None:
    """Take mails in and show them until the process is ended."""
    controller = Controller(
        Folder(directory), hostname=LOOPBACK, port=smtp, data_size_limit=LONGEST, enable_SMTPUTF8=True, ident="demo"
    )
    controller.start()
    mail_page.serve(directory, port=web)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
