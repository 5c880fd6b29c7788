# libseben as others use it: shared and static, headers, CMake and pkg-config files; installed by `cmake --install`.
if(EXISTS /etc/debian_version AND CMAKE_LIBRARY_ARCHITECTURE AND NOT DEFINED CMAKE_INSTALL_LIBDIR)
  set(CMAKE_INSTALL_LIBDIR lib/${CMAKE_LIBRARY_ARCHITECTURE} CACHE PATH "Where libraries go")  # also below /usr/local
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(seben_shared SHARED $<TARGET_OBJECTS:seben_core_objects>)
target_include_directories(seben_shared PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(seben_shared PRIVATE ${SEBEN_CORE_LIBRARIES} Threads::Threads)
set_target_properties(seben_shared PROPERTIES OUTPUT_NAME seben EXPORT_NAME seben VERSION ${PROJECT_VERSION} SOVERSION 0)
if(NOT APPLE AND NOT WIN32)
  set(map ${PROJECT_SOURCE_DIR}/cmake/libseben.map)
  target_link_options(seben_shared PRIVATE -Wl,--version-script=${map} -Wl,--no-undefined)
  if(SEBEN_SANITIZE)
    set_property(TARGET seben_shared PROPERTY LINK_OPTIONS -Wl,--version-script=${map})  # their runtime is the program's
  endif()
  set_target_properties(seben_shared PROPERTIES LINK_DEPENDS ${map})
endif()
set_target_properties(seben_core PROPERTIES OUTPUT_NAME seben)

# What a program that links the archive has to link as well, by name: these libraries' own CMake targets may not exist there.
set(SEBEN_STATIC_PACKAGES libutf8proc)
set(SEBEN_STATIC_LINKS stdc++ m pthread)
if(SEBEN_AUDIO STREQUAL ffmpeg)
  list(APPEND SEBEN_STATIC_PACKAGES libavformat libavcodec libavutil libswresample)
endif()
if(SEBEN_GEMM STREQUAL onednn)
  list(PREPEND SEBEN_STATIC_LINKS dnnl gomp)
elseif(SEBEN_GEMM STREQUAL cblas)
  list(PREPEND SEBEN_STATIC_LINKS ${BLAS_LIBRARIES})
endif()
# The .pc names all of them: with Requires.private, whoever links the shared library would need the others' .pc files.
set(pc_links ${SEBEN_STATIC_PACKAGES})
list(TRANSFORM pc_links REPLACE "^lib" "")
list(APPEND pc_links ${SEBEN_STATIC_LINKS})
list(TRANSFORM pc_links REPLACE "^([^/-].*)$" "-l\\1")
list(JOIN pc_links " " SEBEN_PC_LIBS_PRIVATE)
list(JOIN SEBEN_STATIC_PACKAGES " " SEBEN_PC_REQUIRES_PRIVATE)

file(RELATIVE_PATH SEBEN_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)  # relocatable, as the CMake files are
string(REGEX REPLACE "/$" "" SEBEN_PC_PREFIX ${SEBEN_PC_PREFIX})
configure_file(${PROJECT_SOURCE_DIR}/cmake/seben.pc.in ${PROJECT_BINARY_DIR}/seben.pc @ONLY)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/SebenConfig.cmake.in ${PROJECT_BINARY_DIR}/SebenConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Seben PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/SebenConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS seben_shared EXPORT SebenTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development)
install(TARGETS seben_core ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/seben DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT SebenTargets NAMESPACE seben:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Seben COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/SebenConfig.cmake ${PROJECT_BINARY_DIR}/SebenConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Seben COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/seben.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
