# Build-wide choices: tools that speed the build up where they exist, warnings, sanitizers, and the two
# functions the folders use: looptax_room() for a library of core, looptax_test() for an area of tests.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(LOOPTAX_CCACHE ccache)
if(LOOPTAX_CCACHE)
  # Without a base folder and with the working folder hashed, two checkouts share nothing. Depend mode: else each file is
  # preprocessed first, which costs a first build a third more. What precompiled headers need is in ccache's manual.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
      "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1
      CCACHE_SLOPPINESS=pch_defines,time_macros "${LOOPTAX_CCACHE}")
endif()
find_program(LOOPTAX_MOLD mold)
if(LOOPTAX_MOLD AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
  add_link_options(-fuse-ld=mold)
endif()
add_feature_info(ccache LOOPTAX_CCACHE "reuse earlier compilations")
add_feature_info(mold LOOPTAX_MOLD "fast linker")

if(LOOPTAX_SANITIZE)
  add_compile_options("-fsanitize=${LOOPTAX_SANITIZE}" -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options("-fsanitize=${LOOPTAX_SANITIZE}")
endif()

add_library(looptax_options INTERFACE)
target_compile_options(looptax_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                       -Woverloaded-virtual $<$<BOOL:${LOOPTAX_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees an overlap in std::string's own memcpy (GCC bug 105651) and would stop the build.
  target_compile_options(looptax_options INTERFACE -Wno-restrict)
endif()
target_compile_definitions(looptax_options INTERFACE QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII
                           QT_NO_KEYWORDS QT_NO_NARROWING_CONVERSIONS_IN_CONNECT)

if(LOOPTAX_SANITIZE STREQUAL "thread")
  # Every program links these options. The file says why it must be in each.
  target_sources(looptax_options INTERFACE
    "$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${CMAKE_SOURCE_DIR}/tests/support/clone_under_tsan.cpp>")
  target_link_libraries(looptax_options INTERFACE ${CMAKE_DL_LIBS})
endif()

# looptax_room(NAME SOURCES files... LINK libraries...): a static library of the folder's sources. A room that does not link Qt cannot find its headers: the link line is the rule.
function(looptax_room name)
  cmake_parse_arguments(arg "" "" "LINK;SOURCES" ${ARGN})
  add_library(looptax_${name} STATIC ${arg_SOURCES})
  target_include_directories(looptax_${name} PUBLIC "${CMAKE_SOURCE_DIR}/core")
  target_link_libraries(looptax_${name} PUBLIC ${arg_LINK} PRIVATE looptax_options)
endfunction()

# The headers that most tests begin with, read once for all areas: half of what a test costs to compile. GCC takes the result
# where options and the macros it saw are the same, so every area links the same parts of Qt, with or without Widgets.
function(looptax_test_headers kind)
  set(name looptax_test_headers${kind})
  file(WRITE "${CMAKE_BINARY_DIR}/${name}.cpp" "")
  add_library(${name} OBJECT "${CMAKE_BINARY_DIR}/${name}.cpp")
  looptax_test_options(${name} "${kind}")
  target_precompile_headers(${name} PRIVATE <QTest> <nlohmann/json.hpp> <algorithm> <functional> <map> <memory> <optional>
    <set> <string> <vector> ${ARGN})
endfunction()

# What all tests are compiled with. Their own code at -O1: a test's time is spent in the product.
function(looptax_test_options target kind)
  target_link_libraries(${target} PRIVATE Qt6::Test Qt6::Network nlohmann_json::nlohmann_json looptax_options)
  # Qt6::Test defines two folders that differ by area; tests have their paths from support/places.h.
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1> -UQT_TESTCASE_BUILDDIR -UQT_TESTCASE_SOURCEDIR)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # When it optimises, GCC 12 takes the strings of a braced temporary, as comparisons in tests have them, for
    # uninitialised when an earlier one throws. Product code keeps the warning.
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
  endif()
  if(kind STREQUAL "_gui")
    target_link_libraries(${target} PRIVATE Qt6::Widgets)
    target_compile_definitions(${target} PRIVATE LOOPTAX_TEST_GUI)
  endif()
endfunction()

# A test that hangs is ended. Under a sanitizer the longest take ten times as long, on two cores.
set(LOOPTAX_TEST_PATIENCE 1)
if(LOOPTAX_SANITIZE)
  set(LOOPTAX_TEST_PATIENCE 10)
endif()
function(looptax_test_timeout test seconds)
  math(EXPR timeout "${seconds} * ${LOOPTAX_TEST_PATIENCE}")
  set_tests_properties(${test} PROPERTIES TIMEOUT ${timeout})
endfunction()

# looptax_test(AREA SOURCES tst_a.cpp ... LINK libraries...): one binary an area, one ctest entry for each
# tst_*.cpp, whose class has the file's name. LABELS and ENVIRONMENT go to every entry.
function(looptax_test area)
  cmake_parse_arguments(arg "GUI" "TIMEOUT" "SOURCES;LINK;LABELS;ENVIRONMENT" ${ARGN})
  set(target test_${area})
  add_executable(${target} ${arg_SOURCES})
  set_target_properties(${target} PROPERTIES AUTOMOC ON)
  target_link_libraries(${target} PRIVATE ${arg_LINK} looptax_test_support)
  set(kind "")
  if(arg_GUI)
    set(kind "_gui")
  endif()
  looptax_test_options(${target} "${kind}")
  target_precompile_headers(${target} REUSE_FROM looptax_test_headers${kind})
  target_sources(${target} PRIVATE "${CMAKE_SOURCE_DIR}/tests/support/test_main.cpp")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  math(EXPR functionTimeout "100000 * ${LOOPTAX_TEST_PATIENCE}")
  foreach(source IN LISTS arg_SOURCES)
    get_filename_component(case "${source}" NAME_WE)
    if(case MATCHES "^tst_")
      string(REPLACE "tst_" "" short "${case}")
      add_test(NAME ${area}.${short} COMMAND ${target} --only ${case})
      looptax_test_timeout(${area}.${short} ${arg_TIMEOUT})
      set_tests_properties(${area}.${short} PROPERTIES LABELS "${area};${arg_LABELS}"
        ENVIRONMENT "QT_QPA_PLATFORM=offscreen;QTEST_FUNCTION_TIMEOUT=${functionTimeout};${arg_ENVIRONMENT}")
    endif()
  endforeach()
endfunction()
