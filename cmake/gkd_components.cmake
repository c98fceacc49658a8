# SPDX-License-Identifier: Apache-2.0
# The opt-in targets. One text serves the build tree and the installed package: gkdConfig.cmake
# includes this file too, so what a component needs is written here and nowhere else.
#
#   gkd_find_component(eigen)   makes gkd::eigen if Eigen is installed; else sets gkd_eigen_missing

set(gkd_components eigen xtensor io text report)

# Packages that make a component; every one must be found.
set(gkd_eigen_packages Eigen3 Threads)
set(gkd_xtensor_packages xtl xtensor xsimd Threads)
set(gkd_io_packages nlohmann_json)
set(gkd_text_packages nlohmann_json PkgConfig)
set(gkd_report_packages fmt)

# Those of them that pkg-config knows and CMake does not: PkgConfig::<name>.
set(gkd_text_modules libpcre2-8 libutf8proc)

# The targets of those packages. Never xtensor::optimize: it would add -march=native to the user.
set(gkd_eigen_libraries Eigen3::Eigen Threads::Threads)
set(gkd_xtensor_libraries xtensor xsimd Threads::Threads)
set(gkd_io_libraries nlohmann_json::nlohmann_json)
set(gkd_text_libraries nlohmann_json::nlohmann_json PkgConfig::libpcre2-8 PkgConfig::libutf8proc)
set(gkd_report_libraries fmt::fmt)

# XTENSOR_USE_XSIMD changes types, so it belongs to the target and never to a header.
set(gkd_xtensor_definitions XTENSOR_USE_XSIMD)
# nvcc does not evaluate {fmt}'s consteval constructors; this is {fmt}'s own switch for such compilers.
set(gkd_report_definitions "$<$<COMPILE_LANGUAGE:CUDA>:FMT_CONSTEVAL=>")

macro(gkd_find_component component)
  unset(gkd_${component}_missing)
  if(NOT TARGET gkd::${component})
    foreach(gkd_package IN LISTS gkd_${component}_packages)
      find_package(${gkd_package} QUIET)
      if(NOT ${gkd_package}_FOUND)
        list(APPEND gkd_${component}_missing ${gkd_package})
      endif()
    endforeach()
    if(PkgConfig_FOUND)
      foreach(gkd_package IN LISTS gkd_${component}_modules)
        pkg_check_modules(${gkd_package} QUIET IMPORTED_TARGET GLOBAL ${gkd_package})
        if(NOT TARGET PkgConfig::${gkd_package})
          list(APPEND gkd_${component}_missing ${gkd_package})
        endif()
      endforeach()
    endif()
    unset(gkd_package)
    if(NOT gkd_${component}_missing)
      add_library(gkd::${component} INTERFACE IMPORTED GLOBAL)
      set_target_properties(gkd::${component} PROPERTIES
        INTERFACE_LINK_LIBRARIES "gkd::gkd;${gkd_${component}_libraries}"
        INTERFACE_COMPILE_DEFINITIONS "${gkd_${component}_definitions}")
    endif()
  endif()
endmacro()
