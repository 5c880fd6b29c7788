# seben_embed(target folder function): every file below `folder` becomes a part of `target`, given back by
# seben::swift::<function>() of src/apple/swift/embedded.h. Editing one of them builds the target anew; hidden files stay out.
function(seben_embed target folder function)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*)
  list(FILTER files EXCLUDE REGEX "(^|/)\\.")  # what tools leave: .build, .swiftpm, .DS_Store
  list(SORT files)
  set(entries "")
  foreach(file IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/${file})
    file(READ ${folder}/${file} text)
    string(APPEND entries "    File{\"${file}\", R\"=embedded=(${text})=embedded=\"},\n")
  endforeach()
  list(LENGTH files count)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded_${function}.cc)
  set(content "// Written by cmake/EmbedFiles.cmake.
#include <array>
#include <span>

#include \"swift/embedded.h\"

namespace seben::swift {

std::span<const EmbeddedFile> ${function}() noexcept {
  using File = EmbeddedFile;
  static constexpr std::array<EmbeddedFile, ${count}> kFiles{
${entries}  };
  return kFiles;
}

}  // namespace seben::swift
")
  set(before "")
  if(EXISTS ${source})
    file(READ ${source} before)
  endif()
  if(NOT before STREQUAL content)
    file(WRITE ${source} "${content}")
  endif()
  target_sources(${target} PRIVATE ${source})
endfunction()
