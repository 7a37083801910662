if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "GCC ${CMAKE_CXX_COMPILER_VERSION} miscompiles C++20 coroutines (double frees where co_await stands inside a condition or "
    "an aggregate). Use clang++-19: cmake --preset dev")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(drydock_options INTERFACE)
target_include_directories(drydock_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(drydock_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough)
# clang 19 lays libstdc++ 12's own use of std::get_temporary_buffer (in std::stable_sort) to the caller's charge.
target_compile_options(drydock_options INTERFACE -Wno-deprecated-declarations)
target_compile_definitions(drydock_options INTERFACE DRYDOCK_VERSION="${PROJECT_VERSION}")

option(DRYDOCK_WERROR "Warnings are errors" OFF)
if(DRYDOCK_WERROR)
  target_compile_options(drydock_options INTERFACE -Werror)
endif()

option(DRYDOCK_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(DRYDOCK_SANITIZE)
  # -fno-sanitize=function: clang's check misfires on coroutine frames.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=function -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

option(DRYDOCK_FUZZ "Build the fuzz targets of tests/fuzz (clang's libFuzzer)" OFF)
if(DRYDOCK_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
# Only libraries that are used are loaded: drydock starts in milliseconds.
add_link_options(LINKER:--as-needed)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  find_program(LLD NAMES ld.lld-19)
  if(LLD)
    add_link_options(-fuse-ld=lld)
  endif()
endif()
