"""How long a letter may wait, in words."""

from django import template
from django.conf import settings
from django.utils.translation import gettext, ngettext

register = template.Library()
HOUR = 3600


@register.simple_tag
def waiting() -> str:
    """When what is sent now will have been filed."""
    if settings.BATCH_WAIT > HOUR:
        return gettext("within a day")
    minutes = max(1, round(settings.BATCH_WAIT / 60))
    return ngettext("in about a minute", "in about %(minutes)s minutes", minutes) % {"minutes": minutes}
