"""What the role `operator` serves: the same console, for whoever works with activations."""

from django.urls import include, path
from django.views.generic import RedirectView

from accounts import console
from regsvc import health, problems

handler400 = "accounts.console.malformed"
handler403 = "accounts.console.refused"
handler404 = "accounts.console.missing"
handler500 = "accounts.console.mistake"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("console/", include("activation.operator_urls")),
    path("console/", console.operator.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", problems.read_only(health.healthz)),
    path("readyz", problems.read_only(health.readyz)),
]
