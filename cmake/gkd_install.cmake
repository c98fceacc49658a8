# SPDX-License-Identifier: Apache-2.0
# Installs headers, the CMake package and the pkg-config file; all may be moved to another prefix.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_DATADIR}/cmake/gkd)
set(pc_dir ${CMAKE_INSTALL_DATADIR}/pkgconfig)

install(TARGETS gkd EXPORT gkdTargets
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILE_SET opt_in DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT gkdTargets NAMESPACE gkd:: DESTINATION ${config_dir})

configure_package_config_file(cmake/gkdConfig.cmake.in gkdConfig.cmake
  INSTALL_DESTINATION ${config_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(gkdConfigVersion.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES cmake/gkd_components.cmake ${CMAKE_CURRENT_BINARY_DIR}/gkdConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/gkdConfigVersion.cmake DESTINATION ${config_dir})

file(RELATIVE_PATH pc_to_prefix /prefix/${pc_dir} /prefix)
string(REGEX REPLACE "/$" "" pc_to_prefix ${pc_to_prefix})
configure_file(cmake/gkd.pc.in gkd.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/gkd.pc DESTINATION ${pc_dir})
