"""The whole service in one process, on days that are drawn from a seed, held against the broker's truth.

    walk        start here: a seed, many seeds over the cores, a failure shrunk; `python -m world` (__main__)
    draw        from a seed to a script (script), by the one table of weights (weights)
    world       plays a script: time, commands, requests, events
    market trouble hands desk    what events do: market and broker; lists, requests, disk, clock; the operator
    host        a state directory with its clock and environment, backed up and restored
    process     the standard library's doors: steps counted, deaths, a full disk, time and chance
    wire        requests carried to the broker by hand (venue.backroom), below the client's own adapter
    command     what one command read, as of when, and sent and said
    shares      whose the shares are, in truth
    promises    what must hold: sending, after, books, ending

Nothing of the service is replaced: the seams are the HTTP transport below its client, the calls of the operating
system below its state files, and the clock, which is an argument. Same seed, same run, byte for byte. A promise
is about what the service could have known; where the world alarms although it could not, the world is wrong.
"""
