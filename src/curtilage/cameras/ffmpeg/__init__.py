"""Cameras that speak something else, read by FFmpeg in a process of its own."""
