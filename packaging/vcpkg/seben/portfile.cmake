# SPDX-License-Identifier: Apache-2.0
# Not tried with vcpkg; see packaging/README.md. The library only: the program has dependencies of its own.
vcpkg_download_distfile(
  archive
  URLS "https://example.org/seben/v${VERSION}.tar.gz"
  FILENAME "seben-${VERSION}.tar.gz"
  SHA512 0)
vcpkg_extract_source_archive(source ARCHIVE "${archive}")

set(audio none)
if("ffmpeg" IN_LIST FEATURES)
  set(audio ffmpeg)
endif()
set(gemm plain)
if("onednn" IN_LIST FEATURES)
  set(gemm onednn)
endif()

vcpkg_cmake_configure(
  SOURCE_PATH "${source}"
  OPTIONS -DSEBEN_PROGRAM=OFF -DSEBEN_TESTS=OFF -DSEBEN_AUDIO=${audio} -DSEBEN_GEMM=${gemm})
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME Seben CONFIG_PATH lib/cmake/Seben)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include")
vcpkg_install_copyright(FILE_LIST "${source}/LICENSE")
