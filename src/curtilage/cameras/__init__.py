"""The work: a camera becomes access units, parts, sealed parts, the cache, views."""
