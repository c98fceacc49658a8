# SPDX-License-Identifier: Apache-2.0
# Runs one consumer; any step that fails ends the test.
cmake_minimum_required(VERSION 3.24...4.0)

function(must)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT status EQUAL 0)
    string(REPLACE ";" " " shown "${ARGN}")
    message(FATAL_ERROR "${shown}\nended with ${status}:\n${out}")
  endif()
  set(printed "${out}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${binary})
file(MAKE_DIRECTORY ${binary})

if(name STREQUAL "install")
  # Moved after installing: nothing in the package may remember where it was put first.
  file(REMOVE_RECURSE ${prefix} ${prefix}-first)
  must(${CMAKE_COMMAND} --install ${build} --prefix ${prefix}-first)
  file(RENAME ${prefix}-first ${prefix})
  return()
endif()

if(name STREQUAL "pkg_config")
  find_program(pkg_config NAMES pkg-config pkgconf)
  if(NOT pkg_config)
    message("gkd test skipped: no pkg-config here")
    return()
  endif()
  set(ENV{PKG_CONFIG_PATH} ${prefix}/share/pkgconfig)
  must(${pkg_config} --modversion gkd)
  string(STRIP "${printed}" printed)
  if(NOT printed STREQUAL version)
    message(FATAL_ERROR "gkd.pc says ${printed}, want ${version}")
  endif()
  must(${pkg_config} --cflags gkd)
  separate_arguments(flags UNIX_COMMAND "${printed}")
  must(${compiler} -std=c++20 ${flags} ${CMAKE_CURRENT_LIST_DIR}/main.cpp -o ${binary}/consumer)
elseif(name STREQUAL "single")
  # One file copied into a project that has nothing else.
  file(COPY ${gkd}/single_include/gkd/gkd.hpp DESTINATION ${binary}/gkd)
  must(${compiler} -std=c++20 -I${binary} ${CMAKE_CURRENT_LIST_DIR}/main.cpp -o ${binary}/consumer)
else()
  must(${CMAKE_COMMAND} -G ${generator} -S ${source} -B ${binary} -DCMAKE_CXX_COMPILER=${compiler}
    -DCMAKE_PREFIX_PATH=${prefix} -DGKD_AT=${gkd} -DGKD_WANTED=${version} "-DGKD_COMPONENTS=${components}")
  must(${CMAKE_COMMAND} --build ${binary})
endif()

must(${binary}/consumer)
if(NOT printed STREQUAL "gkd ${version}\n")
  message(FATAL_ERROR "the consumer printed ${printed}, want gkd ${version}")
endif()
