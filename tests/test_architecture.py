"""What the tree promises about itself: who imports what, how large modules are, what is documented."""

from __future__ import annotations

import argparse
import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from crash.desk import OPEN, make_template, settings
from support import host
from support.sessions import lay_sessions
from venue.venue import Venue

from execution.__main__ import EXECUTION
from execution.ledger.file import CURRENT, LedgerFile
from execution.operator.initialise import TEMPLATES
from execution.settings.registry import REGISTRY
from gates.base.commandline import Program
from gates.base.environment import CHECKOUT, ENV_FILE
from gates.base.sessionfile import load_sessions
from gates.base.settings import Setting, Unfit
from gates.catalog import ENTRY_GATES, MODE_GATES, ORDER_GATES
from gates.mode import Mode
from scanner.__main__ import SCANNER
from scanner.settings import REGISTRY as SCANNER_REGISTRY
from scanner.watchlist import parse_csv

PROGRAMS = {program.name: program for program in (EXECUTION, SCANNER)}
PACKAGES = ("gates", "scanner", "execution")
MODULES = sorted(path for package in PACKAGES for path in (CHECKOUT / package).rglob("*.py"))
MOST_LINES = 260
MOST_PARAMETERS = 6
ALL_SETTINGS = list({one.name: one for one in (*REGISTRY, *SCANNER_REGISTRY)}.values())
DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef)
NAMED = (ast.Name, ast.Attribute)
HEAVY = ("pandas", "numpy", "matplotlib", "pyarrow", "exchange_calendars", "requests", "alpaca", "slack_sdk")
HEAVY += ("pydantic", "pytz", "rich")
HTTP_CLIENTS = ("http.client", "urllib.request", "urllib3", "httpx", "aiohttp", "ssl")


def name_of(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


# --- modules --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring
    assert docstring.strip()[-1] in ".:`)" or "\n\n" in docstring


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=name_of)
def test_a_room_names_every_module_in_it(path: Path) -> None:
    """One line each, indented, the name first; and none that is not there."""
    listed = re.findall(r"^    (\w+) {2,}\S", ast.get_docstring(ast.parse(path.read_text()), clean=False) or "", re.M)
    lies = [other.stem for other in path.parent.iterdir() if other.suffix == ".py" or (other / "__init__.py").exists()]
    assert sorted(listed) == sorted(name for name in lies if not name.startswith("__"))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_needs_a_scroll_bar(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """What a caller has to know: all names, those after a star too, but for the object itself."""
    given = node.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    named += [star for star in (given.vararg, given.kwarg) if star is not None]
    return [one.arg for one in named if one.arg not in ("self", "cls")]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_function_takes_more_than_one_can_keep_in_mind(path: Path) -> None:
    """What belongs together travels as one record (decision 0138). There is no exception today."""
    found = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, DEFINED)]
    assert {node.name: many for node in found if len(many := parameters(node)) > MOST_PARAMETERS} == {}


def defines(node: ast.stmt) -> list[str]:
    """The class or the alias of a type that a statement defines; a type variable is none."""
    if isinstance(node, ast.ClassDef):
        return [node.name]
    if not isinstance(node, ast.Assign) or "TypeVar(" in ast.unparse(node.value):
        return []
    named = [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [name for name in named if name[0].isupper() and not name.isupper()]


def test_no_two_classes_bear_one_name() -> None:
    """A reader who finds a name knows what it is; a search finds one class (decision 0160)."""
    homes: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.parse(path.read_text()).body:
            for name in defines(node):
                homes.setdefault(name, []).append(name_of(path))
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Every module a file names in an import, wherever in the file."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(
    ("package", "at_home"),
    [
        ("alpaca", ("execution/broker/alpaca", "scanner/bars/alpaca.py")),
        ("slack_sdk", ("execution/channel/slack.py",)),
        ("pandas", ("scanner/",)),
        ("numpy", ("scanner/",)),
        ("exchange_calendars", ("scanner/",)),
        ("dotenv", ("execution/settings/parsing.py", "scanner/")),
        ("tests", ()),
        ("pytest", ()),
        ("hypothesis", ()),
    ],
)
def test_a_package_stays_at_home(package: str, at_home: tuple[str, ...]) -> None:
    users = {name_of(path) for path in MODULES for name in imports(path) if name.partition(".")[0] == package}
    assert [user for user in sorted(users) if not user.startswith(at_home or ("-",))] == []


