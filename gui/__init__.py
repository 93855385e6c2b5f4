"""The desktop window, and the small one that stands beside Excel while a run is on."""
