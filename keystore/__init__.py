"""The keystore: grants, the e-mail index, tokens and suppressions, on a server of their own."""
