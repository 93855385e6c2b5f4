"""The command line: the front desk."""
