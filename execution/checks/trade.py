"""Checks what trades: broker, account, feed, watchlist, ledgers, orders, positions."""

from __future__ import annotations

from execution.act.due import naked_entries, shares_of
from execution.checks.facts import Facts, NoQuote
from execution.checks.finding import Finding, failed, need, no_data, passed, warning
from execution.ledger.reconcile import reconcile
from execution.ledger.unreadable import line
from execution.orders import UNRESOLVED
from execution.view.broker_view import account_mismatch
from gates.base.money import CENT, show
from gates.base.sessions import new_york_day
from gates.mode import Mode

COVERAGE_LEAST_PCT = 90


def broker(facts: Facts) -> Finding:
    view = need(facts.look).view
    problems = {
        "clock": view.clock_problem,
        "account": view.account_problem,
        "positions": view.positions_problem,
        "orders": view.orders_problem,
    }
    wrong = [f"{name}: {problem}" for name, problem in problems.items() if problem is not None]
    if view.clock_problem is not None:
        wrong = [view.clock_problem]
    if wrong:
        return failed(
            f"no answer ({'; '.join(wrong)})", "look at keys, network and the broker's status page; cycles ask again"
        )
    if view.unreadable:
        return warning(
            f"{len(view.unreadable)} not understood: {line(view.unreadable[0])}",
            "look at it on the broker's own page; its symbol gets no entry until it can be read or is gone",
        )
    return passed(f"{facts.broker_name}: clock, account, positions and orders answered")


def account(facts: Facts) -> Finding:
    """Allowed to trade, and the one this state directory is bound to."""
    look = need(facts.look)
    found = look.view.account
    if found is None:
        return no_data(f"account not known ({look.view.account_problem})", "see the check `broker`")
    mismatch = account_mismatch(look.view, look.record)
    if mismatch is not None:
        return failed(mismatch, "use the right keys, or `execution init --new-account`")
    if found.blocked is not None:
        return failed(f"account {found.number} may not trade ({found.blocked})", "lift it on the broker's own page")
    if found.equity is None or found.buying_power is None:
        return failed(f"account {found.number}: {found.problem}", "entries are closed; look at the broker's own page")
    risk_pct = facts.settings.risk_per_trade_pct
    risk = show((found.equity * risk_pct / 100).quantize(CENT))
    return passed(
        f"account {found.number} active, buying power {show(found.buying_power)}, equity {show(found.equity)}; "
        f"at risk per trade {risk} ({risk_pct} % of equity)"
    )


def feed(facts: Facts) -> Finding:
    """A quote of a stock that is quoted all day. While the market is closed its age says nothing."""
    remedy = "look at ALPACA_DATA_FEED and the broker's status page; entries need young quotes"
    if isinstance(facts.spot, NoQuote):
        return failed(facts.spot.why, remedy)
    found, limit = need(facts.spot), facts.settings.max_quote_age_seconds
    if facts.on_simulator:
        return passed(f"simulated: {found.symbol} {show(found.bid)} / {show(found.ask)}")
    name = f"feed {facts.settings.alpaca_data_feed}: {found.symbol}"
    if facts.pulse.opened is None:
        return no_data(f"market closed; {name} answered, its last quote is {found.age_seconds:.0f}s old")
    said = f"{name} quote {found.age_seconds:.1f}s old (limit {limit}s)"
    if found.bid <= 0 or found.ask <= 0:
        return warning(
            f"{name} has one side only ({found.bid} / {found.ask})", "ask again; else look at ALPACA_DATA_FEED"
        )
    if found.age_seconds > limit or found.age_seconds < -limit:
        return failed(said, remedy)
    return passed(said)


def watchlist(facts: Facts) -> Finding:
    """The list of the session to come: on its own day it must be there, before that it should."""
    session = facts.session
    if session is None:
        return no_data("no session known", "see the check `sessions`")
    seen = need(facts.look).watchlist
    remedy = "`scanner run`, or `execution watchlist import FILE.csv --session " + str(session) + "`"
    if seen.problem is not None:
        today = new_york_day(facts.now) == session.day
        return failed(seen.problem, remedy) if today else warning(seen.problem, remedy + " before that session")
    if seen.rows == 0:
        return warning(f"session {session}, 0 rows: nothing will be entered", remedy)
    coverage = need(facts.watchlist).coverage
    said = f"session {session}, {seen.rows} rows"
    if coverage is None:
        return passed(said)
    percent = 100 * coverage.with_bars / coverage.universe if coverage.universe else 0.0
    said += (
        f", bars for {coverage.with_bars} of {coverage.universe} stocks ({percent:.1f} %, limit {COVERAGE_LEAST_PCT} %)"
    )
    return (
        passed(said) if percent >= COVERAGE_LEAST_PCT else warning(said, "`scanner run` again; some bars did not come")
    )


