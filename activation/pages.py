"""The public pages of activation: activating with a file, what a problem means, and what is kept."""

from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from activation import admission, advice, api, policies, privacy_notice, problems, reading
from activation.advice import Told
from activation.answers import Activated
from web import strict_json
from web.admission import READ
from web.pages import FORM, View, public
from web.problems import UNKNOWN

FORMS = (FORM, "multipart/form-data")
LONGEST_FORM = 4 * strict_json.LONGEST  # what is pasted comes with an escape for each third character


def page(*methods: str) -> Callable[[View], View]:
    """A public page of this host, whose refusals are pages too."""

    def admit(request: HttpRequest) -> None:
        admission.admit(request, methods=methods, takes=FORMS, longest=LONGEST_FORM)

    return partial(public, admit=admit, refused=refused, known=problems.KNOWN)


def refused(
    request: HttpRequest, error: Exception, template: str = "activation/problem.html", *, pasted: bool = False
) -> HttpResponse:
    """A problem that happened: on *template* for a browser, as a document for a program.

    Args:
        request: What was sent.
        error: What went wrong.
        template: The page that says so.
        pasted: Whether the text was pasted, so that its box stays open.
    """
    if not browser(request):
        return problems.refusal(error, language=problems.spoken(request))
    told = advice.on_error(error)
    return problems.TABLE.marked(_told(request, told, template, status=told.problem.status, pasted=pasted), told.slug, error)


def _told(request: HttpRequest, told: Told, template: str, *, status: int, pasted: bool = False) -> HttpResponse:
    days = policies.POLICIES["retail-1"].transfer_days
    page = {"told": told, "happened": status != 200, "transfer_days": days, "pasted": pasted}  # noqa: PLR2004 (OK)
    return render(request, template, page, status=status)


def browser(request: HttpRequest) -> bool:
    """Whether somebody looks at the answer."""
    return not request.path.startswith(("/api/", "/.well-known/")) and "text/html" in request.headers.get("Accept", "")


@page(*READ, *admission.POST)
def activate(request: HttpRequest) -> HttpResponse:
    """Upload an `.actreq` file, or paste its text. The next page has the `.actcert` file, and says what to do with it."""
    template, pasted = "activation/activate.html", False
    if request.method != "POST":
        return render(request, template)
    try:
        admission.form(request)
        pasted = "text" in request.POST
        body = reading.activation(strict_json.decode(_sent(request)))
        answer = api.activated(body, via="file")
    except problems.KNOWN as error:
        return refused(request, error, template, pasted=pasted)
    if not answer.certificate:
        return render(request, "activation/not_required.html")
    name = api.file_name(body)
    return _certified(request, answer, name) if browser(request) else api.as_file(answer, name=name)


def _certified(request: HttpRequest, answer: Activated, name: str) -> HttpResponse:
    """The certificate to save, as a link that needs no second request, and what comes next."""
    text = api.ENCODE(answer).decode()
    page = {"file": f"data:application/octet-stream,{quote(text)}", "file_name": name, "text": text}
    return render(request, "activation/certified.html", page)


def _sent(request: HttpRequest) -> bytes:
    if file := request.FILES.get("file"):
        return bytes(file.read())
    return request.POST.get("text", "").encode(errors="replace")


@page(*READ)
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept, why, and how long."""
    return render(request, "activation/privacy.html", {"kept": privacy_notice.LINES})


@page(*READ)
def problem(request: HttpRequest, slug: str) -> HttpResponse:
    """What one kind of problem means, and what to do about it.

    Raises:
        Http404: There is no such problem.
    """
    if slug not in problems.PROBLEMS:
        raise Http404
    return _told(request, advice.on(slug), "activation/problem.html", status=200)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that does not exist; *exception* is Django's, and is not told."""
    del exception
    return _unasked(request, "not-found")


def mistake(request: HttpRequest) -> HttpResponse:
    """Our own mistake."""
    return _unasked(request, UNKNOWN)


def _unasked(request: HttpRequest, slug: str) -> HttpResponse:
    if not browser(request):
        return problems.TABLE.answer(slug, language=problems.spoken(request))
    told = advice.on(slug)
    response = problems.TABLE.marked(_told(request, told, "activation/problem.html", status=told.problem.status), slug)
    response["Referrer-Policy"] = "no-referrer"
    return response
