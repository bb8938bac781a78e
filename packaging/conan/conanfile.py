"""The recipe for Conan 2. It builds with cargo: `conan create packaging/conan` at the top of the repository.

`-c user.pie_client:built=DIR` takes the libraries from there instead of building them, for who has run `make`.
"""
import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import chdir, copy, load, rm, rmdir


class PieClient(ConanFile):
    name = "pie_client"
    description = "C client library for Pie, the programmable LLM serving engine"
    license = "Apache-2.0 OR MIT"
    homepage = "https://pie-project.org"
    topics = ("llm", "inference", "webassembly", "client")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": False}

    @property
    def _root(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        manifest = load(self, os.path.join(self._root, "Cargo.toml"))
        self.version = re.search(r'^version = "(.*)"$', manifest, re.M).group(1)

    def validate(self):
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("this recipe was tried on Linux alone")

    def export_sources(self):
        for pattern in ("Cargo.*", "Makefile", "build.rs", "LICENSE-*", "*.md"):
            copy(self, pattern, self._root, self.export_sources_folder, excludes="*/*")
        for folder in ("src", "include", "packaging", "examples-c", "tests/engine", "benches"):
            copy(self, folder + "/*", self._root, self.export_sources_folder)

    @property
    def _built(self):
        return self.conf.get("user.pie_client:built") or os.path.join(self.build_folder, "target", "release")

    def build(self):
        if not self.conf.get("user.pie_client:built"):
            self.run('make library CARGO_TARGET_DIR="%s"' % os.path.join(self.build_folder, "target"))

    # Its interface is C's: neither the compiler nor the kind of build matters.
    def package_id(self):
        del self.info.settings.compiler
        del self.info.settings.build_type

    def package(self):
        with chdir(self, self.source_folder):
            self.run('make -s install CLI=no PREFIX=/ DESTDIR="%s" RELEASE="%s"' % (self.package_folder, self._built))
        copy(self, "LICENSE-*", self.source_folder, os.path.join(self.package_folder, "licenses"))
        # Conan writes its own files for CMake and pkg-config, and deletes a package as a whole.
        for folder in ("lib/cmake", "lib/pkgconfig", "share"):
            rmdir(self, os.path.join(self.package_folder, folder))
        rm(self, "*.a" if self.options.shared else "*.so*", os.path.join(self.package_folder, "lib"))

    def package_info(self):
        self.cpp_info.libs = ["pie_client"]
        self.cpp_info.set_property("cmake_file_name", "pie_client")
        self.cpp_info.set_property("cmake_target_name", "pie_client::pie_client")
        self.cpp_info.set_property("cmake_target_aliases",
                                   ["pie_client::shared" if self.options.shared else "pie_client::static"])
        self.cpp_info.set_property("pkg_config_name", "pie_client")
        if not self.options.shared:
            self.cpp_info.system_libs = ["gcc_s", "util", "rt", "pthread", "m", "dl", "c"]
