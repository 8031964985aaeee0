#!/bin/sh
# Installs below the build folder, and compiles the README's first program with the compile line that stands there.
# usage: install.sh BUILD-DIRECTORY
set -e
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
place=$build/check-install
rm -rf "$place"
meson install -C "$build" --no-rebuild --quiet --destdir "$place"
for file in libbisque-3.0.so.0 bisque-3.0.pc soup.h soup-types.h soup-session.h Soup-3.0.gir Soup-3.0.typelib; do
  [ -n "$(find "$place" -name $file)" ] || { echo "$file is not installed"; exit 1; }
done

mkdir "$place/try"
cd "$place/try"
package=$(find "$place" -name bisque-3.0.pc)
sed "s,^prefix=,prefix=$place," "$package" >bisque-3.0.pc
sed -n '/^```c$/,/^```$/p' "$root/README.md" | sed '/^```/d' >first.c
line=$(sed -n 's/^    \(cc first\.c .*\)/\1/p' "$root/README.md")
echo "$line"
export PKG_CONFIG_PATH="$place/try"
eval "$line -Wall -Werror"
LD_LIBRARY_PATH=$(dirname "$(find "$place" -name libbisque-3.0.so.0)") ldd first | grep "$place.*libbisque-3.0"

sed "s,^prefix=,prefix=$place," "$(find "$place" -name websocket-component.pc)" >websocket-component.pc
# shellcheck disable=SC2046 # a list of words
cc "$root/c-examples/component-client.c" -o component-client -Wall -Werror $(pkg-config --cflags --libs websocket-component)
echo "component-client.c compiles against the installed component"

# The C++ stream, by pkg-config and by CMake.
[ -n "$(find "$place" -name bisque-websocket-cppConfig.cmake)" ] || { echo "no CMake config file"; exit 1; }
if [ -e /usr/include/boost/beast/core.hpp ]; then
  sed "s,^prefix=,prefix=$place," "$(find "$place" -name bisque-websocket-cpp.pc)" >bisque-websocket-cpp.pc
  sed -n '/^```cpp$/,/^```$/p' "$root/docs/cpp.md" | sed '/^```/d' >first.cpp
  line=$(sed -n 's/^    \(c++ .*first\.cpp .*\)/\1/p' "$root/docs/cpp.md")
  echo "$line"
  eval "$line -Wall -Werror"
fi
if command -v cmake >/dev/null && [ -e first.cpp ]; then
  printf '%s\n' 'cmake_minimum_required(VERSION 3.16)' 'project(first CXX)' 'add_executable(first_cmake first.cpp)' >CMakeLists.txt
  sed -n '/^```cmake$/,/^```$/p' "$root/docs/cpp.md" | sed '/^```/d; s/(first /(first_cmake /' >>CMakeLists.txt
  config=$(find "$place" -name bisque-websocket-cppConfig.cmake)
  cmake -S . -B cmake-build "-Dbisque-websocket-cpp_DIR=$(dirname "$config")" >/dev/null
  cmake --build cmake-build >/dev/null
fi
