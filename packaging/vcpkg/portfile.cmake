# An overlay port: `vcpkg install pie-client --overlay-ports=packaging/vcpkg`. It takes the archive of a release, so that
# nobody needs Rust for it. (vcpkg's own registry wants ports that compile; a host's machine has no cargo there.)
#
# The numbers below are those of the release's SHA512SUMS. 0: not released yet, and vcpkg then refuses with the number that
# it found. Until then a triplet may name an archive of `make dist`: set(PIE_CLIENT_ARCHIVE "/where/it/is.tar.gz").
set(SHA512_x86_64-unknown-linux-gnu 0)
set(SHA512_aarch64-unknown-linux-gnu 0)
set(SHA512_x86_64-apple-darwin 0)
set(SHA512_aarch64-apple-darwin 0)
set(SHA512_x86_64-pc-windows-msvc 0)
set(SHA512_aarch64-pc-windows-msvc 0)
set(SHA512_x86_64-pc-windows-gnu 0)
set(SHA512_aarch64-pc-windows-gnullvm 0)

if(VCPKG_TARGET_ARCHITECTURE STREQUAL "arm64")
  set(processor aarch64)
else()
  set(processor x86_64)
endif()
if(VCPKG_TARGET_IS_OSX)
  set(target ${processor}-apple-darwin)
elseif(VCPKG_TARGET_IS_MINGW AND processor STREQUAL "aarch64")
  set(target aarch64-pc-windows-gnullvm)
elseif(VCPKG_TARGET_IS_MINGW)
  set(target x86_64-pc-windows-gnu)
elseif(VCPKG_TARGET_IS_WINDOWS)
  set(target ${processor}-pc-windows-msvc)
else()
  set(target ${processor}-unknown-linux-gnu)
endif()

if(NOT DEFINED PIE_CLIENT_ARCHIVE)
  if(VCPKG_TARGET_IS_WINDOWS)
    set(form zip)
  else()
    set(form tar.gz)
  endif()
  set(name pie_client-${VERSION}-${target}.${form})
  # Where the project publishes its releases.
  vcpkg_download_distfile(PIE_CLIENT_ARCHIVE
    URLS "https://github.com/pie-project/libpie_client/releases/download/v${VERSION}/${name}"
    FILENAME "${name}"
    SHA512 ${SHA512_${target}})
endif()
vcpkg_extract_source_archive(source ARCHIVE "${PIE_CLIENT_ARCHIVE}")

file(INSTALL "${source}/include" DESTINATION "${CURRENT_PACKAGES_DIR}")
file(INSTALL "${source}/lib/pkgconfig" DESTINATION "${CURRENT_PACKAGES_DIR}/lib")

# The release has both libraries, a triplet wants one. It is the same for debug: a program sees nothing of Rust's runtime.
file(GLOB shared "${source}/lib/*.so*" "${source}/lib/*.dylib" "${source}/lib/*.dll.lib" "${source}/lib/*.dll.a")
file(GLOB static "${source}/lib/*.a" "${source}/lib/*.lib")
file(GLOB programs "${source}/bin/*.dll")
list(FILTER static EXCLUDE REGEX "\\.dll\\.(a|lib)$")
if(VCPKG_LIBRARY_LINKAGE STREQUAL "static")
  set(libraries ${static})
  set(programs)
else()
  set(libraries ${shared})
endif()
set(places lib)
if(NOT VCPKG_BUILD_TYPE STREQUAL "release")
  list(APPEND places debug/lib)
  file(INSTALL "${source}/lib/pkgconfig" DESTINATION "${CURRENT_PACKAGES_DIR}/debug/lib")
endif()
foreach(place IN LISTS places)
  file(INSTALL ${libraries} DESTINATION "${CURRENT_PACKAGES_DIR}/${place}")
  if(programs)
    file(INSTALL ${programs} DESTINATION "${CURRENT_PACKAGES_DIR}/${place}/../bin")
  endif()
endforeach()

# vcpkg keeps these in share/, from where the libraries are elsewhere.
file(INSTALL "${source}/lib/cmake/pie_client/" DESTINATION "${CURRENT_PACKAGES_DIR}/share/pie_client")
foreach(from CMAKE_CURRENT_LIST_DIR _pie_client_here)
  vcpkg_replace_string("${CURRENT_PACKAGES_DIR}/share/pie_client/pie_clientConfig.cmake"
    "\${${from}}/../.." "\${${from}}/../../lib")
endforeach()

vcpkg_fixup_pkgconfig()
set(documents "${source}/share/doc/libpie_client")
vcpkg_install_copyright(FILE_LIST "${documents}/LICENSE-APACHE" "${documents}/LICENSE-MIT" "${documents}/NOTICES")
