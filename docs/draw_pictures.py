"""Draws what verbs show on a terminal as PNG files, for the README and for looking at widths.

    make pictures                 the ones in docs/pictures
    python docs/draw_pictures.py DIR 60 80 120      each at these widths, into DIR

Each verb runs on a pseudo-terminal in a scratch state directory on the sample market and the simulated broker, and the
characters and colours it writes there are drawn. Nothing is drawn that a terminal would not show.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import struct
import subprocess
import sys
import termios
from pathlib import Path

from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).resolve().parent
SCRATCH = Path("/tmp/avwap-pictures")
SIZE, LINE, MARGIN, ROWS = 15, 19, 14, 400
BACK, INK = "#16181d", "#d8dbe0"
COLOURS = {"32": "#7fd17f", "31": "#ff6b6b", "33": "#e5c07b", "90": "#8a919c", "2": "#8a919c"}
PAINT = re.compile("\033\\[([0-9;]*)m")
KEPT = {"status": 110, "gates": 120, "why": 80, "doctor": 80}
FONTS = Path(get_data_path()) / "fonts" / "ttf"


def main(arguments: list[str]) -> int:
    out, widths = (Path(arguments[0]), [int(text) for text in arguments[1:]]) if arguments else (HERE / "pictures", [])
    out.mkdir(parents=True, exist_ok=True)
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(SCRATCH), "TERM": "xterm-256color", "BROKER": "simulated",
        "AVWAP_STATE_DIR": str(SCRATCH / "state"), "AVWAP_ENV_FILE": os.devnull,
    }  # fmt: skip
    SCRATCH.mkdir(mode=0o700)
    try:
        symbol = prepare(environ)
        verbs = {"status": ["status"], "gates": ["gates"], "why": ["why", symbol], "doctor": ["doctor"]}
        for name, verb in verbs.items():
            for width in widths or [KEPT[name]]:
                picture(shown(environ, verb, width), width).save(out / f"{name}-{width}.png", optimize=True)
    finally:
        shutil.rmtree(SCRATCH)
    return 0


def prepare(environ: dict[str, str]) -> str:
    """A morning in LIVE on the simulated broker; the first symbol that was entered."""
    for command in ("execution init", "scanner run", "execution token new"):
        subprocess.run([sys.executable, "-m", *command.split()], env=environ, check=True, capture_output=True)
    token = (SCRATCH / "state" / "live_confirm_token.txt").read_text()
    environ |= {"LIVE_TRADING": "1", "LIVE_CONFIRM_TOKEN": token, "MAX_LIVE_ORDERS_PER_DAY": "3"}
    run = [sys.executable, "-m", "execution", "run", "--loop", "--max-cycles", "3", "--cycle-seconds", "60"]
    said = subprocess.run(run, env=environ, check=True, capture_output=True, text=True).stdout
    found = re.search(r"SUBMITTED (\S+):", said)
    assert found is not None, said
    return found[1]


def shown(environ: dict[str, str], verb: list[str], width: int) -> str:
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, width, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "execution", *verb], env=environ, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        parts = []
        try:
            while part := os.read(ours, 65536):
                parts.append(part)
        except OSError:  # the verb has ended
            pass
        process.wait()
    os.close(ours)
    return f"$ execution {' '.join(verb)}\n" + b"".join(parts).decode().replace("\r\n", "\n")


def picture(text: str, width: int) -> Image.Image:
    """Each character in its own place, as on a terminal: what is too long goes on in the next line."""
    plain, bold = (
        ImageFont.truetype(FONTS / f"{name}.ttf", SIZE) for name in ("DejaVuSansMono", "DejaVuSansMono-Bold")
    )
    step = plain.getlength("m")
    lines = [piece for line in text.rstrip("\n").split("\n") for piece in broken(coloured(line), width)]
    image = Image.new("RGB", (int(2 * MARGIN + step * width), 2 * MARGIN + LINE * len(lines)), BACK)
    pen = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        for column, (character, style) in enumerate(line):
            ink = next((COLOURS[code] for code in style if code in COLOURS), INK)
            font = bold if "1" in style else plain
            pen.text((MARGIN + column * step, MARGIN + row * LINE), character, fill=ink, font=font)
    return image.quantize(64, Image.Quantize.FASTOCTREE)


def coloured(line: str) -> list[tuple[str, tuple[str, ...]]]:
    """Every character with the codes in force at it."""
    style: tuple[str, ...] = ()
    found = []
    for place, part in enumerate(PAINT.split(line)):
        if place % 2:
            style = () if part in ("", "0") else tuple(part.split(";"))
        else:
            found += [(character, style) for character in part]
    return found


def broken(line: list[tuple[str, tuple[str, ...]]], width: int) -> list[list[tuple[str, tuple[str, ...]]]]:
    return [line[start : start + width] for start in range(0, max(1, len(line)), width)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
