"""A small process that starts the measured ones: `python -I -S spawner.py`, jobs and answers as JSON lines.

The kernel lets a child inherit its parent's peak memory until it grows beyond it, so a measuring process
of 100 MB would hide every peak below that. This one imports almost nothing.
"""

import json
import os
import sys
import time


def run(job: dict) -> dict:  # type: ignore[type-arg]
    with open(job["output"], "wb") as out:
        began = time.perf_counter()
        child = os.posix_spawn(
            job["argv"][0],
            job["argv"],
            job["env"],
            file_actions=[
                (os.POSIX_SPAWN_DUP2, out.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, out.fileno(), 2),
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            ],
        )
        _, status, usage = os.wait4(child, 0)
        seconds = time.perf_counter() - began
    return {"seconds": seconds, "peak_mb": usage.ru_maxrss / 1024, "code": os.waitstatus_to_exitcode(status)}


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
