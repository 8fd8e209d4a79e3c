"""The wiring: settings, roles, addresses, tasks, logs, and the servers of development."""
