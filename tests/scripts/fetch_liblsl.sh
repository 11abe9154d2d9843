#!/bin/sh
# Puts a current liblsl, the reference library of LSL, where .cargo/config.toml looks for it: target/liblsl.
# Needed for the cargo feature `liblsl` only. The library comes out of the pylsl wheel (MIT licence).
#
#   tests/scripts/fetch_liblsl.sh            downloads the wheel with pip
#   tests/scripts/fetch_liblsl.sh ENV        takes it from a Python environment that has pylsl
#
# Then: LD_LIBRARY_PATH=target/liblsl cargo test -p motrace-lsl --features liblsl
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
into=$root/target/liblsl
mkdir -p "$into"

if [ $# -ge 1 ]; then
    package=$("$1/bin/python" -c 'import importlib.util as u; print(u.find_spec("pylsl").submodule_search_locations[0])')
else
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$scratch" 'pylsl>=1.17'
    python3 -m zipfile -e "$scratch"/pylsl-*.whl "$scratch"
    package=$scratch/pylsl
fi

# The wheel may hold links between the names; copy what they point to, under the name that the linker asks for
# and under the one that the loader does.
library=$(find "$package/lib" -name 'liblsl*.so*' | head -n 1)
if [ -z "$library" ]; then
    echo "no liblsl for this system in $package/lib" >&2
    exit 1
fi
soname=$(python3 - "$library" <<'PY'
import re
import sys

names = re.findall(rb"liblsl\.so\.\d+", open(sys.argv[1], "rb").read())
print(names[0].decode() if names else "liblsl.so")
PY
)
cp -L "$library" "$into/liblsl.so"
cp -L "$library" "$into/$soname"
echo "liblsl is in $into (as liblsl.so and $soname)"
