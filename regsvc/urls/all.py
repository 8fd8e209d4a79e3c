"""Everything that there is, for development and tests."""

from regsvc.urls import activation, console, public

urlpatterns = [*public.urlpatterns, *console.urlpatterns, *activation.urlpatterns]
