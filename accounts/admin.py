"""The models that have pages in the console. Django finds this file by its name."""

from django.contrib import admin
from django.contrib.auth import admin as auth

from accounts.catalogue_pages import ManufacturerPage, ProductPage
from accounts.models import Staff
from accounts.staff_pages import StaffPage
from accounts.text_pages import NoticePage, WordingPage
from catalogue.models import Manufacturer, Notice, Product, Wording

admin.site.unregister(auth.Group)  # its page comes with Django; nothing here works with groups
admin.site.register(Staff, StaffPage)
admin.site.register(Product, ProductPage)
admin.site.register(Manufacturer, ManufacturerPage)
admin.site.register(Notice, NoticePage)
admin.site.register(Wording, WordingPage)
