"""What the role `activation` serves."""

from django.urls import path

from activation import api
from activation import urls as activation
from regsvc import health

handler404 = "activation.pages.not_found"
handler500 = "activation.pages.mistake"

urlpatterns = [
    path("ping", api.asked(health.ping)),
    path("healthz", api.asked(health.healthz)),
    path("readyz", api.asked(health.readyz)),
    *activation.urlpatterns,
]
