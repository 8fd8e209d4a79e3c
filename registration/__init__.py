"""Registrations: what the registrar files, and what a person can do with it."""
