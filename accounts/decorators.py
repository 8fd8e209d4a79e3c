"""What stands before every page of the console that is no model's."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts import roles

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def page(name: str) -> Callable[[View[P]], View[P]]:
    """Let in only accounts with a role that has the page *name*; send everybody else to sign in, or answer 403."""

    def guard(view: View[P]) -> View[P]:
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), reverse("admin:login"))
            if name not in roles.pages(request.user.roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard
