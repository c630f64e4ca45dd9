"""The mutation run on a tree of one module: what it changes, what it calls noticed, and when it refuses to say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import host

from mutants.__main__ import drawn_by
from mutants.changes import Change, changed, changes_of
from mutants.judged import Misjudged, read, refuse_stale

ABOVE = Path(__file__).resolve().parents[1]
SOURCE = """\
ONE, ÄRGER = 1, True


class Box:
    def fits(self, qty: int, free: int | None) -> bool:
        if not qty or free is None:
            return False
        return (
            0 < qty  # and never less
            <= min(free, 10)
        )


def rest(all_of_it, sold, *others):
    left = f"{-sold}" in others and "é" not in others or all_of_it - sold
    left += -sold
    return True if any(others) else left
"""
TOY = """\
def rest(held, sold):
    return max(0, held - sold) if sold > 0 else held
"""
TOY_TEST = """\
from gates.toy import rest

def test_the_rest_is_what_was_not_sold():
    assert [rest(5, 1), rest(5, 7), rest(5, -1)] == [4, 0, 5]
"""
SURVIVOR = "gates/toy.py:2 '>' to '>=': return max(0, held - sold) if sold >= 0 else held"
JUDGEMENT = """\
gates/toy.py rest
- return max(0, held - sold) if sold > 0 else held
+ return max(0, held - sold) if sold >= 0 else held
= where nothing was sold the rest is what is held, either way
"""


def test_every_place_is_changed_once_and_text_is_left_alone() -> None:
    found = changes_of("a.py", SOURCE)
    assert [(one.line, one.function, one.old, one.new) for one in found] == [
        (1, "module", "1", "0"),
        (6, "Box.fits", "not", ""),
        (6, "Box.fits", "or", "and"),
        (6, "Box.fits", "is", "is not"),
        (7, "Box.fits", "False", "True"),
        (9, "Box.fits", "0", "1"),
        (9, "Box.fits", "<", "<="),
        (10, "Box.fits", "<=", "<"),
        (10, "Box.fits", "min", "max"),
        (15, "rest", "in", "not in"),
        (15, "rest", "and", "or"),
        (15, "rest", "not in", "in"),
        (15, "rest", "or", "and"),
        (15, "rest", "-", "+"),
        (16, "rest", "+=", "-="),
        (16, "rest", "-", "+"),
        (17, "rest", "True", "False"),
        (17, "rest", "any", "all"),
    ]
    for one in found:
        before, after = SOURCE.split("\n"), changed(SOURCE, one).split("\n")
        differing = [number for number, lines in enumerate(zip(before, after, strict=True), 1) if lines[0] != lines[1]]
        assert differing == [one.line]
        assert (before[one.line - 1].strip(), after[one.line - 1].strip()) == (one.before, one.after)
        compile(changed(SOURCE, one), "a.py", "exec")
    assert found[1].after == "if qty or free is None:"


def test_a_seed_draws_the_same_changes_in_the_order_of_the_files() -> None:
    all_of_them = changes_of("a.py", SOURCE)
    drawn = drawn_by("7", 5, all_of_them)
    assert len(drawn) == 5
    assert drawn == sorted(drawn) == drawn_by("7", 5, all_of_them[::-1])
    assert len({tuple(drawn_by(str(seed), 5, all_of_them)) for seed in range(9)}) > 1
    assert drawn_by("7", 0, all_of_them) == drawn_by("7", 99, all_of_them) == all_of_them


def judgements(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "judged.txt"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "problem"),
    [(JUDGEMENT + "\n" + JUDGEMENT, "judged twice"), (JUDGEMENT.replace("= ", "  "), "no judgement")],
)
def test_judgements_that_cannot_be_read_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(Misjudged, match=problem):
        read(judgements(tmp_path, text))


def test_a_judgement_whose_line_is_gone_is_refused_where_its_file_is_looked_at(tmp_path: Path) -> None:
    known = read(judgements(tmp_path, JUDGEMENT))
    refuse_stale(known, changes_of("gates/toy.py", TOY), ["gates/toy.py"])
    refuse_stale(known, [], ["gates/other.py"])
    with pytest.raises(Misjudged, match=r"no such change is left: gates/toy\.py rest"):
        refuse_stale(known, changes_of("gates/toy.py", TOY.replace("sold > 0", "sold")), ["gates/toy.py"])


def run(root: Path, judged: str = "", test: str = TOY_TEST) -> subprocess.CompletedProcess[str]:
    files = {
        "gates/__init__.py": "",
        "gates/toy.py": TOY,
        "tests/gates/test_toy.py": test,
        "setup.cfg": "[tool:pytest]\npythonpath = .\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    asked = ["--sample", "0", "--root", str(root), "--judged", str(judgements(root, judged)), "gates.toy"]
    environment = host.environment(PYTHONPATH=os.pathsep.join((str(ABOVE), str(ABOVE.parent))))
    return subprocess.run(
        [sys.executable, "-m", "mutants", *asked], env=environment, capture_output=True, text=True, check=False
    )


def test_a_survivor_is_told_and_ends_the_run_with_1_and_the_tree_is_as_it_was(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.returncode, done.stdout.split("\n")[1:]) == (
        1,
        [
            "gates/toy.py                           5       4     1",
            "all                                    5       4     1",
            SURVIVOR,
            "    NOT JUDGED",
            "",
        ],
    ), done.stderr
    assert (tmp_path / "gates/toy.py").read_text("utf-8") == TOY


def test_a_survivor_that_was_judged_is_told_with_its_reason(tmp_path: Path) -> None:
    done = run(tmp_path, JUDGEMENT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(
        f"{SURVIVOR}\n    judged: where nothing was sold the rest is what is held, either way\n"
    )


def test_tests_that_are_red_without_a_change_say_nothing_of_changes(tmp_path: Path) -> None:
    done = run(tmp_path, test=TOY_TEST.replace("[4, 0, 5]", "[4, 0, 6]"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "red without a change: gates/toy.py" in done.stderr


def test_a_change_is_known_by_its_function_and_its_line() -> None:
    one = changes_of("gates/toy.py", TOY)[0]
    moved = changes_of("gates/toy.py", "\n\n" + TOY)[0]
    assert isinstance(one, Change)
    assert (one.line, moved.line) == (2, 4)
    assert one.key == moved.key
