"""The addresses of the activation; the role's URLconf includes them at its root."""

from django.urls import path
from django.views.generic import RedirectView

from activation import api, description, pages, slots_page

interface = [
    path("api/v1/activations", api.activations),
    path("api/v1/activations/file", api.file_activations),
    path("api/v1/slots", api.slots),
    path("api/v1/releases", api.releases),
    path(".well-known/regsvc/keyset", api.keyset),
]

urlpatterns = [
    *interface,
    path("api/v1/schema", description.document),
    path("api/docs", description.docs),
    path("", RedirectView.as_view(url="/activate")),
    path("activate", pages.activate),
    path("slots", slots_page.slots),
    path("slots/freed", slots_page.freed),
    path("privacy", pages.privacy),
    path("problems/<str:slug>", pages.problem),
]
