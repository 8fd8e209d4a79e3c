"""The catalogue: products, manufacturers, and the texts that people are shown before they decide."""
