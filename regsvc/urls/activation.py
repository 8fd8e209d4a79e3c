"""What the role `activation` serves."""

from django.urls import path

from activation import urls as activation
from regsvc import health

urlpatterns = [
    path("ping", health.ping),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    *activation.urlpatterns,
]
