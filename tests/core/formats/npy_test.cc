// SPDX-License-Identifier: Apache-2.0
#include "formats/npy.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::tensor {
namespace {

using test::is_bad_data;

std::string npy(const std::string& header, std::size_t data_bytes, char major = 1) {
  std::string text = "\x93NUMPY";
  text += {major, '\0', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  if (major > 1) text += std::string(2, '\0');
  return text + header + std::string(data_bytes, '\0');
}

Shape parse(const std::string& bytes) {
  return NpyFile::view(std::as_bytes(std::span(bytes.data(), bytes.size())), "x.npy").array().shape;
}

TEST(Npy, ReadsTheFormsThatNumPyWrites) {
  EXPECT_EQ(parse(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }      \n", 24)), (Shape{2, 3}));
  EXPECT_EQ(parse(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\n", 24, 2)), (Shape{3}));
  EXPECT_EQ(parse(npy("{'descr': '<f2', 'fortran_order': False, 'shape': (), }\n", 2, 3)), (Shape{}));
  EXPECT_EQ(parse(npy("{\"shape\":(0,7),\"fortran_order\":False,\"descr\":\"<f2\"}", 0)), (Shape{0, 7}));
}

TEST(Npy, WritesWhatItReads) {
  const test::TempDir dir;
  const std::array<float, 4> values{1, -2, 3, 4.5F};
  for (const Shape& shape : {Shape{4}, Shape{2, 2}, Shape{1, 4, 1}}) {
    write_npy(dir / "a.npy", {"a", "", DType::f32, shape, reinterpret_cast<const std::byte*>(values.data())});
    const auto file = NpyFile::open(dir / "a.npy");
    EXPECT_EQ(file.array().shape, shape);
    EXPECT_EQ(to_float(file.array()), (std::vector<float>(values.begin(), values.end())));
    EXPECT_EQ((test::read_file(dir / "a.npy").size() - 16) % 64, 0U);
  }
  EXPECT_TRUE(is_bad_data("F16, F32 or F64", [&] {
    write_npy(dir / "b.npy", {"b", "", DType::i8, {4}, reinterpret_cast<const std::byte*>(values.data())});
  }));
}

TEST(Npy, RefusesEveryCutAndEveryExtension) {
  const std::string bytes = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", 24);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(is_bad_data("x.npy", [&] { (void)parse(bytes.substr(0, size)); })) << size;
  }
  EXPECT_TRUE(is_bad_data("24, found 25", [&] { (void)parse(bytes + "x"); }));
}

TEST(Npy, RefusesWhatItCannotMean) {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string header = good;
    header.replace(header.find(from), from.size(), to);
    return npy(header, 24);
  };
  ASSERT_NO_THROW((void)parse(npy(good, 24)));
  const std::vector<std::pair<std::string, std::string>> cases{
      {with("<f4", ">f4"), "descr: expected <f2, <f4 or <f8, found >f4"},
      {with("<f4", "<i4"), "found <i4"},
      {with("<f4", "|O"), "found |O"},
      {with("'<f4'", "[('a', '<f4')]"), "a quoted word"},
      {with("False", "True"), "fortran_order: expected False"},
      {with("False", "0"), "True or False"},
      {with("(2, 3)", "(2)"), "','"},
      {with("(2, 3)", "(2, -3)"), "a size of 0 or more"},
      {with("(2, 3)", "(99999999999999999999,)"), "a size of 0 or more"},
      {with("(2, 3)", "(4611686018427387904, 4)"), "overflow"},
      {with("(2, 3)", "(9223372036854775807, 0)"), "overflow"},
      {with("(2, 3)", "(0, 281474976710656, 281474976710656)"), "overflow"},
      {with("(2, 3)", "(1,1,1,1,1,1,1,1,6)"), "at most 8 sizes"},
      {with("(2, 3)", "(2, 4)"), "32, found 24"},
      {with("'shape'", "'shapes'"), "found shapes"},
      {with("'shape'", "'descr'"), "found descr"},
      {with("'shape': (2, 3), ", ""), "fewer keys"},
      {with("}", "} x"), "the end of the header"},
      {with("{", "["), "'{' at character 0"},
      {npy(good, 24, 4), "version: expected 1.0, 2.0 or 3.0, found 4.0"},
      {"PK\x03\x04 not an array", "starts with"}};
  for (const auto& one : cases) EXPECT_TRUE(is_bad_data(one.second, [&] { (void)parse(one.first); })) << one.first;
}

}  // namespace
}  // namespace seben::tensor
