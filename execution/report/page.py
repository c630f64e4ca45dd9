"""Writes a session's report as one HTML file that needs nothing else: styles and picture inside, no script.

It reads well on a phone and on paper, in light and in dark. Every text is escaped: reasons come from
brokers and from people.
"""

from __future__ import annotations

from base64 import b64encode
from html import escape
from pathlib import Path

from execution.report.chart import draw
from execution.report.curve import Curve, worth_drawing
from execution.report.session import SessionReport
from execution.report.sheet import Fact, Sheet, Tone, sheet
from execution.report.tables import Table
from gates.base.statefile import replace

STYLE = """
:root { color-scheme: light dark; --ink: #1d2127; --dim: #68707c; --line: #dfe3e8; --back: #fff; --card: #f6f7f9;
  --good: #1d7a46; --bad: #b3261e; --unknown: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --dim: #9aa3ae; --line: #30363d; --back: #15181c;
  --card: #1e2227; --good: #5fce8f; --bad: #ff8a80; --unknown: #e3b341; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.25rem 1rem 3rem; background: var(--back); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0; }
h1 b { display: inline-block; padding: .1em .5em; margin-right: .3em; border-radius: .3em; background: var(--ink);
  color: var(--back); font-size: .85em; vertical-align: .05em; }
h2 { font-size: 1rem; margin: 2rem 0 .4rem; }
p.sub { margin: .3rem 0 1.2rem; color: var(--dim); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .6rem; }
.card { background: var(--card); border-radius: .5rem; padding: .7rem .9rem; }
.card span { display: block; color: var(--dim); font-size: .85rem; }
.card strong { font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.good { color: var(--good); } .bad { color: var(--bad); } .unknown { color: var(--unknown); }
img { display: block; width: 100%; max-width: 46rem; height: auto; margin: 1.2rem 0 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; margin: 1.2rem 0 0; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
th { text-align: left; color: var(--dim); font-weight: 500; font-size: .85rem; }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); }
.n { text-align: right; }
td.long { white-space: normal; min-width: 11rem; }
ul { padding-left: 1.1rem; margin: .4rem 0 0; overflow-wrap: anywhere; }
footer { margin-top: 2rem; color: var(--dim); font-size: .85rem; overflow-wrap: anywhere; }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .6rem; }
  table { font-size: .9rem; } th, td { padding-right: .6rem; } td.long { min-width: 7.5rem; } }
"""
LONG_CELL = 28


def write_page(path: Path, report: SessionReport, curve: Curve) -> None:
    replace(path, page(sheet(report, curve), curve, report.broker).encode("utf-8"))


def write_sheet(path: Path, shown: Sheet, curve: Curve, broker: str, made_of: str) -> None:
    replace(path, page(shown, curve, broker, made_of).encode("utf-8"))


OF_A_SESSION = "the ledgers, the decisions and the broker's positions"


def page(shown: Sheet, curve: Curve, broker: str, made_of: str = OF_A_SESSION) -> str:
    cards = "".join(_card(fact) for fact in shown.result)
    facts = "".join(f"<dt>{escape(one.name)}</dt><dd{_class(one)}>{escape(one.text)}</dd>" for one in shown.facts)
    notes = "".join(f"<li>{escape(note)}</li>" for note in shown.notes)
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{escape(shown.title)}</title>
<style>{STYLE}</style>
<body>
<h1><b>{escape(shown.mode)}</b> {escape(shown.about[:1].upper() + shown.about[1:])}</h1>
<p class="sub">{escape(shown.subtitle)}</p>
<div class="cards">{cards}</div>
{_picture(curve)}
<dl>{facts}</dl>
{"".join(_table(one) for one in shown.tables)}
{f"<h2>Notes</h2><ul>{notes}</ul>" if notes else ""}
<footer>Broker {escape(broker)}. Derived from {escape(made_of)}.</footer>
</body>
</html>
"""


def _card(fact: Fact) -> str:
    further = f"<span>{escape('; '.join(fact.further))}</span>" if fact.further else ""
    main = f"<strong{_class(fact)}>{escape(fact.short)}</strong>"
    return f'<div class="card"><span>{escape(fact.name)}</span>{main}{further}</div>'


def _class(fact: Fact) -> str:
    return "" if fact.tone is Tone.PLAIN else f' class="{fact.tone.value}"'


def _picture(curve: Curve) -> str:
    if not worth_drawing(curve):
        return ""
    data = b64encode(draw(curve, on_white=False)).decode("ascii")
    return f'<img alt="Realised profit by session and in sum" src="data:image/png;base64,{data}">'


def _table(shown: Table) -> str:
    named = shown.right.split() if isinstance(shown.right, str) else shown.right
    right = {i for i, name in enumerate(shown.header) if name in named}

    def cells(row: tuple[str, ...], tag: str) -> str:
        return "".join(f"<{tag}{_cell(i in right, text)}>{escape(text)}</{tag}>" for i, text in enumerate(row))

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in shown.rows)
    head = f"<tr>{cells(shown.header, 'th')}</tr>"
    return f'<h2>{escape(shown.title.capitalize())}</h2><div class="wide"><table>{head}{body}</table></div>'


def _cell(is_number: bool, text: str) -> str:
    names = [name for name, wanted in (("n", is_number), ("long", len(text) > LONG_CELL)) if wanted]
    return f' class="{" ".join(names)}"' if names else ""
