"""Lists every gate, in printing order, with the question it asks in plain words.

What a gate does when it breaks is the same for all of a family and safe by construction
(`verdict.ask` turns a raise into a No): a broken mode gate means DRY_RUN, a broken entry gate means
nothing is opened this cycle, a broken order gate refuses that order. None of them is asked before
cancelling, protecting or flattening, so a broken gate closes but never traps.
"""

from __future__ import annotations

from gates import breakers, exposure, inputs, integrity, price, switches
from gates.facts import EntryFacts, ModeFacts, OrderFacts
from gates.verdict import Gate

MODE_GATES: tuple[Gate[ModeFacts], ...] = (
    Gate("kill_env", "Is the KILL_SWITCH variable off?", switches.kill_env),
    Gate("kill_file", "Is there no KILL_SWITCH file?", switches.kill_file),
    Gate("dry_run", "Is DRY_RUN off?", switches.dry_run),
    Gate("live_trading", "Is LIVE_TRADING on?", switches.live_trading),
    Gate("confirm_token", "Do both confirm tokens match, privately, for this session?", switches.confirm_token),
    Gate("arm", "Are host, account and limits as they were armed?", switches.arm),
    Gate("ledger", "Can the live ledger be read and trusted?", integrity.live_ledger),
    Gate("same_account", "Is this the account the state dir is bound to?", integrity.same_account),
    Gate("positions", "Did the broker tell our positions?", integrity.positions),
    Gate("account", "Did the broker tell our account?", integrity.account),
)

ENTRY_GATES: tuple[Gate[EntryFacts], ...] = (
    Gate("settings", "Are the settings without mistakes?", inputs.settings),
    Gate("state", "Does the state dir take writes?", inputs.state),
    Gate("paused", "Is there no PAUSED file?", switches.paused),
    Gate("latched", "Is nothing latched until a person clears it?", breakers.latched),
    Gate("market", "Is the exchange in session by our table?", inputs.market),
    Gate("broker_clock", "Does the broker's clock agree?", inputs.broker_clock),
    Gate("near_close", "Is there time left before the close?", inputs.near_close),
    Gate("watchlist", "Is there a watchlist for this very session?", inputs.watchlist),
    Gate("ledger", "Can the ledger of this mode take an intent?", integrity.mode_ledger),
    Gate("same_account", "Is this the account the state dir is bound to?", integrity.same_account),
    Gate("account", "Did the broker tell our account?", integrity.account),
    Gate("account_active", "Does the broker let this account trade?", integrity.account_active),
    Gate("positions", "Did the broker tell our positions?", integrity.positions),
    Gate("orders", "Did the broker tell today's orders?", integrity.orders),
    Gate("unresolved", "Is no order in doubt?", integrity.unresolved),
)

STANDING_GATES: tuple[Gate[OrderFacts], ...] = (
    Gate("allowlist", "Is the symbol on the allowlist?", exposure.allowlist),
    Gate("latched", "Is the symbol not latched until a person clears it?", breakers.symbol_latched),
    Gate("once", "Has it not been entered in this session?", exposure.once),
    Gate("foreign", "Is the symbol free of positions and orders that are not ours?", exposure.foreign),
    Gate("reconciliation", "Do ledger and broker agree on the symbol?", exposure.reconciliation),
)
"""Answered by what is known before any quote: a row they refuse needs no price."""

CAP_GATES: tuple[Gate[OrderFacts], ...] = (
    Gate("orders_per_day", "Is an order left for today?", exposure.orders_per_day),
    Gate("positions", "Is a position left?", exposure.positions),
    Gate("gross_notional", "Does it fit the gross notional?", exposure.gross_notional),
    Gate("per_symbol", "Does it fit the notional per symbol?", exposure.per_symbol),
)
"""Asked once more right before each submit."""

ORDER_GATES: tuple[Gate[OrderFacts], ...] = (
    *STANDING_GATES,
    Gate("quote", "Is there a young, two-sided quote?", price.quote),
    Gate("spread", "Are bid and ask near each other?", price.spread),
    Gate("trigger", "Has the price done what the entry rule waits for?", price.trigger),
    Gate("levels", "Do stop, limit and target make a bracket?", price.levels),
    Gate("chase", "Is the price not too far above the entry?", price.chase),
    Gate("collar", "Is the limit near the market?", price.collar),
    *CAP_GATES,
    Gate("buying_power", "Does the account pay for it?", exposure.buying_power),
    Gate("risk", "Is the risk within the budget of one trade?", exposure.risk),
    Gate("size", "Is it at least one whole share?", exposure.size),
)
