"""The wiring: settings, roles, addresses, tasks and logs."""

__version__ = "0.1.0.dev0"
