# SPDX-License-Identifier: Apache-2.0
# Every Catch2 test case as a test of ctest, under the name folder/test case. Catch2's own
# catch_discover_tests splits names at ; and at an unbalanced [, so that "in [0, 1)" swallows its
# neighbours.
#
#   gkd_discover_tests(test_core core)     after each build of test_core, lists and adds its cases
#
# The same file, run as a script, is what lists them.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(gkd_discover_script ${CMAKE_CURRENT_LIST_FILE})

  function(gkd_discover_tests program prefix)
    set(tests_file ${CMAKE_CURRENT_BINARY_DIR}/${program}_tests.cmake)
    add_custom_command(TARGET ${program} POST_BUILD VERBATIM BYPRODUCTS ${tests_file}
      COMMAND ${CMAKE_COMMAND} -Dprogram=$<TARGET_FILE:${program}> -Dprefix=${prefix}
        -Dversion=${Catch2_VERSION} -Dtests_file=${tests_file} -P ${gkd_discover_script})
    file(CONFIGURE OUTPUT ${program}_include.cmake @ONLY CONTENT
      "if(EXISTS [==[@tests_file@]==])\n  include([==[@tests_file@]==])\nelse()\n  add_test(@program@_NOT_BUILT @program@_NOT_BUILT)\nendif()\n")
    set_property(DIRECTORY APPEND PROPERTY
      TEST_INCLUDE_FILES ${CMAKE_CURRENT_BINARY_DIR}/${program}_include.cmake)
  endfunction()
  return()
endif()
cmake_minimum_required(VERSION 3.24...4.0)

# v2 ends with the number of tests as its status, and calls it a success when a name matches none.
if(version VERSION_LESS 3)
  set(list --list-test-names-only)
  set(strict "--warn NoTests")
else()
  set(list --list-tests --verbosity quiet)
  set(strict)
endif()
file(REMOVE ${tests_file})
execute_process(COMMAND ${program} ${list} OUTPUT_VARIABLE names ERROR_VARIABLE complaint
  RESULT_VARIABLE status)
if(NOT status MATCHES "^[0-9]+$" OR names STREQUAL "")
  message(FATAL_ERROR "${program} cannot list its tests (${status}):\n${names}${complaint}")
endif()

# What CMake's lists would take apart travels as a word.
string(REPLACE ";" "<gkd:semicolon>" names "${names}")
string(REPLACE "[" "<gkd:open>" names "${names}")
string(REPLACE "]" "<gkd:close>" names "${names}")
string(REPLACE "\\" "<gkd:backslash>" names "${names}")
string(REPLACE "\n" ";" names "${names}")

set(text)
foreach(name IN LISTS names)
  if(name STREQUAL "")
    continue()
  endif()
  # What Catch2 would read as a pattern is escaped in the argument, not in the name.
  set(pattern "${name}")
  string(REPLACE "," "\\," pattern "${pattern}")
  string(REPLACE "\"" "\\\"" pattern "${pattern}")
  string(REPLACE "~" "\\~" pattern "${pattern}")
  string(REPLACE "<gkd:backslash>" "\\\\" pattern "${pattern}")
  string(REPLACE "<gkd:open>" "\\[" pattern "${pattern}")
  string(REPLACE "<gkd:close>" "\\]" pattern "${pattern}")
  string(REPLACE "<gkd:backslash>" "\\" name "${name}")
  string(REPLACE "<gkd:open>" "[" name "${name}")
  string(REPLACE "<gkd:close>" "]" name "${name}")
  string(APPEND text
    "add_test([==[${prefix}/${name}]==] [==[${program}]==] [==[${pattern}]==] ${strict})\n"
    "set_tests_properties([==[${prefix}/${name}]==] PROPERTIES TIMEOUT 600\n"
    "  SKIP_REGULAR_EXPRESSION [==[gkd test skipped: ]==])\n")
endforeach()
string(REPLACE "<gkd:semicolon>" ";" text "${text}")
file(WRITE ${tests_file} "${text}")
