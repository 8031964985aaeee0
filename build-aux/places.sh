#!/bin/sh
# Tells a configured build folder where to install, if that is not what it says already. Builds nothing.
# usage: places.sh BUILD-DIRECTORY [--prefix=PREFIX] [--libdir=LIBDIR]
# SPDX-License-Identifier: MIT OR Apache-2.0
set -e
build=$1
shift
said=$(meson introspect "$build" --buildoptions)
for place; do
  name=${place#--} name=${name%%=*}
  [ "$(printf %s "$said" | python3 -c "import json, sys
print(next(option['value'] for option in json.load(sys.stdin) if option['name'] == '$name'))")" = "${place#*=}" ] && continue
  echo "Installing below ${place#*=} ..."
  meson configure "$build" "$@"
  exec meson setup --reconfigure "$build" >"$build/places.log"
done
