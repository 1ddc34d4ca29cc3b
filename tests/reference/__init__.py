"""The independent oracle: every figure of the warehouse, computed from raw input in plain Python.

It is written from the specification and reads no SQL, so that a test may compare the two.
Money is exact (`fractions.Fraction`); statistics are floats.

    events       reads files or raw tables and resolves versions, repeats and fixes
    calendar     trading days
    ledger       average cost, trade by trade
    closes       one close a day and symbol, carried forward
    books        daily positions, values and P&L of accounts
    scopes       accounts, desks and the firm: values and flows added up
    performance  returns, wealth index, drawdown, volatility, ratios
    risk         value at risk, expected shortfall, stress
"""
