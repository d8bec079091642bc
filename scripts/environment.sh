#!/bin/sh
# environment.sh base|demo|test: make .venv hold lock/<set>.txt and Curtilage itself (editable).
#
# A stamp in .venv remembers what was installed, so that an unchanged lock costs nothing. "demo" holds all of "base",
# "test" all of "demo".
# Needs only Python 3.11+ with venv; every package is checked against the hashes in the lock.
set -eu
cd "$(dirname "$0")/.."
set_name=$1
venv=.venv

stop() {
    printf '\n%s\n' "$@" >&2
    exit 1
}

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    stop "Curtilage needs Python 3.11 or later; found: $(python3 --version 2>&1 || true)." \
        "Install one (Debian 12, Ubuntu 24.04 or later: apt install python3 python3-venv), or name it: make ... PYTHON=/path/to/python3"
}

check_venv_module() {
    if ! "$1" -c 'import venv, ensurepip' 2>/dev/null; then
        stop "This Python ($1) cannot make a virtual environment." "Run: $(as_root)apt install $(venv_package "$1")"
    fi
}

venv_package() { # Debian's own python3 has python3-venv; another version's package carries its number.
    case $1 in
        */python3) echo python3-venv ;;
        *) echo "$(basename "$1")-venv" ;;
    esac
}

as_root() {
    [ "$(id -u)" -eq 0 ] || printf 'sudo '
}

stamp_of() { # what the environment must have been made from: set, lock, project metadata, place, Python
    {
        cat "lock/$1.txt" pyproject.toml
        pwd
        "$venv/bin/python" --version
    } | sha256sum | cut -d' ' -f1
}

is_ready() {
    [ -x "$venv/bin/python" ] && [ -f "$venv/made-from-$1" ] && [ "$(cat "$venv/made-from-$1")" = "$(stamp_of "$1")" ]
}

case $set_name in
    base) enough="base demo test" ;;
    demo) enough="demo test" ;;
    test) enough="test" ;;
    *) stop "Usage: environment.sh base|demo|test" ;;
esac
for candidate in $enough; do
    if is_ready "$candidate"; then
        exit 0
    fi
done

python=$(find_python)
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    check_venv_module "$python"
    echo "Making $venv with $("$python" --version) ..." >&2
    "$python" -m venv --clear "$venv"
fi
rm -f "$venv"/made-from-*
echo "Installing lock/$set_name.txt into $venv (every file checked by its hash) ..." >&2
quiet="--quiet --disable-pip-version-check --no-input"
"$venv/bin/python" -m pip install $quiet --only-binary :all: --require-hashes --requirement "lock/$set_name.txt" ||
    stop "The packages could not be installed; pip's reason stands above."
"$venv/bin/python" -m pip install $quiet --no-deps --no-build-isolation --editable .
stamp_of "$set_name" >"$venv/made-from-$set_name"
