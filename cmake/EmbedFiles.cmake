# seben_list_embedded(out folder): the files below `folder` but hidden ones, sorted; editing one configures anew.
function(seben_list_embedded out folder)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*)
  list(FILTER files EXCLUDE REGEX "(^|/)\\.")  # what tools leave: .build, .swiftpm, .DS_Store
  list(SORT files)
  foreach(file IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/${file})
  endforeach()
  set(${out} ${files} PARENT_SCOPE)
endfunction()

# seben_add_written(target source content): a source of `target`, written only where it changes.
function(seben_add_written target source content)
  set(before "")
  if(EXISTS ${source})
    file(READ ${source} before)
  endif()
  if(NOT before STREQUAL content)
    file(WRITE ${source} "${content}")
  endif()
  target_sources(${target} PRIVATE ${source})
endfunction()

# seben_embed(target folder function): every file below `folder` becomes a part of `target`, given back by
# seben::swift::<function>() of src/apple/swift/embedded.h. Editing one of them builds the target anew; hidden files stay out.
function(seben_embed target folder function)
  seben_list_embedded(files ${folder})
  set(entries "")
  foreach(file IN LISTS files)
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
  seben_add_written(${target} ${source} "${content}")
endfunction()

# seben_embed_bytes(target folder function): the same for files of any bytes, as what page/page_files.h declares.
function(seben_embed_bytes target folder function)
  seben_list_embedded(files ${folder})
  set(arrays "")
  set(entries "")
  set(number 0)
  foreach(file IN LISTS files)
    file(READ ${folder}/${file} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" text "${hex}")
    string(REGEX REPLACE "(................................................................................)" "\\1\"\n    \"" text "${text}")
    string(LENGTH "${hex}" digits)
    math(EXPR size "${digits} / 2")
    string(APPEND arrays "constexpr char kFile${number}[] =\n    \"${text}\";\n")
    string(APPEND entries "    PageFile{\"${file}\", {kFile${number}, ${size}}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded_${function}.cc)
  set(content "// Written by cmake/EmbedFiles.cmake.
#include <array>

#include \"page/page_files.h\"

namespace seben::serve {
namespace {

${arrays}
}  // namespace

std::span<const PageFile> ${function}() noexcept {
  static constexpr std::array<PageFile, ${number}> kFiles{
${entries}  };
  return kFiles;
}

}  // namespace seben::serve
")
  seben_add_written(${target} ${source} "${content}")
endfunction()