def test_gates_import_the_standard_library_only() -> None:
    """But for the module that shows tables by rich, which nothing imports before a verb reads on a terminal."""
    allowed = {*sys.stdlib_module_names, "gates"}
    for path in (CHECKOUT / "gates").rglob("*.py"):
        more = {"rich"} if name_of(path) == "gates/base/screen.py" else set()
        assert {name.partition(".")[0] for name in imports(path)} <= allowed | more, name_of(path)
    users = [name_of(path) for path in MODULES if "gates.base.screen" in {*imports(path)}]
    assert users == ["gates/base/output.py"]
    assert "gates.base.screen" not in cold("import gates.base.output")


def test_execution_knows_one_door_to_the_scanner() -> None:
    for path in (CHECKOUT / "execution").rglob("*.py"):
        doors = {name for name in imports(path) if name.partition(".")[0] == "scanner"}
        assert all(name.startswith("scanner.watchlist") for name in doors), name_of(path)


# --- values, not prose ----------------------------------------------------------------------------

TAKES_A_TEXT_APART = frozenset({"startswith", "endswith", "removeprefix", "removesuffix", "partition", "rpartition"})
MAY_TAKE_APART = {
    "execution/broker/kind.py": "the number of an account, which state.json keeps alone",
    "execution/channel/opener.py": "the name of a host, from outside",
    "execution/checks/host.py": "names of files",
    "execution/checks/silence.py": "what systemctl prints",
    "execution/evidence/bundle.py": "names of files",
    "execution/evidence/collect.py": "names of files",
    "execution/notify/alerts.py": "names in alerts.json, a file's format",
    "execution/operator/simulate.py": "what a person types for a time",
    "execution/settings/spellings.py": "an address, from outside",
    "execution/snapshots/effective.py": "names of variables, and a credential's last newline",
    "execution/snapshots/files.py": "names of files",
    "execution/snapshots/leeway.py": "units and drop-ins of systemd, and their names",
    "execution/snapshots/rollback.py": "names of files",
    "execution/snapshots/store.py": "names of files",
    "execution/state/latches.py": "names in latches.json, a file's format",
    "execution/units/command.py": "what systemctl prints, and names of files",
    "execution/units/install.py": "names of files",
    "execution/units/pieces.py": "names of files",
    "execution/units/verify.py": "names of files",
    "gates/base/below.py": "names of files",
    "gates/base/commandline.py": "how a docstring is laid out, and a traceback",
    "gates/base/environment.py": "names of variables, keys, and a credential's last newline",
    "gates/base/extras.py": "names of modules",
    "gates/base/leftovers.py": "names of files",
    "gates/base/money.py": "the digits of a number",
    "gates/base/record.py": "the text of an annotation",
    "gates/base/settings.py": "what is written in a setting",
    "gates/base/systemd.py": "the address of a socket, from systemd",
    "gates/switches.py": "the text of the confirm token, a file's format",
    "scanner/artifacts.py": "the source that a watchlist names, a file's format",
    "scanner/bars/alpaca.py": "the path of an address",
    "scanner/bars/pages.py": "JSON from outside",
    "scanner/calendar.py": "the name and version of a package",
    "scanner/holdings.py": "a mark at the start of a CSV, from outside",
    "scanner/morning.py": "the source that a universe names, a file's format",
    "scanner/settings.py": "what is written in a setting",
    "scanner/universe.py": "an address, from outside",
    "scanner/watchlist.py": "a mark at the start of a CSV, from outside",
    "scanner/wiring.py": "the number of an account, which state.json keeps alone",
}


def nodes_of(path: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(path.read_text()))


