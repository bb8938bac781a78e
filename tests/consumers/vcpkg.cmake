# Runs packaging/vcpkg/portfile.cmake without vcpkg: what it calls of vcpkg's is played here.
#
#   cmake -DARCHIVE=FILE -DLINKAGE=dynamic|static -DOUT=DIR -P vcpkg.cmake
#
# `OUT` is then what vcpkg would install.
cmake_minimum_required(VERSION 3.19)

set(PORT "${CMAKE_CURRENT_LIST_DIR}/../../packaging/vcpkg")
file(READ "${PORT}/vcpkg.json" manifest)
string(JSON VERSION GET "${manifest}" version)
string(JSON port_name GET "${manifest}" name)
set(CURRENT_PACKAGES_DIR "${OUT}")
set(VCPKG_LIBRARY_LINKAGE "${LINKAGE}")
set(VCPKG_TARGET_ARCHITECTURE x64)
set(VCPKG_TARGET_IS_LINUX ON)

# As vcpkg's: the one directory in an archive is what it gives.
function(vcpkg_extract_source_archive out)
  cmake_parse_arguments(PARSE_ARGV 1 given "" "ARCHIVE" "")
  file(ARCHIVE_EXTRACT INPUT "${given_ARCHIVE}" DESTINATION "${OUT}-source")
  file(GLOB directory "${OUT}-source/*")
  set(${out} "${directory}" PARENT_SCOPE)
endfunction()

function(vcpkg_download_distfile out)
  cmake_parse_arguments(PARSE_ARGV 1 given "" "FILENAME;SHA512" "URLS")
  message(STATUS "asks for ${given_URLS}")
  set(${out} "${ARCHIVE}" PARENT_SCOPE)
endfunction()

function(vcpkg_replace_string file from to)
  file(READ "${file}" text)
  string(FIND "${text}" "${from}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "there is no ${from} in ${file}")
  endif()
  string(REPLACE "${from}" "${to}" text "${text}")
  file(WRITE "${file}" "${text}")
endfunction()

function(vcpkg_fixup_pkgconfig)
endfunction()

function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 given "" "" "FILE_LIST")
  foreach(file IN LISTS given_FILE_LIST)
    file(READ "${file}" text)
    file(APPEND "${OUT}/share/${port_name}/copyright" "${text}")
  endforeach()
endfunction()

include("${PORT}/portfile.cmake")