def ledger(facts: Facts) -> Finding:
    """Digests and chain of both modes, and whether the current ones may be followed."""
    broken = [link for link in need(facts.chain) if link.problem is not None]
    live = [f"{link.mode} {link.session}: {link.problem}" for link in broken if link.mode == Mode.LIVE.value]
    dry = [f"{link.mode} {link.session}: {link.problem}" for link in broken if link.mode != Mode.LIVE.value]
    for mode, found in ((Mode.LIVE, live), (Mode.DRY_RUN, dry)):
        problem = need(facts.ledgers).of(mode).problem
        if problem is not None and not found:
            found.append(f"{mode.value} current: {problem}")
    if live:
        return failed(
            "; ".join(live + dry), "`execution ledger verify`, then `execution ledger rebuild`; never delete a ledger"
        )
    if dry == ["DRY_RUN current: missing"]:
        return warning(dry[0], "the next cycle begins it again; look who removed it")
    if dry:
        return failed(
            "; ".join(dry),
            "`execution ledger verify`; move the broken dry-run ledger away, the next cycle begins it again",
        )
    return passed(f"{len(need(facts.chain))} ledgers, digests and chain hold")


def unresolved(facts: Facts) -> Finding:
    """Orders that may or may not be at the broker; each keeps entries closed."""
    found = [entry.client_order_id for entry in need(facts.live).unresolved()]
    found += [
        one.client_order_id
        for entry in need(facts.live).everything()
        for one in entry.protections
        if one.status in UNRESOLVED
    ]
    remedy = "cycles look again; else `execution ledger settle ID --as STATUS --evidence TEXT`"
    if found:
        names = ", ".join(found)
        return failed(f"{len(found)} in doubt (limit 0): {names}", remedy)
    odd = [
        f"{entry.client_order_id} is {entry.unrecognised!r}"
        for entry in need(facts.live).everything()
        if entry.unrecognised is not None
    ]
    if odd:
        return warning(f"0 in doubt (limit 0); words of the broker that we do not know: {', '.join(odd)}", remedy)
    return passed("0 in doubt (limit 0)")


def naked(facts: Facts) -> Finding:
    """Shares of ours that no stop at the broker would sell, by the stops as the broker tells them."""
    view, ledger, now = need(facts.look).view, need(facts.live), need(facts.look).now
    if not view.positions_told:
        return no_data("positions not known", "see the check `broker`")
    found = naked_entries(ledger, shares_of(ledger, view.positions, view.untold), facts.lists)
    if not found:
        return passed("0 shares without a working stop (limit 0)")
    said = ", ".join(f"{one.entry.symbol} {one.qty} shares" for one in found)
    remedy = "the cycles' lines PROTECT WAITS say what each waits for; else set a stop on the broker's own page"
    if all(one.entry.naked_since is None or one.entry.naked_since >= now for one in found):
        return warning(f"without a working stop, seen for the first time: {said}", "the next cycle protects them")
    return failed(f"without a working stop (limit 0): {said}", remedy)


def reconciliation(facts: Facts) -> Finding:
    """What we expect to hold against what the broker holds. What is not ours is told and left alone."""
    view = need(facts.look).view
    result = reconcile(need(facts.live), view.positions, view.open_orders)
    foreign = f"; not ours: {', '.join(sorted(result.foreign))}" if result.foreign else ""
    if result.locks:
        said = "; ".join(f"{symbol} {why}" for symbol, why in result.locks.items())
        return failed(
            f"{len(result.locks)} of our symbols differ (limit 0): {said}{foreign}",
            "compare with the broker's page; `execution ledger explain SYMBOL --shares N --evidence TEXT` enters "
            "what you found; the symbol gets no entry until both agree",
        )
    return passed(f"ledger and broker agree{foreign}")
