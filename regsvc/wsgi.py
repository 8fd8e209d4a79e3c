"""The web processes' entry: one application, whose role decides what it serves."""

import os

from django.core.wsgi import get_wsgi_application

from regsvc import starting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regsvc.settings")

application = get_wsgi_application()
starting.check()
