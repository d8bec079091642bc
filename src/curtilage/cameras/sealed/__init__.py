"""Where parts are sealed, and where sealed parts wait."""
