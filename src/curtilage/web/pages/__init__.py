"""The console: a page a file, rendered from templates/, with what static/ holds."""
