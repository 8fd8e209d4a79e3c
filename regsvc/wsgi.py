"""The web processes' entry: one application, whose role decides what it serves."""

import os
from collections.abc import Callable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regsvc.settings")

django: Callable[..., Any] = get_wsgi_application()


def _application() -> Callable[..., Any]:
    """Django, and before it the role's short cut."""
    from regsvc import fast_path, startup

    served = fast_path.short_cut(django)
    startup.settle()
    return served


application = _application()
