# Varnish in front of LL-HLS (docs/spec/hls.md): many players, one request to the server for each part and playlist.
# It keeps playlists and ciphertext, never a key; it knows no grant and needs none.
vcl 4.1;

backend default {
    .host = "127.0.0.1";
    .port = "8480";
    # Longer than hls_wait_s: a reload waits for its part.
    .first_byte_timeout = 15s;
}

sub vcl_recv {
    # Nothing else is served from here: what is private must not pass a cache at all.
    if (req.url !~ "^/(live|parts)/" || (req.method != "GET" && req.method != "HEAD")) {
        return (synth(404));
    }
    # The server answers to this name alone.
    set req.http.Host = "localhost:8480";
    if (req.url ~ "/keys/") {
        return (pass);
    }
    unset req.http.Cookie;
    return (hash);
}

sub vcl_backend_response {
    # A stale playlist is worse than a wait.
    set beresp.grace = 0s;
    set beresp.keep = 0s;
}
