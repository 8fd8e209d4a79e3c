"""Addresses of the operator's pages. None of them carries a key, a locator or a number from the telephone."""

from django.urls import path

from activation import book_pages, key_pages, phone_pages

app_name = "activation"
urlpatterns = [
    path("phone/", phone_pages.phone_page, name="phone"),
    path("keys/", key_pages.keys, name="keys"),
    path("pressure/", book_pages.pressed, name="pressure"),
    path("batches/", book_pages.batches, name="batches"),
    path("agreements/", book_pages.agreed, name="agreements"),
    path("tallies/", book_pages.tallied, name="tallies"),
    path("calls/", book_pages.called, name="cases"),
]
