"""Speed against a simple key loop, on the practice server."""
