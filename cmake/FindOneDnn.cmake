# oneDNN by header and library: Debian's package configuration asks for OpenCL headers that a CPU build does not need.
# Set SEBEN_ONEDNN_ROOT to use another copy (v2 and v3 are both supported).
find_path(ONEDNN_INCLUDE_DIR oneapi/dnnl/dnnl.hpp HINTS ${SEBEN_ONEDNN_ROOT}/include)
find_library(ONEDNN_LIBRARY dnnl HINTS ${SEBEN_ONEDNN_ROOT}/lib)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OneDnn REQUIRED_VARS ONEDNN_LIBRARY ONEDNN_INCLUDE_DIR)
if(OneDnn_FOUND AND NOT TARGET DNNL::dnnl)
  add_library(DNNL::dnnl UNKNOWN IMPORTED)
  set_target_properties(DNNL::dnnl PROPERTIES IMPORTED_LOCATION ${ONEDNN_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${ONEDNN_INCLUDE_DIR})
endif()
