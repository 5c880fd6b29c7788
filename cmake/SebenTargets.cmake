# The five storeys. Each is one static library seben_<storey> of all that lies below src/<storey>, compiled with the
# include roots of its own storey and of those that it may use, and of no other: what is not below it cannot be included.
# Which room may use which inside a storey is the table of docs/architecture.md, held by tests/docs/architecture_test.cc.

option(SEBEN_PCH "Precompiled headers: the standard library and nlohmann-json in every storey" ON)
set(SEBEN_COMMON_HEADERS <algorithm> <array> <cmath> <cstdint> <filesystem> <functional> <map> <memory> <optional> <span>
  <string> <string_view> <vector> <nlohmann/json.hpp>)

# Instruction sets: the bytes of a vector, and the flags beyond those of the least processor. A further set is two lines
# here, a value of base::Isa and a case in src/core/base/dispatch.h.
set(SEBEN_SIMD_SETS plain)
set(SEBEN_SIMD_BYTES_plain 16)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND SEBEN_SIMD_SETS avx2 avx512)
  set(SEBEN_SIMD_BYTES_avx2 32)
  set(SEBEN_SIMD_FLAGS_avx2 -mavx2 -mfma -mf16c -mbmi2)
  set(SEBEN_SIMD_BYTES_avx512 64)
  set(SEBEN_SIMD_FLAGS_avx512 -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni -mavx512bf16 -mfma -mf16c -mbmi2
      -mprefer-vector-width=512)
endif()

# Appends to the variable `list` a source for each *_impl.h below src/<storey> and each instruction set.
function(seben_add_simd storey list)
  set(root ${PROJECT_SOURCE_DIR}/src/${storey})
  file(GLOB_RECURSE impls CONFIGURE_DEPENDS RELATIVE ${root} ${root}/*_impl.h)
  foreach(impl IN LISTS impls)
    foreach(isa IN LISTS SEBEN_SIMD_SETS)
      string(REGEX REPLACE "_impl\\.h$" "_${isa}.cc" name ${impl})
      set(source ${PROJECT_BINARY_DIR}/simd/${storey}/${name})
      file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
           "#define SEBEN_SIMD_NAMESPACE @isa@\n#define SEBEN_SIMD_NAME \"@isa@\"\n#define SEBEN_SIMD_BYTES @SEBEN_SIMD_BYTES_${isa}@\n#include \"@impl@\"\n")
      list(APPEND ${list} ${source})
    endforeach()
  endforeach()
  set(${list} ${${list}} PARENT_SCOPE)
endfunction()

# What a source is compiled with beside its storey's flags: its instruction set, exact rounding by its room.
function(seben_source_flags)
  foreach(source IN LISTS ARGN)
    set(flags "")
    foreach(isa IN LISTS SEBEN_SIMD_SETS)
      if(source MATCHES "/simd/.*_${isa}\\.cc$")
        list(APPEND flags ${SEBEN_SIMD_FLAGS_${isa}})
        set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)  # no inline function from elsewhere
      endif()
    endforeach()
    # Stored codes and labels must not depend on a compiler's choice to fuse a product and a sum.
    if(source MATCHES "/core/(quant|codecs)/|/core/kernels/trajectory\\.cc$")
      list(APPEND flags -ffp-contract=off)
    endif()
    if(flags)
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${flags}" SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
endfunction()

# With SEBEN_UNITY the sources of one room are compiled together, at most 24 at once (tests eight): what they include is read and
# instantiated once, which halves the time of a whole build. A source with flags of its own stays alone. Names in unnamed
# namespaces are therefore used once a room. What each source includes itself is checked by every build without it.
option(SEBEN_UNITY "Compile the sources of a room together (quick whole builds; scripts/setup sets it)" OFF)
function(seben_unity target)
  if(NOT SEBEN_UNITY)
    return()
  endif()
  set(most 24)
  if(target MATCHES "^test_")
    set(most 8)
  endif()
  set(last "")
  foreach(source IN LISTS ARGN)
    get_filename_component(room ${source} DIRECTORY)
    if(NOT room STREQUAL last)
      set(last ${room})
      set(count 0)
    endif()
    math(EXPR part "${count} / ${most}")
    math(EXPR count "${count} + 1")
    string(REGEX REPLACE "^.*/(src|tests)/" "" name ${room})
    string(REPLACE "/" "_" name ${name})
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${name}_${part})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)  # what one source defines looks as if included
  endif()
