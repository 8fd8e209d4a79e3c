"""A mail server that misbehaves where it is told to: it answers something else, hangs, or closes the connection."""

import socket
import threading
from typing import Self

GOOD = {
    "banner": "220 sink",
    "EHLO": "250 sink",
    "MAIL": "250 OK",
    "RCPT": "250 OK",
    "DATA": "354 go on",
    "end": "250 kept",
    "RSET": "250 OK",
}
HANG, CLOSE = "hang", "close"


class Server:
    """In a `with` block. `answers` maps a verb to an answer, HANG or CLOSE, for as many times as `times` says."""

    HANGS = 30.0  # seconds; then the connection ends

    def __init__(self, answers: dict[str, str] | None = None, *, times: int = 1000, closes_after_each: bool = False) -> None:
        self.answers, self.left, self.closes_after_each = dict(answers or {}), times, closes_after_each
        self.recipients: list[str] = []
        self.taken: list[tuple[str, bytes]] = []
        self.texts = 0
        self.over = threading.Event()
        self.refuse: str | None = None  # recipients that contain this are put off
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.listening.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as lines:
            try:
                if self._say(lines, "banner"):
                    self._converse(lines)
            except OSError:
                return

    def _converse(self, lines) -> None:
        to = ""
        while line := lines.readline():
            verb = line[:4].decode().upper().strip()
            if verb == "RCPT":
                to = line.decode().strip()[9:-1]
                self.recipients.append(to)
            if not self._say(lines, verb):
                return
            if verb == "DATA" and self.said.startswith("354"):
                text = b""
                while not text.endswith(b"\r\n.\r\n"):
                    text += lines.readline()
                self.texts += 1
                if not self._say(lines, "end", keep=(to, text[:-3])):
                    return
                if self.closes_after_each:
                    return

    def _say(self, lines, verb: str, keep: tuple[str, bytes] | None = None) -> bool:
        """Answer; False where the connection ends."""
        self.said = GOOD.get(verb, "250 OK")
        if verb in self.answers and self.left > 0:
            self.left -= 1
            self.said = self.answers[verb]
        if verb == "RCPT" and self.refuse and self.refuse in self.recipients[-1]:
            self.said = "450 later"
        if self.said == HANG:
            self.over.wait(self.HANGS)
            return False
        if self.said == CLOSE:
            return False
        if keep and self.said.startswith("250"):
            self.taken.append(keep)
        lines.write(f"{self.said}\r\n".encode())
        lines.flush()
        return not self.said.startswith("421")
