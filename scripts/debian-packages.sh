#!/bin/sh
# The programs that tests run for real: Chromium, GStreamer's RTSP server as the camera nobody here wrote, ffmpeg and
# VLC as players, npm, which brings the accessibility rules and hls.js, certutil, by which Chromium comes to trust a root,
# coturn, the TURN server nobody here wrote, and Kannel and gammu-smsd, which carry texts.
#
# Root on Debian or Ubuntu: installs what is missing. Anybody else: is told exactly what to install. Never goes on without.
set -eu

packages="python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad libnss3-tools"
packages="$packages kannel gammu gammu-smsd"

stop() {
    printf '\n%s\n' "$@" >&2
    exit 1
}

installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

command -v dpkg-query >/dev/null || stop "The tests are set up for Debian and Ubuntu. Elsewhere, install the likes of:" \
    "chromium npm ffmpeg vlc coturn $packages"

missing=
for package in $packages; do
    installed "$package" || missing="$missing $package"
done
# These may come from elsewhere: the program counts, not the package.
command -v chromium >/dev/null || missing="$missing chromium"
command -v npm >/dev/null || missing="$missing npm"
command -v ffmpeg >/dev/null || missing="$missing ffmpeg"
command -v vlc >/dev/null || missing="$missing vlc-bin vlc-plugin-base"
command -v turnserver >/dev/null || missing="$missing coturn"

[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
    stop "The tests need programs that are not installed. Run:" "sudo apt-get update && sudo apt-get install --yes$missing"
fi
echo "Installing$missing ..." >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2
case $missing in
# Tests start a server of their own, on loopback; the package would start one for everybody.
*coturn*) command -v systemctl >/dev/null && systemctl mask --quiet coturn.service || true ;;
esac
case $missing in
*kannel* | *gammu-smsd*) command -v systemctl >/dev/null && systemctl mask --quiet kannel.service gammu-smsd.service || true ;;
esac
# shellcheck disable=SC2086 # a list of words on purpose
apt-get install --quiet=2 --yes --no-install-recommends $missing
