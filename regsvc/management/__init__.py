"""Commands of the wiring: keys, rights and the audit trail."""
