# Instruction sets: the bytes of a vector, and the flags beyond those of the least processor. A further set is two lines
# here and a case in src/base/dispatch.h.
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

# A source for each *_impl.h of src/<folder> and each instruction set, their list into the variable `result`.
function(seben_simd_sources folder result)
  file(GLOB impls CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/src/${folder}/*_impl.h)
  set(sources "")
  foreach(impl IN LISTS impls)
    foreach(isa IN LISTS SEBEN_SIMD_SETS)
      string(REGEX REPLACE "_impl\\.h$" "_${isa}.cc" name ${impl})
      set(source ${PROJECT_BINARY_DIR}/simd/${name})
      file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
           "#define SEBEN_SIMD_NAMESPACE @isa@\n#define SEBEN_SIMD_NAME \"@isa@\"\n#define SEBEN_SIMD_BYTES @SEBEN_SIMD_BYTES_${isa}@\n#include \"@impl@\"\n")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${SEBEN_SIMD_FLAGS_${isa}}")
      list(APPEND sources ${source})
    endforeach()
  endforeach()
  set(${result} ${sources} PARENT_SCOPE)
endfunction()

# seben_library(folder "deps" [external targets…]): src/<folder>/*.cc -> static library seben_<folder>.
# A file named *_impl.h is compiled once for each instruction set; its callers dispatch at run time (base/dispatch.h).
# src/<folder>/main.cc is never part of a library.
function(seben_library folder deps)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(NOT sources)
    return()
  endif()
  seben_simd_sources(${folder} simd_sources)
  add_library(seben_${folder} STATIC ${sources} ${simd_sources})
  target_include_directories(seben_${folder} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(seben_${folder} PRIVATE seben_warnings)
  foreach(dep IN LISTS deps)
    if(TARGET seben_${dep})
      target_link_libraries(seben_${folder} PUBLIC seben_${dep})
    endif()
  endforeach()
  target_link_libraries(seben_${folder} PUBLIC ${ARGN})
endfunction()

# tests/<folder>/*_test.cc -> executable test_<folder>, run by ctest case by case.
function(seben_test folder)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${folder}/*.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${folder} ${sources})
  target_include_directories(test_${folder} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(test_${folder} PRIVATE seben_warnings GTest::gmock GTest::gtest_main)
  foreach(dep IN LISTS ARGN)
    if(TARGET seben_${dep})
      target_link_libraries(test_${folder} PRIVATE seben_${dep})
    endif()
  endforeach()
  target_compile_definitions(test_${folder} PRIVATE
    SEBEN_SOURCE_DIR="${PROJECT_SOURCE_DIR}" SEBEN_SHARED_DIR="${SEBEN_SHARED_DIR}"
    SEBEN_PROGRAM="${PROJECT_BINARY_DIR}/bin/seben")
  gtest_discover_tests(test_${folder} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 300)
endfunction()
