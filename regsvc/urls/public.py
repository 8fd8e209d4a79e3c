"""What the role `public` serves."""

from django.urls import path, re_path
from django.views.generic import RedirectView

from intake import api
from intake import pages as wizard
from registration import api as own
from registration import link_pages, submission_page
from registration import pages as own_pages
from regsvc import description, health, pages, problems

handler404 = "regsvc.pages.not_found"
handler500 = "regsvc.pages.mistake"

urlpatterns = [
    path("ping", problems.read_only(health.ping)),
    path("healthz", problems.read_only(health.healthz)),
    path("readyz", problems.read_only(health.readyz)),
    path("api/v1/notice", api.NoticeView.as_view()),
    path("api/v1/registrations", api.RegistrationsView.as_view()),
    path("api/v1/submissions/<str:digest>", api.SubmissionView.as_view()),
    path("api/v1/my/registration", own.MyRegistrationView.as_view()),
    path("api/v1/my/registration/export", own.ExportView.as_view()),
    path("api/v1/my/receipt", own.LostReceiptView.as_view()),
    path("api/v1/schema", problems.read_only(description.document)),
    path("api/docs", pages.browsed(description.docs)),
    path(".well-known/regsvc/statement-keys", problems.read_only(api.statement_keys)),
    re_path(r"^api/", problems.not_found),
    path("", RedirectView.as_view(url="/register")),
    path("register", pages.browsed(wizard.register)),
    path("my", pages.browsed(own_pages.my)),
    path("confirm/<str:token>", pages.browsed(link_pages.confirm)),
    path("unsubscribe/<str:token>", pages.browsed(link_pages.unsubscribe)),
    path("submissions/<str:digest>", pages.browsed(submission_page.submission)),
    path("privacy", pages.browsed(pages.privacy)),
    path("problems/<str:slug>", pages.browsed(pages.problem)),
]
