"""Excel: the workbook with its buttons, the macros behind them, and the worker that fills an open sheet."""
