"""The letterbox: letters, the public API and the wizard. Holds public keys only."""
