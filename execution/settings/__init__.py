"""Reads the settings, and keeps their secrets out of everything that leaves the service."""
