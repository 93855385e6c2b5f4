"""How keys are rotated."""
