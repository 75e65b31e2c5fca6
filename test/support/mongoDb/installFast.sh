#!/bin/sh
# Installs the faster build of the MongoDB wire server, for benchmarks: compiled, which takes some minutes and needs
# cargo, cmake and a C compiler. Kept outside the clone. Without it benchmarks run on the build of the tests.
set -eu

version=0.5.3-beta.193
home="${XDG_CACHE_HOME:-$HOME/.cache}/verbatim/secantus-mdb-$version"

[ -f "$home/ready" ] && exit 0
for tool in cargo cmake cc; do
  if ! command -v "$tool" >/dev/null; then
    echo "the faster MongoDB wire server is not installed: it needs $tool" >&2
    exit 0
  fi
done
cargo install secantus-mdb --version "$version" --locked --ignore-rust-version --root "$home" --quiet
touch "$home/ready"
