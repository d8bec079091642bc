"""Discovery on the server: the evaluator in a process of its own, what it may be asked, and the filters."""
