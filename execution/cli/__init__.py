"""One small module per verb; `execution.__main__` finds them and imports only the one asked for."""
