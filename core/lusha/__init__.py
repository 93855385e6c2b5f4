"""How Lusha is asked."""
