"""The independent oracle: every figure of the warehouse, computed from raw input in plain Python.

It is written from the specification and reads no SQL, so that a test may compare the two.
Money is exact (`fractions.Fraction`); statistics are floats.

    events       reads files or raw tables and resolves versions, repeats and fixes
    calendar     trading days
    fx           exchange rates: direct, inverse, through USD, carried forward
    actions      what splits and dividends do to units; what can be booked
    ledger       average cost, event by event
    lots         first in first out, last in first out, highest in first out
    closes       one close a day and symbol, carried forward; total returns
    books        daily positions, cash, values and P&L of accounts
    explain      where the P&L of a day comes from
    scopes       accounts, desks and the firm: values and flows added up
    performance  returns, wealth index, drawdown, volatility, ratios
    money_weighted  XIRR and modified Dietz
    risk         value at risk, expected shortfall, stress
"""
