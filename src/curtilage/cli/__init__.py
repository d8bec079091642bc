"""The door for the operator: the command line."""