endfunction()

# Headers that most sources of `target` read, read once. Other headers can be named behind. Of the storeys above core, those with
# fmt share what the lowest of them made.
function(seben_precompile target)
  if(SEBEN_PCH)
    if(target MATCHES "^seben_(apple|proof|cli)$")
      target_precompile_headers(${target} REUSE_FROM seben_lab)
    else()
      target_precompile_headers(${target} PRIVATE ${SEBEN_COMMON_HEADERS} ${ARGN})
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
      target_compile_options(${target} PRIVATE -fpch-preprocess)  # for ccache
    endif()
  endif()
endfunction()

# seben_storey(name [below…]): the library, its sources in SEBEN_<NAME>_SOURCES.
function(seben_storey name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(SEBEN_FETCH)
    list(FILTER sources EXCLUDE REGEX "/no_connection\\.cc$")
  else()
    list(FILTER sources EXCLUDE REGEX "/lab/fetch/connection\\.cc$")
  endif()
  if(SEBEN_PORTAUDIO)
    list(FILTER sources EXCLUDE REGEX "/no_microphone\\.cc$")
  else()
    list(FILTER sources EXCLUDE REGEX "/cli/microphone\\.cc$")
  endif()
  seben_source_flags(${sources})
  add_library(seben_${name} STATIC ${sources})
  target_include_directories(seben_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src/${name})
  target_link_libraries(seben_${name} PRIVATE seben_warnings)
  foreach(below IN LISTS ARGN)
    target_link_libraries(seben_${name} PUBLIC seben_${below})
  endforeach()
  seben_precompile(seben_${name})
  seben_unity(seben_${name} ${sources})
endfunction()

# seben_test(room storey…): tests/<room>/*.cc -> executable test_<room without its storey, with _>, linked with the storeys,
# run by ctest case by case.
function(seben_test room)
  string(REGEX REPLACE "^(core|lab|apple|proof|serve)/" "" name ${room})
  string(REPLACE "/" "_" name test_${name})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${room}/*.cc)
  add_executable(${name} ${sources})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE seben_warnings GTest::gmock GTest::gtest_main)
  foreach(storey IN LISTS ARGN)
    target_link_libraries(${name} PRIVATE seben_${storey})
  endforeach()
  target_compile_definitions(${name} PRIVATE
    SEBEN_SOURCE_DIR="${PROJECT_SOURCE_DIR}" SEBEN_SHARED_DIR="${SEBEN_SHARED_DIR}"
    SEBEN_PROGRAM="${PROJECT_BINARY_DIR}/bin/seben")
  if(SEBEN_PCH)
    if(NOT TARGET seben_test_headers)
      file(WRITE ${PROJECT_BINARY_DIR}/test_headers.cc "// The precompiled headers of the tests hang on this program.\nint main() { return 0; }\n")
      add_executable(seben_test_headers EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/test_headers.cc)
      target_link_libraries(seben_test_headers PRIVATE seben_warnings seben_core GTest::gmock)
      target_compile_definitions(seben_test_headers PRIVATE
        SEBEN_SOURCE_DIR="${PROJECT_SOURCE_DIR}" SEBEN_SHARED_DIR="${SEBEN_SHARED_DIR}"
        SEBEN_PROGRAM="${PROJECT_BINARY_DIR}/bin/seben")
      seben_precompile(seben_test_headers <gmock/gmock.h> <gtest/gtest.h>)
    endif()
    target_precompile_headers(${name} REUSE_FROM seben_test_headers)
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
      target_compile_options(${name} PRIVATE -fpch-preprocess)
    endif()
  endif()
  # Rooms whose tests use the same short names for other letters, files and cases are compiled file by file.
  if(NOT name MATCHES "^test_(cli|codecs|correct|decode_whisper|engine|evidence|fit|formats|import|kernels|proofs)$")
    seben_unity(${name} ${sources})
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 300)
endfunction()
