"""Keys, seals, the data map and the audit trail. Knows no other application."""
