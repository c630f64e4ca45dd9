"""What the operator keeps: snapshots of settings and unit files, evidence bundles, the day's report, exports.

Nothing here trades or asks the broker anything of its own. Everything that leaves a module of this
package, on a terminal or in a file, has been through `redaction`.
"""