def test_nothing_is_decided_by_how_a_text_of_ours_begins_or_ends() -> None:
    """A level, a kind, a cause is a field. Whoever needs a text from outside or a file's name taken apart says so."""
    found = {
        name_of(path)
        for path in MODULES
        for node in nodes_of(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TAKES_A_TEXT_APART
    }
    assert found == set(MAY_TAKE_APART)


def test_the_note_of_an_event_is_compared_in_one_module() -> None:
    """It is made for people and may hold a broker's words; `Event.kind` says what the event is (decision 0105)."""

    def compares_a_note(node: ast.AST) -> bool:
        if not isinstance(node, ast.Compare) or all(isinstance(one, ast.Is | ast.IsNot) for one in node.ops):
            return False
        return any(isinstance(one, ast.Attribute) and one.attr == "note" for one in (node.left, *node.comparators))

    assert [name_of(path) for path in MODULES if any(map(compares_a_note, nodes_of(path)))] == []


def test_a_gate_that_is_named_in_the_code_is_in_the_catalog() -> None:
    """Or a gate that gets another name would be looked for in vain, and what hangs on its answer would not happen."""
    known = {gate.name for gates in (MODE_GATES, ENTRY_GATES, ORDER_GATES) for gate in gates}

    def named(node: ast.AST) -> list[str]:
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        if not any(isinstance(one, ast.Attribute) and one.attr == "gate" for one in sides):
            return []
        return [one.value for one in sides if isinstance(one, ast.Constant) and isinstance(one.value, str)]

    found = {name for path in MODULES for node in nodes_of(path) for name in named(node)}
    assert {"confirm_token", "watchlist"} <= found <= known


# --- quantities are Decimal -----------------------------------------------------------------------

DECLARES = (ast.AnnAssign, ast.arg, ast.FunctionDef)
QUANTITY = re.compile(r"(?:^|_)(?:qty|quantity|quantities|shares|grant)(?:_|$)")


def names_in(node: ast.AST) -> set[str]:
    return {one.id if isinstance(one, ast.Name) else one.attr for one in ast.walk(node) if isinstance(one, NAMED)}


def declared(node: ast.AnnAssign | ast.arg | ast.FunctionDef) -> tuple[str, ast.AST | None]:
    """A name, and the type it is said to have."""
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.target), node.annotation
    return (node.arg, node.annotation) if isinstance(node, ast.arg) else (node.name, node.returns)


def whole_numbers_of_quantities(tree: ast.AST) -> Iterator[str]:
    """Where a quantity is made an int, or said to be one: as a field, a parameter or the answer of a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("int", "float"):
            if any(QUANTITY.search(name) for one in node.args for name in names_in(one)):
                yield f"line {node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, DECLARES):
            name, said = declared(node)
            if said is not None and {"int", "float"} & names_in(said) and QUANTITY.search(name):
                yield f"line {node.lineno}: {name} is {ast.unparse(said)}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_quantity_is_a_decimal_and_no_int_is_made_of_it(path: Path) -> None:
    assert [*whole_numbers_of_quantities(ast.parse(path.read_text()))] == []


@pytest.mark.parametrize(
    "code",
    [
        "int(entry.qty)", "int(min(qty, free))", "float(one.left_qty / 2)", "int(held_shares(orders)['AAPL'])",
        "grant: int = 0", "def size(qty: int | None) -> None: ...", "def available_shares() -> int: ...",
        "class A:\n    filled_qty: dict[str, int]",
    ],
)  # fmt: skip
def test_an_int_of_a_quantity_is_seen(code: str) -> None:
    assert [*whole_numbers_of_quantities(ast.parse(code))] != []


# --- hands -----------------------------------------------------------------------------------------

WRITERS = re.compile(
    r"\bonly_one\b|\bput_up\b|\btake_down\b|\bwrite_token\b|\bkeep_marker\b|\bset_latch\b|\blatches\.clear\(|\barming\.write\b"
    r"|from gates\.base\.statefile import .*\b(?:create|replace|make_directory)\b"
)
WRITE_BESIDE = {
    "export.py": "the file that --out names",
}
"""Verbs that write something, and what: it is nothing that a cycle goes by."""


def test_a_verb_shows_and_confirms_and_leaves_the_writing_to_the_operators_room() -> None:
    verbs = (CHECKOUT / "execution" / "cli").glob("*.py")
    assert {path.name for path in verbs if WRITERS.search(path.read_text())} <= set(WRITE_BESIDE)


def test_the_operators_room_prints_nothing_and_reads_no_command_line() -> None:
    for path in (CHECKOUT / "execution" / "operator").glob("*.py"):
        assert not {"sys", "argparse", "gates.base.output"} & {*imports(path)}, name_of(path)
        assert "print(" not in path.read_text(), name_of(path)


def test_what_stops_the_service_asks_nothing_of_a_broker() -> None:
    for name in ("disarm", "kill", "pause", "unkill", "unlatch"):
        used = {*imports(CHECKOUT / "execution" / "operator" / f"{name}.py")}
        assert not [one for one in used if one.startswith(("execution.act", "execution.broker"))], name


def test_the_import_contracts_are_part_of_lint() -> None:
    recipe = (CHECKOUT / "Makefile").read_text().partition("\nlint:")[2].partition("\n\n")[0]
    assert "lint-imports" in recipe
    assert (CHECKOUT / "setup.cfg").read_text().count("[importlinter:contract:") >= 5


# --- a cycle is a small, cold process -------------------------------------------------------------

CYCLE = """
import sys
from execution.__main__ import main
code = main(sys.argv[1:])
print("MODULES", code, *sorted(sys.modules))
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An initialised directory with a simulated account and the sample list."""
    state = tmp_path / "state"
    environ = host.environment(AVWAP_ENV_FILE=os.devnull, AVWAP_STATE_DIR=str(state), BROKER="simulated")
    lay_sessions(state)
    run(environ, "init")
    run(environ, "watchlist", "import", str(TEMPLATES / "sample_watchlist.csv"), "--session", "next")
    return environ


VENUE_CYCLE = """
import os, sys
from datetime import datetime, timedelta
moment = datetime.fromisoformat(sys.argv[1])
class Still:
    def now(self): return moment
    def written_at(self, file_time): return moment - timedelta(hours=1)
    def sleep(self, seconds): pass
