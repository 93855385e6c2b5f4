"""The window: keys, health and files, with nothing between them and the store."""
