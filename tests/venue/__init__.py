"""Our own broker over HTTP: Alpaca's shapes, an exchange that does as it is told, and faults on demand.

The tests of the real adapter and the journeys that kill whole processes talk to it through a real
socket with the real client library, so nothing of ours is mocked. It shares no code with the
program it examines and needs the standard library only.

    venue       start here: the URL, the book, the faults, the log of requests, the watch
    book        what exists: orders drafts checks placing replacing holdings
    market      quotes and bars: bars hours moments
    faults      what goes wrong: deliveries holding
    server      the socket: wire frontdesk trading listing data shapes requestlog
"""