from execution.cli.run import one
from execution.wiring import open_service
code = one(open_service(os.environ, clock=Still()))
print("MODULES", code, *sorted(sys.modules))
"""


def run(environ: dict[str, str], *arguments: str, code: str = CYCLE) -> tuple[str, set[str]]:
    """What a cold process printed, and the modules it had loaded at its end."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, env=environ, capture_output=True, text=True, timeout=60)
    printed, _, rest = done.stdout.rpartition("MODULES ")
    ended, *modules = rest.split()
    assert ended == "0", done.stdout + done.stderr
    return printed, set(modules)


def cold(code: str) -> set[str]:
    """The modules a new process has after this."""
    command = [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"]
    done = subprocess.run(command, cwd=CHECKOUT, env=host.environment(), capture_output=True, text=True, timeout=60)
    return set(done.stdout.split())


def loaded(modules: set[str], unwanted: tuple[str, ...]) -> list[str]:
    return sorted(name for name in modules if name in unwanted or name.startswith(tuple(f"{u}." for u in unwanted)))


def test_an_open_market_cycle_on_the_simulator_loads_nothing_heavy(environ: dict[str, str]) -> None:
    said, modules = run(environ, "run")
    assert "Gate mode=DRY_RUN" in said
    assert loaded(modules, (*HEAVY, *HTTP_CLIENTS)) == []


def test_a_closed_market_cycle_loads_no_http_client(environ: dict[str, str]) -> None:
    run(environ, "sim", "clock", "+10h")
    said, modules = run(environ, "run")
    assert "Market closed; skipping cycle." in said
    assert loaded(modules, (*HEAVY, *HTTP_CLIENTS)) == []


def test_a_cycle_that_tells_and_has_nothing_to_tell_loads_no_http_client(environ: dict[str, str]) -> None:
    slack = {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/never-called", "SLACK_MIN_LEVEL": "error"}
    for _ in range(2):
        _, modules = run({**environ, **slack}, "run")
        assert loaded(modules, (*HEAVY, *HTTP_CLIENTS)) == []
    assert "execution.notify.changes" in modules


def test_a_cycle_without_a_channel_loads_nothing_of_telling(environ: dict[str, str]) -> None:
    _, modules = run(environ, "run")
    assert {name for name in modules if name.startswith("execution.notify.")} == {"execution.notify.after_cycle"}


@pytest.mark.parametrize("verb", ["summary", "report", "export --format csv", "trades", "performance --by exit"])
def test_what_tells_a_session_in_words_loads_no_plotting_library(environ: dict[str, str], verb: str) -> None:
    run(environ, "sim", "clock", "next")
    run(environ, "run")
    assert loaded(run(environ, *verb.split())[1], HEAVY) == []


def test_a_cycle_tells_no_story(environ: dict[str, str]) -> None:
    _, modules = run(environ, "run")
    assert loaded(modules, ("execution.report",)) == []


@pytest.fixture
def at_the_venue(tmp_path: Path) -> Iterator[tuple[Venue, dict[str, str]]]:
    """A directory for a real broker's account, a list for the session, and the broker."""
    with Venue(now=OPEN) as venue:
        environ = settings(make_template(tmp_path / "state"), venue.env)
        yield venue, host.environment(DRY_RUN="1", **environ)


def test_a_cycle_on_a_real_broker_loads_no_data_frames_and_no_simulator(
    at_the_venue: tuple[Venue, dict[str, str]],
) -> None:
    venue, environ = at_the_venue
    said, modules = run(environ, OPEN.isoformat(), code=VENUE_CYCLE)
    assert "Plan rows=3" in said
    assert [entry.path for entry in venue.requests if entry.path.endswith("/quotes/latest")]
    assert "alpaca.common.rest" in modules
    assert loaded(modules, ("execution.broker.simulated.paced", "execution.broker.simulated.broker")) == []
    assert loaded(modules, ("pandas", "numpy", "pyarrow", "exchange_calendars", "matplotlib", "rich", "pytz")) == []


def test_a_closed_market_cycle_on_a_real_broker_loads_no_http_client(
    at_the_venue: tuple[Venue, dict[str, str]],
) -> None:
    venue, environ = at_the_venue
    said, modules = run(environ, OPEN.replace(hour=23).isoformat(), code=VENUE_CYCLE)
    assert "Market closed; skipping cycle." in said
    assert loaded(modules, (*HEAVY, *HTTP_CLIENTS)) == []
    assert len(venue.requests) == 0


def test_a_verb_loads_no_other_verb(environ: dict[str, str]) -> None:
    _, modules = run(environ, "run")
    assert {name for name in modules if name.startswith("execution.cli.")} == {"execution.cli.run"}


# --- templates ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Mode)
def test_the_ledger_templates_are_blank_ledgers(mode: Mode) -> None:
    ledger = LedgerFile(TEMPLATES, mode).load()
    assert (ledger.mode, ledger.account, ledger.previous) == (mode, None, None)
    assert list(ledger.everything()) == []
    assert ledger.exits == ()


def test_the_session_template_reaches_through_2027() -> None:
    table = load_sessions(TEMPLATES / "sessions.json")
    assert str(table.last_day) >= "2027-12-31"


def test_the_sample_list_is_a_list() -> None:
    assert parse_csv((TEMPLATES / "sample_watchlist.csv").read_text("utf-8"))


def test_every_template_is_read_by_one_of_these_tests() -> None:
    known = {*CURRENT.values(), "sessions.json", "sample_watchlist.csv"}
    assert {path.name for path in TEMPLATES.iterdir()} == known


# --- what is tracked ------------------------------------------------------------------------------


def tracked() -> list[str]:
    if not (CHECKOUT / ".git").exists():
        pytest.skip("not a git checkout")
    done = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split("\0") if name]


def test_no_unit_no_secret_and_no_state_is_tracked() -> None:
    a_machines = r"\.(service|timer|socket|env)$|\.service\.d/|(KILL_SWITCH|live_confirm_token\.txt)$"
    unwanted = re.compile(rf"{a_machines}|^(demo/)?state/")
    unwise = [name for name in tracked() if unwanted.search(name)]
    assert [name for name in unwise if not name.endswith(".example")] == []


def test_what_belongs_on_a_server_is_an_example() -> None:
    examples = [name for name in tracked() if name.startswith("deploy_examples/")]
    assert [name for name in examples if not name.endswith((".example", ".md"))] == []


# --- what is documented ---------------------------------------------------------------------------


def test_the_settings_page_is_the_registry() -> None:
    page = (CHECKOUT / "docs/settings.md").read_text()
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| (.*?) \| (.+) \|$", page, re.MULTILINE)
    registry = [
        (one.name, one.default if one.default is not None else "unset", one.bounds, one.help) for one in ALL_SETTINGS
    ]
    assert [row for row in rows if row[0] != ENV_FILE] == registry
    assert ENV_FILE in [name for name, *_ in rows]


@pytest.mark.parametrize("setting", [one for one in ALL_SETTINGS if one.default], ids=lambda one: one.name)
def test_a_default_lies_within_the_bounds(setting: Setting) -> None:
    setting.parse(setting.default)


@pytest.mark.parametrize("setting", [one for one in ALL_SETTINGS if " to " in one.bounds], ids=lambda one: one.name)
def test_the_bounds_are_the_readers(setting: Setting) -> None:
    least, most = re.match(r"(\S+) to (\S+)", setting.bounds).groups()  # type: ignore[union-attr]
    setting.parse(least), setting.parse(most)
    for beyond in (f"{Decimal(most) + 1}", f"{Decimal(least) - 1}"):
        with pytest.raises(Unfit, match=f"from {least} to {most}"):
            setting.parse(beyond)


def test_the_example_settings_are_settings() -> None:
    examples = CHECKOUT / "deploy_examples"
    texts = [path.read_text() for path in (examples / "env.example", examples / "execution.env.example")]
    texts += [path.read_text().replace("Environment=", "") for path in examples.glob("*.d/*.example")]
    names = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", "\n".join(texts), re.MULTILINE))
    assert {"DRY_RUN", "LIVE_TRADING", "KILL_SWITCH", "MAX_LIVE_POSITIONS"} <= names
    assert names <= {one.name for one in ALL_SETTINGS}


def documented_commands() -> list[str]:
    """Every `execution …` and `scanner …` of a shell block or in back-ticks, without the variables before it."""
    found = []
    for path in (CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))):
        text = path.read_text()
        blocks = re.findall(r"```(?:bash|sh|console)\n(.*?)```", text, re.DOTALL)
        lines = [line for block in blocks for line in block.splitlines()]
        lines += re.findall(r"`((?:execution|scanner) [^`]*)`", text)
        for line in lines:
            command = line.partition(" #")[0].partition(" || ")[0].partition(" | ")[0].partition(" < ")[0]
            match = re.search(r"(?:^|\s)((?:execution|scanner) .+)$", command)
            if match:
                found.append(match[1].strip())
    return sorted(set(found))


