"""The addresses of the activation's API; the role's URLconf includes them at its root."""

from django.urls import path

from activation import api

urlpatterns = [
    path("api/v1/activations", api.activations),
    path("api/v1/activations/file", api.file_activations),
    path("api/v1/slots", api.slots),
    path("api/v1/releases", api.releases),
    path(".well-known/regsvc/keyset", api.keyset),
]
