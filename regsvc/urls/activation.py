"""What the role `activation` serves. Its logic is the next step."""

from django.urls import path

from regsvc import health

urlpatterns = [path("ping", health.ping), path("healthz", health.healthz), path("readyz", health.readyz)]