@pytest.mark.parametrize("line", documented_commands())
def test_every_documented_command_is_one(line: str) -> None:
    command, verb, *arguments = shlex.split(line)
    if verb in ("--help", "--version", "VERB"):
        return
    program = PROGRAMS[command]
    assert verb in program.verbs
    if not arguments or "--help" in arguments or "…" in line:
        return
    parser = argparse.ArgumentParser(allow_abbrev=False)
    import_module(program.module_of(verb)).configure(parser)
    actions = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if actions and len(arguments) <= 1:
        assert not arguments or arguments[0] in actions[0].choices
        return
    parser.parse_args(arguments)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=lambda program: program.name)
def test_every_verb_is_a_module_with_a_summary(program: Program) -> None:
    folder = CHECKOUT / program.package.replace(".", "/")
    modules = {path.stem for path in folder.glob("*.py") if "\ndef configure(" in path.read_text()}
    assert modules == {verb.replace("-", "_") for verb in program.verbs}
    assert all(program.verbs.values())


def test_the_readme_names_every_verb_a_newcomer_needs() -> None:
    text = (CHECKOUT / "README.md").read_text()
    for verb in ("run", "gates", "why", "status", "ledger", "watchlist", "sim"):
        assert f"execution {verb}" in text


def listed(index: Path) -> list[str]:
    return [line for line in index.read_text().splitlines() if line.startswith("- [")]


def test_the_index_of_decisions_has_each_with_its_title() -> None:
    folder = CHECKOUT / "docs" / "decisions"
    titles = {path.name: path.read_text().splitlines()[0].removeprefix("# ") for path in sorted(folder.glob("0*.md"))}
    wanted = [f"- [{title[:4]}]({name}) {title[5:]}" for name, title in titles.items()]
    assert listed(folder / "README.md") == wanted


def test_the_index_of_pages_has_each_page() -> None:
    folder = CHECKOUT / "docs"
    named = {line.partition("](")[2].partition(")")[0] for line in listed(folder / "README.md")}
    assert named == {path.name for path in folder.glob("*.md")} - {"README.md"} | {"decisions/README.md"}


def test_the_readme_is_read_in_one_sitting() -> None:
    assert len((CHECKOUT / "README.md").read_text().splitlines()) <= 130
