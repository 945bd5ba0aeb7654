# hale_library(NAME DEPENDS ...): the folder's sources as one static library, hale_NAME, with the
# alias hale::NAME. Sources are collected by suffix, so that none can be forgotten.
function(hale_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;EXCLUDE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  foreach(excluded ${ARG_EXCLUDE})
    list(REMOVE_ITEM sources "${CMAKE_CURRENT_SOURCE_DIR}/${excluded}")
  endforeach()
  add_library(hale_${name} STATIC ${sources})
  add_library(hale::${name} ALIAS hale_${name})
  target_link_libraries(hale_${name} PUBLIC hale_options ${ARG_DEPENDS})
endfunction()
