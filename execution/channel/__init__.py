"""Carries messages to the operator: a port, and one module per place that a message can go to.

    port       what we ask of a channel
    slack      Slack
    opener     how Slack's addresses are opened
    dead_man   the ping that says a cycle went through
    messages   what a message is and how it looks
    timeout    a limit to how long a call may take
"""
