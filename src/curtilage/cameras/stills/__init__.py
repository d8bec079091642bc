"""Stills and Motion JPEG: keyframes decoded in a process that holds no key."""
