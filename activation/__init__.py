"""Activation: a product key gets bound to a computer, known only by a coarse hash. Nothing here is about a person."""
