"""The delivery by LL-HLS: playlists and parts for anybody, keys for a live grant."""
