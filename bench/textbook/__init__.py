"""The same task as a Django textbook has it: a ModelSerializer, and django-cryptography around every personal field."""
