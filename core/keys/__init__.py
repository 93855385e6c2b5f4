"""The keys a team owns."""
