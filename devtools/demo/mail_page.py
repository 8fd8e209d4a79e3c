"""A read-only page on loopback that shows the mails of a folder."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PAGE = 100
NAME = re.compile(r"/(\d{6,9})(/html|/raw)?")
LINK = re.compile(r"https?://[^\s<>\"']+")
HOSTS = ("127.0.0.1", "localhost")
STYLE = Path(__file__).with_name("mails.css")
SHOWN = ("From", "To", "Subject", "Date", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "Message-ID")
SHELL = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><link rel="stylesheet" href="/style.css"><header><a href="/">Mails of the demo</a></header>
<main>{body}</main></html>"""
RULES = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
MAIL_RULES = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Mails:
    """The mails of a folder, newest first."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def names(self) -> list[str]:
        """Their numbers."""
        return sorted((path.stem for path in self.directory.glob("*.eml")), reverse=True)

    def raw(self, name: str) -> bytes | None:
        """One mail as it came."""
        path = self.directory / f"{name}.eml"
        return path.read_bytes() if path.is_file() else None

    def heads(self, name: str) -> EmailMessage | None:
        """One mail's headers, parsed: a list of mails needs no more."""
        raw = self.raw(name)
        return None if raw is None else BytesHeaderParser(policy=policy.default).parsebytes(raw)

    def read(self, name: str) -> EmailMessage | None:
        """One mail, parsed."""
        raw = self.raw(name)
        return None if raw is None else message_from_bytes(raw, policy=policy.default)


def listed(mails: Mails, page: int) -> str:
    """The list."""
    names = mails.names()
    shown = names[page * PAGE : (page + 1) * PAGE]
    if not shown:
        return "<h1>Mails</h1><p>No mails yet.</p>"
    rows = "".join(_row(name, mail) for name in shown if (mail := mails.heads(name)))
    turns = "".join(_turns(page, len(names)))
    return f"<h1>Mails <small>{len(names)}</small></h1><ol>{rows}</ol><nav>{turns}</nav>"


def _row(name: str, mail: EmailMessage) -> str:
    return (
        f'<li><a href="/{name}"><span>{escape(str(mail["Subject"]))}</span>'
        f"<span>{escape(str(mail['To']))}</span><span>{name}</span></a></li>"
    )


def _turns(page: int, count: int) -> Iterator[str]:
    if page:
        yield f'<a href="/?page={page - 1}">Newer</a>'
    if (page + 1) * PAGE < count:
        yield f'<a href="/?page={page + 1}">Older</a>'


def letter(name: str, mail: EmailMessage) -> str:
    """One mail: headers, text with its links, and the HTML part in a frame that can do nothing but open links."""
    heads = "".join(f"<dt>{head}</dt><dd>{_linked(str(mail[head]))}</dd>" for head in SHOWN if mail[head])
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    parts = [f"<pre>{_linked(text.get_content())}</pre>" if text else ""]
    if html:
        frame = f'<iframe src="/{name}/html" sandbox="allow-popups allow-popups-to-escape-sandbox" title="HTML part"></iframe>'
        parts.append(f"<h2>HTML part</h2>{frame}")
    subject = escape(str(mail["Subject"]))
    return f'<h1>{subject}</h1><dl>{heads}</dl>{"".join(parts)}<nav><a href="/{name}/raw">Show the source</a></nav>'


def _linked(text: str) -> str:
    """The text for HTML, with its web addresses as links that open a new tab."""
    parts, last = [], 0
    for found in LINK.finditer(text):
        address = escape(found[0])
        parts += [escape(text[last : found.start()]), f'<a href="{address}" target="_blank" rel="noreferrer">{address}</a>']
        last = found.end()
    return "".join([*parts, escape(text[last:])])


def framed(mail: EmailMessage) -> str:
    """The HTML part, whose links open a new tab."""
    body = mail.get_body(("html",))
    content = body.get_content() if body else ""
    return str(re.sub(r"(<head[^>]*>)", r'\1<base target="_blank">', content, count=1))


class Page(BaseHTTPRequestHandler):
    """Answers GET and HEAD, for callers that name this machine: a strange page cannot read mails through a forged name."""

    mails: Mails
    server_version, sys_version = "demo", ""

    def do_GET(self) -> None:
        """Answer."""
        parts = urlsplit(self.path)
        if self.headers.get("Host", "").partition(":")[0] not in HOSTS:
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", "Call this page by its own address.")
        elif parts.path == "/style.css":
            self._answer(HTTPStatus.OK, "text/css", STYLE.read_text(encoding="utf-8"))
        elif parts.path == "/":
            page = parse_qs(parts.query).get("page", ["0"])[0]
            self._html("Mails", listed(self.mails, int(page) if page.isdecimal() else 0))
        else:
            self._mail(NAME.fullmatch(parts.path))

    do_HEAD = do_GET  # noqa: N815 (http.server's name)

    def _mail(self, found: re.Match[str] | None) -> None:
        mail = self.mails.read(found[1]) if found else None
        if found is None or mail is None:
            self._html("Not found", "<h1>There is no such mail</h1>", status=HTTPStatus.NOT_FOUND)
        elif found[2] == "/raw":
            self._answer(HTTPStatus.OK, "text/plain", (self.mails.raw(found[1]) or b"").decode("utf-8", "replace"))
        elif found[2] == "/html":
            self._answer(HTTPStatus.OK, "text/html", framed(mail), rules=MAIL_RULES)
        else:
            self._html(str(mail["Subject"]), letter(found[1], mail))

    def _html(self, title: str, body: str, *, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._answer(status, "text/html", SHELL.format(title=escape(title), body=body))

    def _answer(self, status: HTTPStatus, kind: str, text: str, *, rules: str = RULES) -> None:
        content = text.encode()
        self.send_response(status)
        headers = {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(content)),
            "Content-Security-Policy": rules,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


def serve(directory: Path, *, port: int) -> None:
    """Show the mails of *directory* until the process is ended."""
    page = type("FolderPage", (Page,), {"mails": Mails(directory)})
    with ThreadingHTTPServer(("127.0.0.1", port), page) as server:
        server.serve_forever()
