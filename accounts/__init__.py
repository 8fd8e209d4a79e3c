"""Staff: accounts, roles and the console site."""
