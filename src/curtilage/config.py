"""Every limit, timeout and place, in one frozen dataclass.

Each setting can be given in a TOML file and in the environment: settings.py reads them. ``docs/configuration.md`` lists
every field; a test keeps the two the same.

Units stand last in a name: ``_ms``, ``_s``, ``_bytes``, ``_count``.
"""

# long because: every limit of the program stands in this one place

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

KIB = 1024
MIB = 1024 * KIB


def _setting(default: Any, doc: str, least: float | None = None, most: float | None = None) -> Any:
    """A documented field; ``least`` and ``most`` bound numbers, inclusive."""
    return field(default=default, metadata={"doc": doc, "least": least, "most": most})


def _text(default: str, doc: str, form: str, words: str) -> Any:
    """A documented field of one line; ``form`` is what it must match, said in ``words``."""
    return field(default=default, metadata={"doc": doc, "form": form, "words": words})


def _yes_or_no(doc: str) -> Any:
    """A documented field that is off unless it is switched on."""
    return field(default=False, metadata={"doc": doc})


def _default_data_folder() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "curtilage"


def _default_root_key_file() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "curtilage" / "root.key"


def _default_authority_file() -> Path:
    return _default_root_key_file().with_name("authority.pem")


def _default_discovery_key_folder() -> Path:
    return _default_root_key_file().with_name("discovery")


