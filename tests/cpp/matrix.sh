#!/bin/sh
# The C++ stream's tests with gcc and clang, C++17 and C++20, the sanitizers, and the newest Boost: matrix.sh BUILD-DIRECTORY
#
# BOOST_NEWEST names a folder with another Boost's headers; without it Debian's newest package is unpacked below the build
# folder, for it cannot be installed beside the default one. Prints TAP.
set -u
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$build/cpp-matrix
mkdir -p "$out"
library=$build/libwebsocket-component.so
[ -e "$library" ] || { echo "1..0 # SKIP no component"; exit 0; }

newest=${BOOST_NEWEST:-}
if [ -z "$newest" ] && command -v apt-get >/dev/null; then
  package=$(apt-cache pkgnames libboost1 | grep '^libboost1\.[0-9]*-dev$' | sort -V | tail -n 1)
  newest=$out/boost/usr/include
  if [ -n "$package" ] && [ ! -d "$newest" ]; then
    mkdir -p "$out/boost"
    (cd "$out/boost" && apt-get download --quiet "$package" && dpkg -x "$package"*.deb . && rm "$package"*.deb) \
      >"$out/download.log" 2>&1 || newest=
  fi
  [ -d "$newest/boost" ] || newest=
fi

number=0 failed=0
tell () { # STATUS NAME LOG
  number=$((number + 1))
  if [ "$1" = 0 ]; then
    echo "ok $number $2"
  else
    failed=$((failed + 1))
    echo "not ok $number $2"
    tail -n 20 "$3" | sed 's/^/# /'
  fi
}

flags="-Wall -Wextra -Werror -O1 -g -I$root/include"
behaviour () { # NAME COMPILER [FLAG...]
  name=$1 compiler=$2
  shift 2
  if ! command -v "$compiler" >/dev/null; then
    echo "# $compiler is not here"
    return
  fi
  # shellcheck disable=SC2086 # a list of words
  "$compiler" $flags "$@" -o "$out/$name" "$root/tests/cpp/behaviour-io.cpp" "$root/tests/cpp/behaviour-ends.cpp" \
    "$library" -Wl,-rpath,"$build" -pthread >"$out/$name.log" 2>&1 && "$out/$name" >>"$out/$name.log" 2>&1
  tell $? "behaviour: $name" "$out/$name.log"
}

for standard in 17 20; do
  behaviour "gcc-$standard" g++ -std=c++$standard
  behaviour "clang-$standard" clang++ -std=c++$standard
  [ -n "$newest" ] && behaviour "gcc-$standard-newest-boost" g++ -std=c++$standard -isystem "$newest"
done
behaviour asan g++ -std=c++17 -fsanitize=address,undefined
behaviour tsan g++ -std=c++17 -fsanitize=thread -Wno-tsan
if [ -n "$newest" ]; then
  behaviour asan-newest-boost g++ -std=c++20 -fsanitize=address,undefined -isystem "$newest"
  behaviour clang-newest-boost clang++ -std=c++20 -isystem "$newest"
fi

# A strand on several threads, under ThreadSanitizer.
g++ -std=c++17 $flags -fsanitize=thread -Wno-tsan -o "$out/threads" "$root/tests/cpp/threads.cpp" "$library" \
  -Wl,-rpath,"$build" -pthread >"$out/threads.log" 2>&1 && "$out/threads" >>"$out/threads.log" 2>&1
tell $? "threads: tsan" "$out/threads.log"

# The tutorial programs in every style over every transport, talking across.
built=0
for program in server client; do
  for library_flags in "bisque $library -Wl,-rpath,$build" "beast -DWITH_BEAST"; do
    # shellcheck disable=SC2086 # a list of words
    set -- $library_flags
    name=echo-$program-$1
    shift
    # shellcheck disable=SC2086 # a list of words
    g++ -std=c++20 -O0 -I"$root/include" -o "$out/$name" "$root/tests/cpp/echo-$program.cpp" "$@" -lssl -lcrypto -pthread \
      >"$out/$name.log" 2>&1 || { built=1; tell 1 "build: $name" "$out/$name.log"; }
  done
done
if [ "$built" = 0 ]; then
  python3 "$root/tests/cpp/crossing.py" --every "$out" bisque beast >"$out/crossing.log" 2>&1
  tell $? "crossing: all $(grep -c '^ok' "$out/crossing.log") pairings" "$out/crossing.log"
fi

echo "1..$number"
[ "$failed" = 0 ]
