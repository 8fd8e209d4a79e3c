"""What the console's frame shows on every page."""

from typing import Any

from django import template

from accounts import pages

register = template.Library()


@register.simple_tag(takes_context=True)
def page_links(context: dict[str, Any]) -> list[pages.Link]:
    """The pages that the signed-in account may use here."""
    request = context["request"]
    site = getattr(request, "current_app", "admin")
    return pages.links(getattr(request.user, "roles", ()), site=site)
