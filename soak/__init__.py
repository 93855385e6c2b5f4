"""Everything at once for a while: programs of all three kinds, faults, kills and clock jumps; then the books are compared."""
