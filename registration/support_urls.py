"""Addresses of support's pages."""

from django.urls import path

from registration import support_pages

app_name = "support"
urlpatterns = [
    path("", support_pages.search, name="search"),
    path("<uuid:registration>/", support_pages.show, name="show"),
    path("<uuid:registration>/reveal", support_pages.reveal, name="reveal"),
]
