"""Everything that there is, for development and tests. Where both hosts have an address, it is registration's."""

from activation.urls import interface
from regsvc.urls import activation, console, public

handler404, handler500 = public.handler404, public.handler500

urlpatterns = [*interface, *public.urlpatterns, *console.urlpatterns, *activation.urlpatterns]
