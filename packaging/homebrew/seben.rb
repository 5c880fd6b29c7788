# SPDX-License-Identifier: Apache-2.0
# Not tried on macOS; see packaging/README.md.
class Seben < Formula
  desc "On-device speech to N'Ko text"
  homepage "https://example.org/seben"
  url "https://example.org/seben/v0.1.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "Apache-2.0"

  depends_on "cli11" => :build
  depends_on "cmake" => :build
  depends_on "ninja" => :build
  depends_on "nlohmann-json" => :build
  depends_on "pkgconf" => :build
  depends_on "ffmpeg"
  depends_on "fmt"
  depends_on "libomp"
  depends_on "onednn"
  depends_on "protobuf"
  depends_on "utf8proc"

  uses_from_macos "curl"
  uses_from_macos "expat"

  def install
    system "cmake", "-S", ".", "-B", "build", "-G", "Ninja", "-DSEBEN_TESTS=OFF", *std_cmake_args
    system "cmake", "--build", "build"
    system "cmake", "--install", "build"
    pkgshare.install "bundles/demo-nko"
  end

  test do
    text = shell_output("#{bin}/seben transcribe --bundle #{pkgshare}/demo-nko #{pkgshare}/demo-nko/samples/seen-1.wav")
    refute_empty text.strip
  end
end
