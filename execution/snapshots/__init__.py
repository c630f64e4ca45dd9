"""Keeps copies of settings and unit files, compares them, and puts them back."""
