# seben_embed_text(target file symbol): the text of `file` becomes a part of `target`, given back by
# std::string_view seben::<symbol>() noexcept, symbol such as proof::builtin_gates_text, which a header declares.
function(seben_embed_text target file symbol)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  string(REGEX MATCH "^([a-z]+)::([a-z_]+)$" match ${symbol})
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/embedded_${CMAKE_MATCH_1}_${CMAKE_MATCH_2}.cc @ONLY
       CONTENT "// Written by cmake/EmbedText.cmake.
#include <string_view>

namespace seben::${CMAKE_MATCH_1} {
std::string_view ${CMAKE_MATCH_2}() noexcept;
std::string_view ${CMAKE_MATCH_2}() noexcept { return R\"=embedded=(${text})=embedded=\"; }
}  // namespace seben::${CMAKE_MATCH_1}
")
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embedded_${CMAKE_MATCH_1}_${CMAKE_MATCH_2}.cc)
endfunction()
