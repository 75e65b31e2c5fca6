#!/bin/sh
# Installs the MongoDB wire server the tests run against, once, outside the clone. Quick when it is there.
# Without a Python that can run it nothing is installed and nothing fails: the tests then say why they were skipped.
set -eu

version=0.7.0b3
home="${XDG_CACHE_HOME:-$HOME/.cache}/verbatim/secantusdb-$version"
lock="$home.lock"

[ -f "$home/ready" ] && exit 0

python=
for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
  if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  echo 'MongoDB wire server not installed: it needs Python 3.11 or newer with venv' >&2
  exit 0
fi

mkdir -p "$(dirname "$home")"
tries=0
until mkdir "$lock" 2>/dev/null; do
  [ -f "$home/ready" ] && exit 0
  tries=$((tries + 1))
  if [ "$tries" -gt 180 ]; then
    echo "MongoDB wire server: another installation holds $lock; remove it if none runs" >&2
    exit 1
  fi
  sleep 1
done
trap 'rmdir "$lock"' EXIT
trap 'exit 1' INT TERM
[ -f "$home/ready" ] && exit 0

"$python" -m venv --clear "$home"
"$home/bin/pip" install --quiet --disable-pip-version-check --prefer-binary "secantusdb==$version"
touch "$home/ready"