_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*(?=[a-z0-9-]*[a-z]){_LABEL}"
"""RFC 1123 §2.1, in small letters; the last label is no number, or it would be an address."""
_ADDRESS = r"[0-9a-fA-F.:]{2,45}"
_PLACE = r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?"
"""A name or an IPv4 address: aiortc reads no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings. Sizes in bytes, times in the unit the name ends with."""

    # Places
    data_folder: Path = field(
        default_factory=_default_data_folder,
        metadata={"doc": "Where the database and the control socket live. Made 0700."},
    )
    root_key_file: Path = field(
        default_factory=_default_root_key_file,
        metadata={"doc": "The root key, 0600, on purpose outside the data folder: a stolen backup is then worthless."},
    )

    # Listening
    port: int = _setting(8480, "TCP port of the console and the API on loopback.", 0, 65535)
    connections_count_max: int = _setting(
        1024, "Open HTTP connections at all doors together, the operator's socket apart.", 8, 65535
    )
    connections_per_address_count_max: int = _setting(
        256, "The same, of one IPv4 address or one IPv6 network (64 bits) but this machine's own.", 8, 65535
    )
    request_body_bytes_max: int = _setting(64 * KIB, "Longest request body; a longer one is answered 413.", KIB)
    request_body_wait_s: int = _setting(10, "Longest wait for a request's body.", 1, 300)
    request_head_bytes_max: int = _setting(32 * KIB, "Longest head of a request; a longer one is answered 431.", KIB)
    request_head_wait_s: int = _setting(10, "Longest wait for a request's head.", 1, 300)
    keep_alive_wait_s: int = _setting(30, "An idle connection is closed after this long.", 1, 600)
    shutdown_wait_s: int = _setting(3, "Longest wait for open requests when stopping.", 0, 60)

    # HTTPS on the home network
    public_name: str = _text(
        "",
        "The one name under which other machines reach this server, by HTTPS; empty: this machine only.",
        rf"(?:{_NAME})?",
        "a name like rose.home.arpa, in small letters",
    )
    public_addresses: str = _text(
        "",
        "IP addresses, with commas between, under which they reach it too, where the name is not known.",
        rf"(?:{_ADDRESS}(?:, ?{_ADDRESS}){{0,7}})?",
        "up to eight IP addresses",
    )
    listen_address: str = _text(
        "",
        "IP address to listen on besides loopback, `0.0.0.0` or `::` for all; needs `public_name`. Empty: loopback.",
        rf"(?:{_ADDRESS})?",
        "an IP address",
    )
    https_port: int = _setting(8443, "TCP port of HTTPS.", 0, 65535)
    install_port: int = _setting(
        8481, "TCP port of the page that shows how to trust this server (plain HTTP).", 0, 65535
    )
    certificate_file: str = _text(
        "",
        "A certificate for `public_name` with its chain (PEM); empty: the household authority makes one.",
        r"[^\0]{0,4096}",
        "a path",
    )
    certificate_key_file: str = _text("", "Its private key (PEM), 0600.", r"[^\0]{0,4096}", "a path")
    authority_file: Path = field(
        default_factory=_default_authority_file,
        metadata={"doc": "Key and certificates of the household authority, 0600, outside the data folder."},
    )
    certificate_age_days: int = _setting(90, "A certificate of the household authority is good for this long.", 2, 398)
    certificate_look_s: float = _setting(
        60.0, "How often it is looked whether the certificate is due or its files were renewed.", 0.05, 3600
    )
    tls_handshake_s: float = _setting(10.0, "Longest TLS handshake.", 0.1, 120)
    plain_lan: bool = _yes_or_no(
        "Serve paired displays by WebRTC without HTTPS too, for those that cannot trust one; warned, recorded."
    )
    plain_lan_port: int = _setting(8482, "TCP port for such displays (plain HTTP).", 0, 65535)

    # Sign-in
    session_idle_s: int = _setting(14 * 24 * 3600, "A session unused for this long ends.", 60)
    session_age_s_max: int = _setting(90 * 24 * 3600, "A session ends at this age whatever happens.", 60)
    sessions_per_account_count_max: int = _setting(50, "Sessions of one account; the oldest ends first.", 1, 1000)
    code_age_s_max: int = _setting(24 * 3600, "A set-up, joining or sign-in code is good for this long.", 60)
    sign_in_failures_count_max: int = _setting(
        10, "Wrong passwords or codes per account and per address before a pause.", 1
    )
    sign_in_pause_s: int = _setting(60, "That pause; it doubles up to one hour while failures go on.", 1)
    sign_in_entries_count_max: int = _setting(
        20_000, "Accounts and addresses whose wrong passwords are remembered; the oldest are forgotten first.", 100
    )
    sign_in_share_count_max: int = _setting(
        3, "Wrong passwords for one name from one address before that address's pause holds for the name too.", 1
    )
    codes_count_max: int = _setting(1000, "Codes that wait to be used.", 1)
    password_length_min: int = _setting(10, "Shortest password accepted.", 8, 128)
    password_length_max: int = _setting(256, "Longest password accepted.", 64, 4096)
    argon2_memory_kib: int = _setting(64 * KIB, "Memory of one password check, in KiB.", 8 * KIB)
    argon2_time_cost: int = _setting(3, "Passes of one password check.", 1, 10)
    argon2_parallel_count_max: int = _setting(2, "Password checks at the same time; the rest wait.", 1, 16)
    argon2_waiting_count_max: int = _setting(64, "Password checks that wait; a further one is refused.", 1, 4096)

    # Homes
    homes_count_max: int = _setting(1000, "Homes on one server.", 1)
    persons_per_home_count_max: int = _setting(100, "Persons in one home.", 1)
    camera_address_length_max: int = _setting(1024, "Longest address of a camera, in characters.", 64, 4096)
    cameras_per_home_count_max: int = _setting(64, "Cameras in one home.", 1)
    grants_per_home_count_max: int = _setting(2000, "Grants in one home, ended ones not counted.", 1)
    grant_age_s_max: int = _setting(10 * 365 * 24 * 3600, "Furthest end of a grant that has one.", 60)
    unrecorded_ends_count_max: int = _setting(
        4096,
        "Revocations the lock file can hold while the disk is full; it has 128 bytes for each from the start.",
        16,
        65536,
    )
    name_length_max: int = _setting(64, "Longest name of a home, person or device, in characters.", 8, 256)
    activity_page_count_max: int = _setting(200, "Entries of the ledger in one reply.", 1, 1000)

    # Displays
    displays_per_home_count_max: int = _setting(32, "Displays in one home.", 1)
    pairing_age_s: int = _setting(
        300, "A display's pairing code is good for this long; then it shows a new one.", 30, 3600
    )
    pairings_count_max: int = _setting(500, "Pairing codes given out within pairing_age_s.", 1, 100_000)
    pairings_per_address_count_max: int = _setting(20, "The same, to one address.", 1)
    pairing_quiet_s: int = _setting(
        10, "A display that waits and asks for no news for this long gives its place to another.", 1
    )
    display_wait_s: int = _setting(25, "Longest wait of a display for news before it asks anew.", 1, 300)
    display_waits_count_max: int = _setting(4, "Such waits of one display at the same time.", 1, 64)
    display_quiet_s: int = _setting(900, "A display that nobody touches dims after this long; 0: never.", 0)

    # Store
    store_queue_count_max: int = _setting(4096, "Writes waiting for the writer; a further one is refused.", 1)
    store_group_count_max: int = _setting(256, "Writes in one commit.", 1, 4096)
    store_wait_s: int = _setting(10, "Longest wait for one read or write.", 1, 120)
    store_bytes_max: int = _setting(16 * KIB * MIB, "Largest database; a write beyond it fails as on a full disk.", MIB)
    store_checkpoint_s: int = _setting(
        5,
        "With no write for this long the write-ahead log is emptied: what was erased is then gone from it too.",
        1,
        3600,
    )
    clock_persist_s: int = _setting(30, "How often the highest time seen is stored.", 1, 3600)

    # Camera input
    rtsp_connect_s: float = _setting(5.0, "Longest wait for a camera's TCP connection.", 1)
    rtsp_reply_s: float = _setting(5.0, "Longest wait for one RTSP reply.", 1)
    rtp_reorder_ms: int = _setting(60, "Over UDP: longest wait for a packet that others have overtaken, ms.", 0)
    rtp_reorder_packets_max: int = _setting(256, "Over UDP: most packets of a camera that may wait for one before.", 1)
    rtsp_header_bytes_max: int = _setting(16 * KIB, "Longest head of one RTSP message.", KIB)
    rtsp_body_bytes_max: int = _setting(64 * KIB, "Longest body (SDP) of one RTSP message.", KIB)
    rtsp_keep_alive_s: float = _setting(25.0, "Longest pause between keep-alives; a shorter session time-out wins.", 1)
    camera_loop_share_max: float = _setting(
        0.15, "Part of the server's time that reading one camera may take; beyond, it is read more slowly.", 0.001, 1
    )
    camera_bytes_per_s_max: int = _setting(8 * MIB, "Most a camera may send a second; beyond, it is left.", KIB)
    source_processes_count_max: int = _setting(
        64, "Processes that read `ffmpeg:` and `sim:` cameras and their sub streams, 60 MB each, in all.", 1, 4096
    )
    source_processes_per_home_count_max: int = _setting(16, "Those of one home.", 1, 4096)
    access_unit_bytes_max: int = _setting(
        2 * MIB, "Largest picture; a larger one is dropped up to the next keyframe.", KIB
    )
    access_unit_nal_count_max: int = _setting(512, "Most NAL units in one picture.", 1)
    freeze_s: float = _setting(5.0, "A camera that sends no picture for this long counts as frozen: reconnect.", 1)
    keyframe_s: float = _setting(20.0, "As freeze_s, while pictures come but no keyframe to begin with.", 1)
    reconnect_first_s: float = _setting(0.5, "First pause before reconnecting; doubles, with jitter.", 0.05)
    reconnect_last_s: float = _setting(30.0, "Longest such pause.", 0.05)
    reconnect_good_s: float = _setting(60.0, "After pictures for this long the pauses begin at the first again.", 1)
    picture_pixels_max: int = _setting(7680 * 4320, "Largest picture a camera may announce.", 256)

    # ONVIF
    onvif_reply_s: float = _setting(5.0, "Longest wait for one reply of a camera's ONVIF services.", 0.1)
    onvif_reply_bytes_max: int = _setting(256 * KIB, "Longest such reply.", KIB)
    find_wait_s: float = _setting(3.0, "How long cameras are waited for when they are searched for.", 0.1, 60)
    find_replies_count_max: int = _setting(256, "Most cameras that one search lists.", 1, 4096)
    find_reply_bytes_max: int = _setting(16 * KIB, "Longest reply to a search; a longer one is ignored.", KIB, 64 * KIB)
    keyframe_wanted_ms: int = _setting(
        1_000,
        "A view that opens on a keyframe older than this asks the camera for a new one, at most this often (ONVIF).",
        100,
    )

    # Sealing and the cache
    epoch_s: int = _setting(3600, "An epoch key is replaced after this long.", 1)
    epoch_turns_per_s_max: int = _setting(
        5, "Epoch turns a second of one camera; more revocations are coalesced.", 1, 100
    )
    sealed_part_bytes_max: int = _setting(2 * MIB + 64 * KIB, "Largest sealed part.", KIB)
    cache_camera_bytes_max: int = _setting(8 * MIB, "Cached sealed parts of one camera.", 64 * KIB)
    cache_bytes_max: int = _setting(512 * MIB, "Cached sealed parts of all cameras.", MIB)
    cache_camera_parts_count_max: int = _setting(1024, "Cached sealed parts of one camera, in pieces.", 8)

    # Views
    views_per_stream_count_max: int = _setting(64, "Views on one page's streaming connection.", 1, 1024)
    streams_per_account_count_max: int = _setting(16, "Open streaming connections of one account.", 1)
    views_count_max: int = _setting(4000, "Views on this server.", 1)
    stream_open_s: int = _setting(
        24 * 3600, "A streaming connection is closed after this long; the page opens a new one.", 60
    )
    stream_write_stall_s: float = _setting(30.0, "A viewer that takes no byte for this long is disconnected.", 1)
    stream_heartbeat_ms: int = _setting(
        500, "A heartbeat on the streaming connection when nothing else was sent.", 50, 1_000
    )
    stream_unsent_bytes_max: int = _setting(
        62 * KIB, "Unsent data of one connection: 250 ms of 2 Mbit/s video.", 4 * KIB
    )
    quality_look_ms: int = _setting(
        200, "How often a view's connection is looked at, to tell a poor network.", 50, 2000
    )
    quality_wait_ms: int = _setting(
        400, "What waits longer than this to be sent is too much for the network: a view falls to less.", 50, 10_000
    )
    quality_silence_ms: int = _setting(
        2_500, "A viewer that acknowledges or reports nothing for this long is on a poor network.", 500, 60_000
    )
    quality_loss_percent: int = _setting(15, "Packets lost of a WebRTC view that are too many.", 1, 100)
    quality_rise_ms: int = _setting(
        10_000, "After so long without strain a view tries the main stream again; longer after each failure.", 500
    )
    quality_changes_per_minute_max: int = _setting(12, "Changes of what a view is sent, in any minute.", 6, 60)
    sound_part_ms: int = _setting(60, "About how much sound is sealed at once: less costs more.", 20, 500)
    sub_linger_s: float = _setting(30.0, "A sub stream is received this long after its camera's last view.", 0.1)
    webrtc_views_count_max: int = _setting(1000, "Views by WebRTC on this server.", 1)
    webrtc_views_per_camera_count_max: int = _setting(256, "Views by WebRTC of one camera.", 1)
    webrtc_views_per_account_count_max: int = _setting(64, "Views by WebRTC of one account.", 1)
    webrtc_connecting_count_max: int = _setting(256, "Views by WebRTC that are not connected yet, in all.", 1)
    webrtc_connecting_per_home_count_max: int = _setting(32, "Those of one home.", 1)
    webrtc_connecting_per_account_count_max: int = _setting(16, "Those of one account.", 1)
    webrtc_offers_per_minute_max: int = _setting(120, "Offers an account may make a minute, answered or not.", 1)
    webrtc_connect_s: float = _setting(
        10.0, "A view by WebRTC that is not connected after this long is ended.", 0.1, 600
    )
    webrtc_pace_bytes_per_s: int = _setting(5 * MIB, "Fastest pace at which one WebRTC view is sent to.", 64 * KIB)
    webrtc_pace_bytes_per_s_min: int = _setting(64 * KIB, "Slowest such pace, however poor the network.", 4 * KIB)
    webrtc_pace_burst_bytes: int = _setting(48 * KIB, "What may leave at once to one WebRTC view.", 2 * KIB, MIB)
    webrtc_queue_bytes_max: int = _setting(
        8 * MIB, "What waits for one WebRTC view; beyond it, sending goes on at the next keyframe.", 64 * KIB
    )
    webrtc_repair_pictures_count_max: int = _setting(
        256, "Pictures whose packets can be sent to a WebRTC view again; only references are kept.", 1, 4096
    )
    webrtc_repairs_waiting_count_max: int = _setting(512, "Lost packets that wait to be sent again.", 1, 4096)
    webrtc_keyframe_pause_s: float = _setting(
        0.5, "A WebRTC view that asks for a keyframe again within this time is not answered.", 0.05, 60
    )
    webrtc_stun: str = _text(
        "",
        "A STUN server, for viewers outside the home network: `stun:name:port`. It learns addresses; empty: none.",
        rf"(?:stun:{_PLACE})?",
        "like stun:stun.example:3478",
    )
    webrtc_turn: str = _text(
        "",
        "A TURN server, for where nothing else gets through: `turn:name:port`. It relays what it cannot read.",
        rf"(?:turns?:{_PLACE}(?:\?transport=(?:udp|tcp))?)?",
        "like turn:turn.example:3478?transport=udp",
    )
    webrtc_turn_name: str = _text(
        "",
        "Our name at it; empty: names and passwords are made for each view of the secret it shares with us.",
        r"[\x21-\x7e]{0,256}",
        "up to 256 letters and signs",
    )
    webrtc_turn_secret_file: str = _text(
        "", "The password for that name, or the shared secret: a file of one line, 0600.", r"[^\0]{0,4096}", "a path"
    )
    webrtc_gather_s: float = _setting(2.0, "Longest wait for an answer of the STUN and the TURN server.", 0.1, 10)
    transcoders_count_max: int = _setting(
        32, "Cameras whose AAC is made Opus for viewers by WebRTC, each by a process of 40 MB, in all.", 0, 4096
    )
    transcoders_per_home_count_max: int = _setting(8, "Those of one home.", 0, 4096)
    transcoder_start_s: float = _setting(10.0, "Longest wait for such a process to be ready.", 0.5, 60)
    transcode_s: float = _setting(
        2.0, "Longest wait for what it makes of one part; it is then ended and another started.", 0.1, 60
    )
    transcoder_waiting_count_max: int = _setting(16, "Parts of a camera's sound that may wait for it.", 1, 256)
    transcoder_linger_s: float = _setting(
        2.0, "It is kept so long after its last listener left; none is kept when a grant or the sound ended.", 0, 60
    )
    transcoder_pause_first_s: float = _setting(
        0.5, "First pause before one that failed is started again; doubles.", 0.05, 60
    )
    transcoder_pause_last_s: float = _setting(30.0, "Longest such pause.", 0.05, 600)
    webrtc_tcp: bool = _yes_or_no(
        "Take viewers by WebRTC over TCP too, at one port, for networks that drop UDP. It listens where HTTPS does."
    )
    webrtc_tcp_port: int = _setting(8483, "That TCP port; 0 chooses a free one.", 0, 65535)
    webrtc_tcp_strangers_count_max: int = _setting(
        256, "Connections there that have not yet said which view they are for; the longest waiting gives way.", 8
    )
    webrtc_tcp_strangers_per_address_count_max: int = _setting(
        32, "The same, of one IPv4 address or one IPv6 network (64 bits) but this machine's own.", 4
    )
    webrtc_tcp_first_packet_s: float = _setting(5.0, "Longest wait for them to say it.", 0.1, 60)
    webrtc_tcp_per_view_count_max: int = _setting(16, "Connections one view may take there while it lasts.", 1, 256)
    webrtc_tcp_packet_bytes_max: int = _setting(2 * KIB, "Longest packet taken there from a viewer.", 1280, 65535)
    webrtc_tcp_waiting_bytes_max: int = _setting(
        256 * KIB, "What waits there for one viewer; beyond it packets are dropped, as UDP would drop them.", 32 * KIB
    )
    whep_address_s: int = _setting(
        3600, "A token for a WHEP client without cookies (GStreamer, OBS) is good for this long.", 10, 24 * 3600
    )
    whep_addresses_per_grant_count_max: int = _setting(8, "Such tokens by one grant; the oldest ends first.", 1)
    whep_addresses_per_account_count_max: int = _setting(64, "The same, of one account or display.", 1)
    whep_addresses_per_home_count_max: int = _setting(250, "The same, of one home's cameras.", 1)
    whep_addresses_count_max: int = _setting(1000, "Such tokens on this server.", 1)
    view_stale_ms: int = _setting(2_000, "A picture older than this is no longer called live.", 500)
    view_neutral_ms: int = _setting(60_000, "A picture older than this gives way to the neutral card.", 1_000)
    still_decode_s: float = _setting(5.0, "Longest time to decode one still; its process is then ended.", 0.5)
    still_bytes_max: int = _setting(8 * MIB, "Largest still (JPEG).", 64 * KIB)
    stills_at_once_count_max: int = _setting(16, "Stills and Motion JPEG views at once, each a process of its own.", 1)
    stills_at_once_per_home_count_max: int = _setting(4, "Those of one home.", 1)
    stills_wait_s: float = _setting(5.0, "Longest wait of a still for its turn.", 0.1, 60)
    stills_waiting_count_max: int = _setting(256, "Stills that wait.", 1)
    stills_waiting_per_home_count_max: int = _setting(32, "Those of one home.", 1)
    stills_per_minute_max: int = _setting(60, "Stills of one camera an account or a display may ask for a minute.", 1)
    mjpeg_redraw_s: float = _setting(2.0, "Motion JPEG: pause after which the last picture is sent with its age.", 0.2)
    hls_part_ms: int = _setting(200, "LL-HLS: about how long a part is.", 50, 1000)
    hls_target_s: int = _setting(2, "LL-HLS: longest segment, rounded to whole seconds.", 1, 10)
    hls_window_s: int = _setting(16, "LL-HLS: how much a playlist holds; at least six times hls_target_s is useful.", 6)
    hls_camera_bytes_max: int = _setting(
        16 * MIB, "LL-HLS: ciphertext of one stream of a camera; the oldest goes first.", MIB
    )
    hls_bytes_max: int = _setting(256 * MIB, "LL-HLS: ciphertext of all such streams, in equal shares.", MIB)
    hls_idle_s: float = _setting(60.0, "LL-HLS of a camera stops when nobody asked for this long.", 1)
    hls_sub_wait_s: float = _setting(
        2.0, "LL-HLS: so long the first multivariant playlist waits to learn what a camera's sub stream is.", 0.0, 30.0
    )
    hls_address_s: int = _setting(
        3600, "An address for a player without cookies (VLC, ffmpeg) is good for this long.", 10, 24 * 3600
    )
    hls_addresses_per_grant_count_max: int = _setting(64, "LL-HLS addresses by one grant; the oldest ends first.", 1)
    hls_addresses_per_account_count_max: int = _setting(256, "The same, of one account or display.", 1)
    hls_addresses_per_home_count_max: int = _setting(1000, "The same, of one home's cameras.", 1)
    hls_addresses_count_max: int = _setting(4000, "LL-HLS addresses on this server.", 1)
    hls_waiting_count_max: int = _setting(4000, "Requests that wait for the next part; a further one is refused.", 1)
    hls_wait_s: float = _setting(6.0, "Longest such wait: three times hls_target_s.", 0.5, 60)
    changes_per_minute_max: int = _setting(300, "Changes an account may ask for a minute; each is kept for ever.", 1)
    alarm_reports_per_minute_max: int = _setting(30, "Reports a session's browsers may send a minute.", 1)

    # Messages: private discovery
    discovery_key_folder: Path = field(
        default_factory=_default_discovery_key_folder,
        metadata={"doc": "The keys of discovery, 0600, beside the root key: only the evaluator's process reads them."},
    )
    discovery_burst_count: int = _setting(2_048, "Contacts an account may look up at once.", 4, 1_000_000)
    discovery_per_hour_count: int = _setting(8, "Contacts it may look up an hour after that.", 1, 1_000_000)
    discovery_accounts_count_max: int = _setting(
        1_000_000, "Accounts whose look-ups are remembered; when there are more, new ones wait.", 16
    )
    discovery_numbers_burst_count: int = _setting(
        3_600, "Numbers that can be registered at once, or moved to a new epoch, by all accounts together.", 1
    )
    discovery_numbers_per_hour_count: int = _setting(3_600, "The same, in an hour after that.", 1)
    discovery_waiting_count_max: int = _setting(
        64, "Requests that wait for the evaluator; a further one is refused.", 1
    )
    discovery_under_way_per_account_count_max: int = _setting(
        2, "Of these, batches of one account: a phone makes one ready while another is answered.", 1, 1_000
    )
    discovery_reply_s: float = _setting(10.0, "Longest wait for a reply of the evaluator.", 0.1, 120)
    discovery_replies_kept_count: int = _setting(
        64, "Replies that are remembered for phones that lose them on the way: at most 33 kB each.", 0, 100_000
    )
    discovery_filters_kept_count: int = _setting(
        3, "Filters of an epoch whose shards can still be fetched, the newest included.", 2, 16
    )

    # Messages: keys of phones, on both sides
    one_time_key_fetches_per_hour_max: int = _setting(
        5, "One-time keys of one phone that one account may fetch in any hour; then it gets the fallback key.", 1, 50
    )
    one_time_keys_count_min: int = _setting(25, "With fewer one-time keys at the server a phone makes more.", 1, 50)
    one_time_keys_count: int = _setting(50, "One-time keys a phone then has there.", 1, 50)

    # Messages: on the phone
    phone_database_bytes_max: int = _setting(
        4 * KIB * MIB, "Largest database of a phone; a write beyond it fails as on a full disk.", MIB
    )
    phone_sessions_per_device_count_max: int = _setting(
        4, "Encrypted sessions a phone keeps with each other device; the least used goes first.", 1, 16
    )
    phone_batch_count_max: int = _setting(64, "Envelopes posted, or taken in, at once.", 1, 1024)
    phone_device_list_age_s: int = _setting(
        600, "A contact's device list is asked for again before sending when it is older than this.", 0, 86400
    )
    phone_fresh_session_wait_s: int = _setting(
        3600, "For messages that did not open, one fresh session with each device within this time.", 1, 86400
    )
    phone_attempts_count_max: int = _setting(
        3, "So often a message is encrypted again for a device that says it could not open it.", 0, 255
    )
    phone_unopened_count_max: int = _setting(1000, "Messages a phone remembers that it could not open.", 1)
    phone_remembered_count_max: int = _setting(
        100_000, "Names of opened envelopes a phone remembers, so that none is opened twice.", 1000
    )
    phone_contacts_count_max: int = _setting(10_000, "Accounts a phone knows, strangers who wrote among them.", 2)
    linking_wait_s: int = _setting(300, "A second device must be linked within this time.", 30, 3600)

    # Texts by SMS
    sms_parts_count_max: int = _setting(10, "Short messages one text may take; a longer text is refused.", 1, 255)
    sms_parts_age_s: int = _setting(
        24 * 3600, "Parts of an incoming text wait for the others so long; then it is shown with gaps.", 60
    )
    sms_parts_texts_count_max: int = _setting(256, "Incoming texts whose parts are still coming.", 8, 65535)
    sms_parts_texts_per_sender_count_max: int = _setting(16, "Those of one sender.", 1, 4096)
    sms_outstanding_count_max: int = _setting(
        10_000, "Parts whose receipts are awaited, in memory; the oldest are forgotten first.", 100
    )
    sms_submits_waiting_count_max: int = _setting(
        100, "Texts that wait for their carrier; a further one is refused.", 1, 10_000
    )
    sms_ready_wait_s: float = _setting(20.0, "Longest wait of a text for its carrier to be connected.", 0.1, 600)
    smpp_connect_s: float = _setting(10.0, "Longest wait for a connection and for its bind.", 0.1, 120)
    smpp_response_s: float = _setting(
        30.0, "Longest wait for an SMPP response; a text without one is of unknown outcome.", 0.1, 600
    )
    smpp_enquire_s: float = _setting(30.0, "Pause between two questions whether the connection lives.", 0.1, 3600)
    smpp_window_count: int = _setting(10, "Requests under way at once on a connection.", 1, 1000)
    smpp_unanswered_count_max: int = _setting(
        1000, "Requests whose response did not come in time and is still understood when it does.", 1, 100_000
    )
    smpp_incoming_count_max: int = _setting(
        200, "Texts and receipts that wait to be recorded; the carrier is asked to send a further one later.", 1, 10_000
    )
    smpp_pdu_bytes_max: int = _setting(64 * KIB, "Longest SMPP message; a longer one ends the connection.", KIB, MIB)
    smpp_throttle_s: float = _setting(
        60.0, "So long a text is tried again while the carrier says that it takes no more.", 0.0, 3600
    )
    smpp_throttle_pause_s: float = _setting(
        1.0, "First pause after that word; it doubles up to 30 s while it goes on.", 0.01, 30
    )
    smpp_reconnect_s: float = _setting(1.0, "First pause before a connection is tried again; it doubles.", 0.01, 60)
    smpp_reconnect_s_max: float = _setting(60.0, "Longest such pause.", 0.01, 3600)
    smpp_redelivery_s: float = _setting(
        300.0, "So long after a connection broke, an incoming text that is the same may be a repetition.", 0.0, 86_400
    )
    sms_gateway_wait_s: float = _setting(10.0, "Longest wait for an answer of the SMS gateway.", 0.1, 120)
    sms_gateway_poll_s: float = _setting(5.0, "Pause between two looks at the gateway's states and inbox.", 0.05, 3600)
    sms_gateway_body_bytes_max: int = _setting(MIB, "Longest answer of the gateway.", KIB, 64 * MIB)
    sms_gateway_page_count: int = _setting(100, "Incoming texts asked for at once.", 1, 500)
    sms_gateway_overlap_s: int = _setting(
        600, "The inbox is read again so far back: a phone's clock may be wrong.", 0, 86_400
    )
    sms_gateway_watch_s: int = _setting(
        3 * 24 * 3600, "So long the gateway is asked what became of a text; a delivery report can take days.", 60
    )
    gammu_poll_s: float = _setting(2.0, "Pause between two looks at the modem's folders.", 0.05, 3600)
    gammu_file_bytes_max: int = _setting(64 * KIB, "Longest file taken from its inbox.", KIB, MIB)


CONTROL_SOCKET_NAME = "control.sock"
"""In the data folder: the command line finds a running server by it."""


def this_machine_only(config: Config) -> Config:
    """The settings without any door to other machines."""
    nothing = {"public_name": "", "public_addresses": "", "listen_address": "", "plain_lan": False}
    nothing |= {"webrtc_stun": "", "webrtc_turn": "", "webrtc_turn_secret_file": "", "webrtc_tcp": False}
    return replace(config, **nothing, certificate_file="", certificate_key_file="")  # type: ignore[arg-type] # by name
