"""What all public pages share: the language may be chosen, and nothing of a page is kept or told to others.

They need no JavaScript, no session, and no cookie but the language. Nothing here acts on what a browser holds by itself, so that
a forged form could do no more than its forger: no form needs a token against forgery, and `no-referrer` can stand, under which a
browser hides where a form came from.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

FORM = "application/x-www-form-urlencoded"
YEAR = 31_536_000
View = Callable[..., HttpResponse]
Refused = Callable[[HttpRequest, Exception], HttpResponse]


def public(
    view: View,
    *,
    admit: Callable[[HttpRequest], None],
    refused: Refused | None = None,
    known: tuple[type[Exception], ...] = (),
    language_field: str = "",
) -> View:
    """A public page.

    Args:
        view: The page.
        admit: Lets a request in, or raises what it is refused for.
        refused: The page that is shown for one of *known*, in the language that was chosen.
        known: What *admit* and *view* raise for a request that cannot be served.
        language_field: A field of its forms that chooses the language, as `?language=` does.
    """

    @csrf_exempt
    @wraps(view)
    def shown(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        language = _chosen(request.GET.get("language"))
        try:
            admit(request)
            language = (_chosen(request.POST.get(language_field)) if language_field else None) or language
            response = view(request, *arguments, **named)
        except known as error:
            if refused is None:
                raise
            response = refused(request, error)
        return _kept_by_nobody(response, language)

    return shown


def _chosen(asked: str | None) -> str | None:
    """Speak the language that was asked for, if there is such."""
    if not asked:
        return None
    try:
        language = translation.get_supported_language_variant(asked)
    except LookupError:
        return None
    translation.activate(language)
    return language


def _kept_by_nobody(response: HttpResponse, language: str | None) -> HttpResponse:
    response.headers.setdefault("Cache-Control", "no-store")
    response["Referrer-Policy"] = "no-referrer"
    if language:
        cookie = settings.LANGUAGE_COOKIE_NAME
        response.set_cookie(cookie, language, max_age=YEAR, secure=settings.SECURE, httponly=True, samesite="Lax")
    return response
