"""Fuzzing of everything that reads what strangers wrote: `python -m tools.fuzz --minutes 10`, or a bounded round in CI."""

from tools.fuzz import answers, files, own, people

TARGETS = (*answers.TARGETS, *people.TARGETS, *files.TARGETS, *own.TARGETS)
