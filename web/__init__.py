"""The HTTP edge that every host shares. It knows no models and no other app."""
