"""One small module per verb; `scanner.__main__` finds them and imports only the one asked for."""
