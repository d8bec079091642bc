"""Views: who looks at what, by which grant, over which connection, how much of it, and when that ends."""
