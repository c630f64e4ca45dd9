"""Decides the mode of a cycle from the answers of the mode gates: LIVE, or a rehearsal. Pure."""

from __future__ import annotations

from enum import Enum

from gates.verdict import Answer, Verdict, strictest


class Mode(Enum):
    LIVE = "LIVE"
    DRY_RUN = "DRY_RUN"


LIVE_REASON = "live trading confirmed"


def mode_of(answers: tuple[Answer, ...]) -> Mode:
    return Mode.LIVE if strictest(answers, LIVE_REASON).passed else Mode.DRY_RUN


def mode_reason(answers: tuple[Answer, ...]) -> str:
    return strictest(answers, LIVE_REASON).reason


def entries_verdict(answers: tuple[Answer, ...]) -> Verdict:
    return strictest(answers, f"{len(answers)} entry gates pass")
