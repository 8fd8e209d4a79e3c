"""One table, with eight encrypted fields."""

from django.db import models
from django_cryptography.fields import encrypt


class Registration(models.Model):
    """A registration. The two choices are two flags of the same row: one INSERT is all that the textbook needs."""

    product = models.CharField(max_length=40, db_index=True)
    manufacturer = models.CharField(max_length=40)
    country = models.CharField(max_length=2)
    language = models.CharField(max_length=10)
    email = encrypt(models.EmailField())
    name = encrypt(models.CharField(max_length=200))
    company = encrypt(models.CharField(max_length=200, blank=True))
    phone = encrypt(models.CharField(max_length=40, blank=True))
    address = encrypt(models.TextField(max_length=500, blank=True))
    purchased_on = encrypt(models.DateField(null=True))
    purchased_from = encrypt(models.CharField(max_length=200, blank=True))
    serial = encrypt(models.CharField(max_length=100, blank=True))
    updates = models.BooleanField(default=False)
    offers = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"registration {self.pk}"
