# SPDX-License-Identifier: Apache-2.0
# Which opt-in components a source needs, read from its #include lines and theirs.
#
#   gkd_needs(tests/io/json.cpp needs)         needs = io
#   gkd_missing("${needs}" missing)            missing = those that are not installed
#   gkd_only_umbrella(tests/io/json.cpp yes)   yes = every gkd header it includes is in gkd.hpp

# External header, as a pattern, and the component that brings it.
set(gkd_external
  "^(Eigen|unsupported/Eigen)/=eigen" "^(xtensor|xtensor-blas|xsimd|xtl)/=xtensor"
  "^nlohmann/=io" "^fmt/=report" "^(pcre2|utf8proc)\\.h=text" "^mpi\\.h=mpi" "^nccl\\.h=nccl"
  "^(cuda|cublas|cuda_).*\\.h=cuda" "^torch/=torch" "^llama\\.h=llama_cpp")

# What `file` includes, itself or through our files: `own` as paths, `foreign` by name.
function(gkd_includes file own foreign)
  set(todo ${file})
  set(seen)
  set(external)
  while(todo)
    list(POP_FRONT todo next)
    if(next IN_LIST seen)
      continue()
    endif()
    list(APPEND seen ${next})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${next})
    file(STRINGS ${next} lines REGEX "^ *# *include *[<\"]")
    get_filename_component(here ${next} DIRECTORY)
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^ *# *include *[<\"]([^>\"]*)[>\"].*" "\\1" name "${line}")
      set(found FALSE)
      foreach(base ${here} ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/tests
          ${PROJECT_SOURCE_DIR}/examples)
        if(EXISTS ${base}/${name} AND NOT IS_DIRECTORY ${base}/${name})
          get_filename_component(path ${base}/${name} ABSOLUTE)
          list(APPEND todo ${path})
          set(found TRUE)
          break()
        endif()
      endforeach()
      if(NOT found)
        list(APPEND external ${name})
      endif()
    endforeach()
  endwhile()
  list(REMOVE_DUPLICATES external)
  set(${own} ${seen} PARENT_SCOPE)
  set(${foreign} ${external} PARENT_SCOPE)
endfunction()

function(gkd_needs file out)
  gkd_includes(${file} unused names)
  set(needs)
  foreach(pair IN LISTS gkd_external)
    string(REGEX MATCH "^(.*)=(.*)$" unused "${pair}")
    set(pattern "${CMAKE_MATCH_1}")
    set(component "${CMAKE_MATCH_2}")
    foreach(name IN LISTS names)
      if(name MATCHES "${pattern}")
        list(APPEND needs ${component})
        break()
      endif()
    endforeach()
  endforeach()
  set(${out} ${needs} PARENT_SCOPE)
endfunction()

function(gkd_missing needs out)
  set(missing)
  foreach(component IN LISTS needs)
    if(NOT TARGET gkd::${component})
      list(APPEND missing ${component})
    endif()
  endforeach()
  set(${out} ${missing} PARENT_SCOPE)
endfunction()

function(gkd_only_umbrella file out)
  gkd_includes(${file} own unused)
  set(answer TRUE)
  foreach(path IN LISTS own)
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR}/include ${path})
    if(name MATCHES "^gkd/" AND NOT "#include <${name}>" IN_LIST gkd_umbrella
        AND NOT name STREQUAL "gkd/gkd.hpp")
      set(answer FALSE)
    endif()
  endforeach()
  set(${out} ${answer} PARENT_SCOPE)
endfunction()
