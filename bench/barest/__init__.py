"""The barest Python that does the same: no framework, the same decoding, the same seal, the same INSERT."""
