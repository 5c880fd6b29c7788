# SPDX-License-Identifier: Apache-2.0
"""Conan 2 recipe of the library, built from this tree: conan create packaging/conan. Not tried; see packaging/README.md."""
from pathlib import Path

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy


class SebenConan(ConanFile):
    name = "seben"
    version = "0.1.0"
    license = "Apache-2.0"
    description = "On-device speech to N'Ko text"
    settings = "os", "arch", "compiler", "build_type"
    options = {"audio": ["ffmpeg", "none"], "gemm": ["onednn", "cblas", "plain"]}
    default_options = {"audio": "ffmpeg", "gemm": "plain"}

    def export_sources(self):
        root = Path(self.recipe_folder).parents[1]
        for pattern in ("CMakeLists.txt", "cmake/*", "include/*", "src/*", "LICENSE"):
            copy(self, pattern, src=root, dst=self.export_sources_folder)

    def requirements(self):
        self.requires("fmt/10.2.1")
        self.requires("nlohmann_json/3.11.3")
        self.requires("utf8proc/2.9.0")
        if self.options.audio == "ffmpeg":
            self.requires("ffmpeg/6.1")
        if self.options.gemm == "onednn":
            self.requires("onednn/3.4.1")
        if self.options.gemm == "cblas":
            self.requires("openblas/0.3.26")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["SEBEN_PROGRAM"] = False
        toolchain.cache_variables["SEBEN_TESTS"] = False
        toolchain.cache_variables["SEBEN_AUDIO"] = str(self.options.audio)
        toolchain.cache_variables["SEBEN_GEMM"] = str(self.options.gemm)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()

    def package_info(self):
        self.cpp_info.libs = ["seben"]
        self.cpp_info.set_property("cmake_file_name", "Seben")
        self.cpp_info.set_property("cmake_target_name", "seben::seben")
        self.cpp_info.set_property("pkg_config_name", "seben")
