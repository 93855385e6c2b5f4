"""A local Lusha: imitates the V3 API on this computer for practice and tests. Imports nothing of the product."""
