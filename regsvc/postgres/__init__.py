"""Django's PostgreSQL backend, with a bound on every wait: a store that hangs costs seconds, not threads."""
