"""What the pool has done and what it cost, added up from attempts, rows and jobs: nothing here is estimated unless it says so."""
