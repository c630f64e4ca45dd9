"""Our own broker over HTTP: Alpaca's shapes, an exchange that does as it is told, and faults on demand.

The tests of the real adapter and the journeys that kill whole processes talk to it through a real
socket with the real client library, so nothing of ours is mocked. It shares no code with the
program it examines and needs the standard library only.

    venue       start here: the URL, the book, the faults, the log of requests, the watch
    backroom    all of it without the socket, for a test that carries requests by hand
    book        what exists: orders rules drafts checks placing replacing holdings
    happenings  what befalls orders and shares besides fills and cancels
    memory      lists that lag the truth and each other, or are empty
    market      quotes and bars: bars hours moments
    faults      what goes wrong: deliveries holding; oddities, fields that are null, strange or absent
    server      the socket: wire frontdesk trading listing data shapes requestlog
"""
