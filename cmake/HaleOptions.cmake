# How everything is compiled. Linked PRIVATE by hale's own targets, never set globally.
set(CMAKE_CXX_EXTENSIONS OFF)

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)

# g++ 12 has std::expected in its C++23 mode only.
add_library(hale_options INTERFACE)
target_compile_features(hale_options INTERFACE cxx_std_23)
target_include_directories(hale_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(hale_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -fno-omit-frame-pointer
  # Paths in messages and debug information begin at the root, so that they are the same everywhere.
  "-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/="
  "-fdebug-prefix-map=${CMAKE_SOURCE_DIR}=."
  # g++ 12, optimising, sees an overlap in "text" + std::string() that is not there (GCC bug 105651).
  $<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  $<$<BOOL:${HALE_WERROR}>:-Werror>)
target_compile_definitions(hale_options INTERFACE
  ASIO_STANDALONE
  ASIO_NO_DEPRECATED
  # Asio is compiled once (monitor/runtime/asio.cc) instead of in every file.
  ASIO_SEPARATE_COMPILATION
  # Asio looks for aligned_alloc with a macro that only a standard header included earlier defines,
  # so two files could disagree about who frees what; operator new serves both.
  ASIO_DISABLE_STD_ALIGNED_ALLOC
  # Asio 1.22 does not detect clang's coroutines by itself.
  $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_CO_AWAIT=1>
  $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_STD_COROUTINE=1>)
target_link_libraries(hale_options INTERFACE Threads::Threads)

if(HALE_SANITIZE)
  # Not optimised, and with line numbers only: with -O1 -g the coroutines take three times as long
  # to compile, and the tests spend far less time running than that.
  target_compile_options(hale_options INTERFACE
    -fsanitize=${HALE_SANITIZE} -fno-sanitize-recover=all -g1)
  # Asio's fences, which g++'s thread sanitizer does not see; hale relies on none of them.
  target_compile_options(hale_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  target_compile_definitions(hale_options INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(hale_options INTERFACE -fsanitize=${HALE_SANITIZE})
endif()
if(HALE_FUZZ)
  target_compile_options(hale_options INTERFACE -fsanitize=fuzzer-no-link -O1)
endif()
if(HALE_COVERAGE)
  target_compile_options(hale_options INTERFACE --coverage)
  target_link_options(hale_options INTERFACE --coverage)
endif()

# The settings let a second clone share what the first has compiled, precompiled headers too.
find_program(HALE_CCACHE ccache)
if(HALE_CCACHE)
  target_compile_options(hale_options INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
    "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
    "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros "${HALE_CCACHE}")
endif()
