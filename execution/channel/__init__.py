"""Carries messages to the operator: a port, and one module per place that a message can go to."""
