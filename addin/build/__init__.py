"""Builds LushaEnrich.xlsm from text: `python -m addin.build`. Needs XlsxWriter, which users do not."""
