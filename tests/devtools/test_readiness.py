"""Whether a part of the demo is ready is asked cheaply."""

import socket
import threading
from http.server import ThreadingHTTPServer

from devtools.demo import mail_page, readiness


class Slow(mail_page.Mails):
    """So many mails that their list does not come in time."""

    def names(self):
        raise AssertionError("the list was asked for")


def greet(listening):
    with listening.accept()[0] as caller:
        caller.sendall(b"220 demo\r\n")


def test_a_full_mailbox_does_not_hold_the_demo_up(tmp_path):
    page = type("FolderPage", (mail_page.Page,), {"mails": Slow(tmp_path)})
    with socket.create_server(("127.0.0.1", 0)) as smtp, ThreadingHTTPServer(("127.0.0.1", 0), page) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        threading.Thread(target=greet, args=(smtp,), daemon=True).start()

        ready = readiness.both(smtp.getsockname()[1], web.server_port)()

        web.shutdown()
    assert ready
