"""Tells one session from what lies on disk and at the broker: for summary, report and export."""
