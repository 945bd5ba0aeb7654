# hale_library(NAME [PRECOMPILED_AS TARGET] DEPENDS ...): the folder's sources as one static library,
# hale_NAME, with the alias hale::NAME. Sources are collected by suffix, so that none can be
# forgotten. With PRECOMPILED_AS it uses TARGET's precompiled headers, which takes the same flags
# (what links Poco has its own).
function(hale_library name)
  cmake_parse_arguments(ARG "" "PRECOMPILED_AS" "DEPENDS;EXCLUDE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  foreach(excluded ${ARG_EXCLUDE})
    list(REMOVE_ITEM sources "${CMAKE_CURRENT_SOURCE_DIR}/${excluded}")
  endforeach()
  add_library(hale_${name} STATIC ${sources})
  add_library(hale::${name} ALIAS hale_${name})
  target_link_libraries(hale_${name} PUBLIC hale_options ${ARG_DEPENDS})
  if(ARG_PRECOMPILED_AS)
    target_precompile_headers(hale_${name} REUSE_FROM ${ARG_PRECOMPILED_AS})
  else()
    hale_precompile(hale_${name})
  endif()
endfunction()

# hale_precompile(TARGET [HEADER]...): what most of its sources include of the standard library and
# of Asio, and the HEADERs, is parsed once. Nothing of hale's own: that would be parsed anew after
# each change. A source includes what it uses all the same; clang-tidy reads it without this.
#
# Not where it optimises: g++ 12 then warns of errors in the library that it does not see otherwise.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
endif()
function(hale_precompile target)
  target_precompile_headers(${target} PRIVATE
    <algorithm> <array> <chrono> <cstdint> <expected> <filesystem> <functional> <limits> <map> <memory>
    <optional> <string> <string_view> <unordered_map> <utility> <variant> <vector>
    <asio/io_context.hpp> <asio/ip/tcp.hpp> <asio/use_awaitable.hpp> ${ARGN})
endfunction()
