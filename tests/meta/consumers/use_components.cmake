# SPDX-License-Identifier: Apache-2.0
# Links what gkd found installed: linking fails where a component names a target nobody can see.
add_executable(consumer ${CMAKE_CURRENT_LIST_DIR}/main.cpp)
target_link_libraries(consumer PRIVATE gkd::gkd)
foreach(component IN LISTS GKD_COMPONENTS)
  target_link_libraries(consumer PRIVATE gkd::${component})
endforeach()
get_target_property(options gkd::gkd INTERFACE_COMPILE_OPTIONS)
if(options)
  message(FATAL_ERROR "gkd::gkd gives its users the flags ${options}")
endif()
