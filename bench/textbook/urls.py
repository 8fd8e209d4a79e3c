"""The textbook's one view."""

from django.urls import path
from rest_framework import generics, serializers

from bench.textbook.models import Registration


class RegistrationSerializer(serializers.ModelSerializer):
    """Validates with the model's own rules."""

    class Meta:
        model = Registration
        exclude = ("created",)


class Registrations(generics.CreateAPIView):
    """POST makes a registration."""

    queryset = Registration.objects.all()
    serializer_class = RegistrationSerializer


urlpatterns = [path("registrations", Registrations.as_view())]
