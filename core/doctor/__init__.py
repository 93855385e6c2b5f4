"""What can be wrong with this computer's set-up: found, named, and told how to mend. Nothing is changed, nothing is spent."""
