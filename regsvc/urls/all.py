"""Everything that there is, for development and tests."""

from regsvc.urls import activation, console, public

handler404, handler500 = public.handler404, public.handler500

urlpatterns = [*public.urlpatterns, *console.urlpatterns, *activation.urlpatterns]
