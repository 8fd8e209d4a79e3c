"""What the role `public` serves."""

from django.urls import path, re_path

from intake import api
from registration import api as own
from regsvc import health, problems

handler404 = "regsvc.problems.not_found"
handler500 = "regsvc.problems.mistake"

urlpatterns = [
    path("ping", health.ping),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/v1/notice", api.NoticeView.as_view()),
    path("api/v1/registrations", api.RegistrationsView.as_view()),
    path("api/v1/submissions/<str:digest>", api.SubmissionView.as_view()),
    path("api/v1/my/registration", own.MyRegistrationView.as_view()),
    path("api/v1/my/registration/export", own.ExportView.as_view()),
    path("api/v1/my/receipt", own.LostReceiptView.as_view()),
    path("api/v1/schema", api.schema_document),
    re_path(r"^api/", lambda request, **_: problems.not_found(request, LookupError())),
]
