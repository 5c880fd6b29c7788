#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the Debian packages, installs them into a clean root, and builds and runs a C and a C++ project against what lies
# there, shared and static; then the installed program. usage: packages_test.sh BUILD SCRATCH
# exit 77 (skipped) where there is no dpkg
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "$1") scratch=$2
if ! command -v dpkg-deb >/dev/null || ! command -v dpkg-shlibdeps >/dev/null; then
  echo "SKIPPED: no dpkg here (dpkg-dev)"
  exit 77
fi
rm -rf "$scratch"
mkdir -p "$scratch/packages" "$scratch/root"
scratch=$(realpath "$scratch")
root=$scratch/root
fail() { echo "packages_test: $*" >&2; exit 1; }

(cd "$build" && cpack -G DEB -B "$scratch/packages" >"$scratch/cpack.log") || { cat "$scratch/cpack.log"; exit 1; }
for name in libseben0 libseben-dev seben; do
  ls "$scratch"/packages/"${name}"_*.deb >/dev/null || fail "expected a package $name, found $(ls "$scratch/packages")"
done
depends=$(dpkg-deb -f "$scratch"/packages/libseben0_*.deb Depends)
case "$depends" in *libutf8proc*) ;; *) fail "libseben0: expected dependencies with libutf8proc, found $depends" ;; esac
case "$depends" in
  *protobuf* | *expat* | *ssl* | *zlib* | *fmt*) fail "libseben0: expected neither protobuf, expat, OpenSSL, zlib nor fmt, found $depends" ;;
esac
[ "$(dpkg-deb -f "$scratch"/packages/libseben-dev_*.deb Depends)" = "libseben0 (= $(dpkg-deb -f "$scratch"/packages/libseben0_*.deb Version))" ] ||
  fail "libseben-dev: expected a dependency on libseben0 of its own version"

mkdir -p "$root"/var/lib/dpkg/{info,updates} "$root/var/log"
touch "$root/var/lib/dpkg/status"
# The libraries that Debian brings, a shell and ldconfig are not in this root; they are those of the machine.
dpkg --root="$root" --force-depends --force-not-root --force-script-chrootless --log="$scratch/dpkg.log" --install "$scratch"/packages/*.deb >"$scratch/install.log" 2>&1 ||
  { cat "$scratch/install.log"; exit 1; }
library=$(find "$root/usr/lib" -name 'libseben.so.0' -printf '%h\n')
[ -n "$library" ] || fail "expected libseben.so.0 below $root/usr/lib, found none"
# The .pc alone must do, as on a machine without the other libraries' development files.
export LD_LIBRARY_PATH=$library PKG_CONFIG_LIBDIR=$library/pkgconfig

bundle=bundles/demo-nko sample=bundles/demo-nko/samples/seen-1.wav
"$root/usr/bin/seben" transcribe --bundle "$bundle" "$sample" >"$scratch/program.txt" 2>/dev/null
[ -s "$scratch/program.txt" ] || fail "the installed program wrote nothing"
same() { cmp -s "$scratch/program.txt" "$1" || fail "$2: expected the program's text, found $(cat "$1")"; }

cp -r examples "$scratch/examples"
make -s -C "$scratch/examples/c" transcribe
"$scratch/examples/c/transcribe" "$bundle" "$sample" >"$scratch/c.txt"
same "$scratch/c.txt" "C, pkg-config"

env -u PKG_CONFIG_LIBDIR cmake -S "$scratch/examples/cpp" -B "$scratch/cpp" -DCMAKE_PREFIX_PATH="$root/usr" -DCMAKE_BUILD_TYPE=Release >"$scratch/cmake.log" ||
  { cat "$scratch/cmake.log"; exit 1; }
cmake --build "$scratch/cpp" >"$scratch/cpp.log" || { cat "$scratch/cpp.log"; exit 1; }
"$scratch/cpp/transcribe" "$bundle" "$sample" >"$scratch/cpp.txt" 2>/dev/null
same "$scratch/cpp.txt" "C++, find_package, shared"
[ -x "$scratch/cpp/transcribe_static" ] || fail "expected seben::seben_static, found only the shared library"
env -u LD_LIBRARY_PATH "$scratch/cpp/transcribe_static" "$bundle" "$sample" >"$scratch/static.txt" 2>/dev/null
same "$scratch/static.txt" "C++, find_package, static"
echo "packages: libseben0, libseben-dev and seben installed and used from C, C++ and the shell"
