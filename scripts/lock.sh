#!/bin/sh
# Resolve pyproject.toml into lock/*.txt: exact versions with the hashes of every file, for Python 3.11 and later on any
# machine. The only script that needs uv. Nothing about the machine or the index it asked ends up in the files.
#
# test.txt holds everything; base.txt and demo.txt are resolved within it, so that all three agree on every version.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null || {
    echo "make lock needs uv: python3 -m pip install uv" >&2
    exit 1
}

compile() { # compile OUT [ARGUMENT...]
    out=$1
    shift
    uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file "$out" "$@"
}

compile lock/test.txt --all-extras --group test "$@"
compile lock/demo.txt --extra demo --group build --constraints lock/test.txt
compile lock/base.txt --group build --constraints lock/test.txt
grep -c '==' lock/base.txt lock/demo.txt lock/test.txt
