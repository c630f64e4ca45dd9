"""Names the colours that verbs print in, by a terminal's code, with rich's word for each."""

from __future__ import annotations

GREEN, RED, YELLOW, GREY, DIM, BOLD, ALARM = "32", "31", "33", "90", "2", "1", "1;31"
STYLES = {
    "": "",
    GREEN: "green",
    RED: "red",
    YELLOW: "yellow",
    GREY: "bright_black",
    DIM: "dim",
    BOLD: "bold",
    ALARM: "bold red",
}
