"""Commands of the activation."""
