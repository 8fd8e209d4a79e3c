"""The models that have pages in the console. Django finds this file by its name."""

from django.contrib import admin
from django.contrib.auth import admin as auth  # noqa: F401 (it registers a page when it is imported)
from django.contrib.auth.models import Group

from accounts.catalogue_pages import ManufacturerPage, ProductPage
from accounts.models import Staff
from accounts.staff_pages import StaffPage
from accounts.text_pages import NoticePage, WordingPage
from catalogue.models import Manufacturer, Notice, Product, Wording

admin.site.unregister(Group)  # no login has a right to that table
admin.site.register(Staff, StaffPage)
admin.site.register(Product, ProductPage)
admin.site.register(Manufacturer, ManufacturerPage)
admin.site.register(Notice, NoticePage)
admin.site.register(Wording, WordingPage)
