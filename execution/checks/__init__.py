"""What an operator must know before and while money is at stake: questions, findings, and their record.

`catalog` lists the checks; each is a small function from gathered facts to a finding. Nothing here
sends an order or changes what a cycle goes by.
"""
