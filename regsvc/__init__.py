"""The wiring: settings, roles, addresses, tasks, logs, and the servers of development."""

__version__ = "0.1.0.dev0"
