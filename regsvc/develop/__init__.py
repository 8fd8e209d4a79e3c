"""`manage.py test` and `manage.py check`. Production never imports it."""
