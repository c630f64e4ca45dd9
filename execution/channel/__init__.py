"""Carries messages to the operator: a port, and one module per place that a message can go to.

    dead_man  pings the dead-man service
    messages  lays out a message
    opener    opens Slack's addresses for slack_sdk
    port      says what we ask of a channel
    slack     sends to Slack, by incoming webhook or as a bot
    timeout   bounds a call by the clock on the wall, whatever it hangs in
"""
