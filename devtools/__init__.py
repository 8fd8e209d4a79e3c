"""What developers run: `manage.py demo`, `tour`, `test` and `check`, and the servers for them. Production never imports it."""
