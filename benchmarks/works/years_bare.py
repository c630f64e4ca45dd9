"""The peer of measuring years: every archive read with the standard library's JSON, its seal checked, no more."""

import hashlib
import json
import sys
from pathlib import Path

count = 0
for path in sorted(Path(sys.argv[1]).glob("*.json")):
    document = json.loads(path.read_bytes())
    seal = document.pop("sha256")
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == seal, path
    count += len(document["entries"])
print(json.dumps({"entries": count}))
