// SPDX-License-Identifier: Apache-2.0
// Checkpoints that PyTorch itself wrote (tools/fixtures/model_files.py).
#include "formats/torch_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "formats/pickle.h"
#include "formats/safetensors.h"
#include "formats/zip_archive.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "support/zip.h"

namespace seben::tensor {
namespace {

using test::is_bad_data;
using test::TempDir;

const std::string kFixtures = SEBEN_SOURCE_DIR "/tests/fixtures/models/";

TorchFile parse(const std::string& bytes) { return TorchFile::view(std::as_bytes(std::span(bytes)), "w.pt"); }

TEST(TorchFile, ReadsEveryTensorAsPyTorchDoes) {
  const auto expected = SafetensorsFile::open(kFixtures + "state.safetensors");
  const auto found = open_weights(kFixtures + "state.pt");
  ASSERT_EQ(found->names(), expected.names());
  for (const std::string& name : expected.names()) {
    const TensorView& should = expected.require(name);
    const TensorView* head = found->peek(name);
    ASSERT_NE(head, nullptr);
    EXPECT_EQ(head->data == nullptr, name == "transposed" || name == "permuted") << name;
    const TensorView& is = found->require(name, should.shape);
    EXPECT_EQ(is.dtype, should.dtype) << name;
    ASSERT_EQ(is.bytes(), should.bytes()) << name;
    EXPECT_TRUE(std::equal(is.data, is.data + is.bytes(), should.data)) << name;
    std::string streamed;
    found->stream(name, [&](std::span<const std::byte> piece) {
      streamed.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    });
    EXPECT_EQ(streamed, std::string(reinterpret_cast<const char*>(should.data), should.bytes())) << name;
    found->release(is);
    EXPECT_TRUE(std::equal(is.data, is.data + is.bytes(), should.data)) << name << " after release";
  }
  EXPECT_EQ(found->total_bytes(), expected.total_bytes());
}

TEST(TorchFile, FlattensNestedDictionariesAndKeepsWholeNumbers) {
  const auto file = TorchFile::open(kFixtures + "openai.pt");
  EXPECT_EQ(file.integers().size(), 10U);
  EXPECT_EQ(file.integers().at("dims.n_audio_state"), 32);
  const auto named = [&](std::string_view name) {
    return std::ranges::count(file.tensors(), name, &TorchTensor::name);
  };
  EXPECT_EQ(named("model_state_dict.encoder.conv1.weight"), 1);
  EXPECT_EQ(named("encoder.conv1.weight"), 0);
}

TEST(TorchFile, RefusesWhatIsNoStateDictByItsName) {
  const auto open = [](const char* name) { return [name] { (void)TorchFile::open(kFixtures + name); }; };
  EXPECT_TRUE(is_bad_data("found posix.system, which is not permitted", open("refused-call.pt")));
  EXPECT_TRUE(
      is_bad_data("found numpy.core.multiarray._reconstruct, which is not permitted", open("refused-numpy.pt")));
  EXPECT_TRUE(is_bad_data("a: expected contiguous elements, perhaps transposed, found strides [1, 0] of shape [2, 3]",
                          open("refused-expanded.pt")));
  EXPECT_TRUE(is_bad_data("a zip archive, as torch.save writes since PyTorch 1.6", open("refused-legacy.pt")));
  EXPECT_TRUE(is_bad_data("torch._utils._rebuild_sparse_tensor, which is not permitted", open("refused-sparse.pt")));
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "a readable file", open("none.pt")));
}

TEST(TorchFile, RefusesEveryCut) {
  const std::string bytes = test::read_file(kFixtures + "state.pt");
  ASSERT_NO_THROW((void)parse(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(is_bad_data("w.pt", [&] { (void)parse(bytes.substr(0, size)); })) << size;
  }
}

// A pickle around one tensor, in opcodes: {"a": _rebuild_tensor_v2(storage, offset, (2, 3), strides, …)}
std::string pickle_of(const std::string& strides, std::uint8_t offset, std::uint8_t elements,
                      const std::string& type = "FloatStorage", const std::string& sizes = "K\x02K\x03\x86") {
  const auto text = [](const std::string& s) { return "X" + std::string{static_cast<char>(s.size()), 0, 0, 0} + s; };
  const auto number = [](std::uint8_t n) { return std::string("K") + static_cast<char>(n); };
  const std::string storage =
      "(" + text("storage") + "ctorch\n" + type + "\n" + text("0") + text("cpu") + number(elements) + "tQ";
  return "\x80\x02}" + text("a") + "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(offset) + sizes + strides +
         "\x89" + "ccollections\nOrderedDict\n)RtRs.";
}

std::string archive_of(const std::string& pickle, std::size_t bytes = 24, const std::string& order = "") {
  test::ZipBuilder zip;
  zip.add("m/data.pkl", pickle);
  zip.add("m/data/0", std::string(bytes, '\1'));
  if (!order.empty()) zip.add("m/byteorder", order);
  return zip.finish();
}

const std::string kRowMajor = "K\x03K\x01\x86";

TEST(TorchFile, ReadsAHandMadeArchive) {
  const std::string bytes = archive_of(pickle_of(kRowMajor, 0, 6), 24, "little");
  const auto file = parse(bytes);
  ASSERT_EQ(file.tensors().size(), 1U);
  EXPECT_EQ(file.tensors()[0].shape, (Shape{2, 3}));
  EXPECT_TRUE(file.tensors()[0].is_contiguous());
}

TEST(TorchFile, RefusesTensorsThatDoNotFitTheirStorage) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {archive_of(pickle_of(kRowMajor, 1, 6)), "w.pt: a: expected a storage of 6 elements from 1, found 6"},
      {archive_of(pickle_of(kRowMajor, 0, 6), 23), "a: expected a storage of 6 elements of F32, found 23 bytes"},
      {archive_of(pickle_of(kRowMajor, 0, 200)), "a: expected a storage of 200 elements"},
      {archive_of(pickle_of(kRowMajor, 0, 6, "DoubleStorage")), "elements of F64, found 24 bytes"},
      {archive_of(pickle_of(kRowMajor, 0, 6, "QInt8Storage")), "torch.QInt8Storage, which is not permitted"},
      {archive_of(pickle_of("K\x04K\x01\x86", 0, 6)), "strides [4, 1] of shape [2, 3]"},
      {archive_of(pickle_of("K\x01\x85", 0, 6)), "a: expected 2 strides, found 1"},
      {archive_of(pickle_of("K\x03)\x86", 0, 6)), "a: stride: expected 0 to 281474976710656, found tuple"},
      {archive_of(pickle_of(kRowMajor, 0, 6), 24, "big"), "byteorder: expected little, found big"}};
  for (const auto& [bytes, says] : cases)
    EXPECT_TRUE(is_bad_data(says, [&input = bytes] { (void)parse(input); })) << says;
}

// No element, but strides of 2^48 and 2^96: the second overflows.
TEST(TorchFile, AShapeThatOverflowsBesideAZeroIsRefused) {
  const std::string huge("\x8a\x07\0\0\0\0\0\0\x01", 9);  // LONG1 2^48
  const std::string sizes = "K" + std::string(1, '\0') + huge + huge + "\x87", strides = "K\x01K\x01K\x01\x87";
  EXPECT_TRUE(is_bad_data("a: expected a tensor that fits in a file, found shape [0, 281474976710656, 281474976710656]",
                          [&] { (void)parse(archive_of(pickle_of(strides, 0, 6, "FloatStorage", sizes))); }));
  const std::string empty = "K" + std::string(1, '\0') + "K\x02K\x03\x87";
  const std::string bytes = archive_of(pickle_of(strides, 0, 6, "FloatStorage", empty));
  const auto file = parse(bytes);
  EXPECT_EQ(file.tensors()[0].shape, (Shape{0, 2, 3}));
  EXPECT_TRUE(file.tensors()[0].is_contiguous());
}

TEST(Pickle, RefusesWhatIsNotWellFormed) {
  const auto read = [](const std::string& bytes) {
    return [bytes] { (void)Pickle::read(std::as_bytes(std::span(bytes)), "p", {"m f", "collections OrderedDict"}); };
  };
  EXPECT_NO_THROW(read("\x80\x02}.")());
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "1 bytes, found 0 (truncated pickle?)"},
      {"\x80\x04N.", "protocol 2, found 4"},
      {"N", "truncated"},
      {"N.N", "the end, found 1 bytes more"},
      {"NN.", "one value at the end, found more"},
      {"(N.", "one value at the end, found more"},
      {".", "1 values on the stack, found fewer"},
      {"t.", "a mark on the stack, found none"},
      {"(K\1\x85.", "one value at the end"},
      {"(\x85.", "1 values on the stack"},
      {"K\1(\x85.", "1 values on the stack"},  // a mark guards what is below it
      {std::string("h\0.", 3), "remembered as 0, found none"},
      {"cm\nf", "a line of at most 256 bytes, found none"},
      {"c" + std::string(300, 'm') + "\nf\n.", "a line of at most 256"},
      {"cos\nsystem\n.", "os.system, which is not permitted"},
      {"NNR.", "a global and a tuple"},
      {"cm\nf\nNR.", "a global and a tuple"},
      {"ccollections\nOrderedDict\nN\x85R.", "an OrderedDict that begins empty"},
      {"}K\1a.", "a list, found dict"},
      {"](K\1u.", "a dict, found list"},
      {"}(K\1u.", "keys with values, found a key without one"},
      {"NNb.", "a dict, found None"},
      {"X\xff\xff\xff\xff.", "4294967295 bytes"},
      {"\x8a\x09" + std::string(9, 'x') + ".", "an integer of at most 8 bytes, found 9"},
      {"I1\n.", "an opcode that torch.save writes, found 0x49"},
      {std::string(1'000'001, 'N'), "at most 1000000 values, found more"}};
  for (const auto& [bytes, says] : cases) EXPECT_TRUE(is_bad_data(says, read(bytes))) << says;
}

TEST(Pickle, ReadsNumbersAndSharedValues) {
  const std::string bytes("\x80\x02]q\0(J\xff\xff\xff\xffM\x01\x02\x8a\x02\x00\xffG\xbf\xf8\0\0\0\0\0\0h\0\x88Ne.", 33);
  const Pickle pickle = Pickle::read(std::as_bytes(std::span(bytes)), "p", {});
  const auto& items = pickle.at(pickle.root()).items;
  ASSERT_EQ(items.size(), 7U);
  EXPECT_EQ(pickle.at(items[0]).integer, -1);
  EXPECT_EQ(pickle.at(items[1]).integer, 0x201);
  EXPECT_EQ(pickle.at(items[2]).integer, -256);
  EXPECT_EQ(pickle.at(items[3]).number, -1.5);
  EXPECT_EQ(items[4], pickle.root());  // the list holds itself
  EXPECT_EQ(pickle.at(items[5]).integer, 1);
  EXPECT_EQ(pickle.at(items[6]).kind, Pickle::Kind::none);
}

// Values may be shared, so that few bytes can mean a tree without end or of enormous size.
TEST(TorchFile, RefusesTreesWithoutEnd) {
  const std::string circle("\x80\x02}q\0X\1\0\0\0ah\0s.", 15);
  EXPECT_TRUE(is_bad_data("at most 16 levels", [&] { (void)parse(archive_of(circle)); }));
  std::string wide = "\x80\x02(]q" + std::string(1, '\0');  // lists of ten times the one before
  for (char level = 0; level < 10; ++level) {
    wide += "](";
    for (int i = 0; i < 10; ++i) wide += std::string("h") + level;
    wide += std::string("eq") + static_cast<char>(level + 1);
  }
  wide += "t.";
  EXPECT_TRUE(is_bad_data("at most 200000 entries", [&] { (void)parse(archive_of(wide)); }));
}

TEST(ZipArchive, RefusesWhatItDoesNotRead) {
  const auto read = [](const std::string& bytes) { (void)ZipArchive(std::as_bytes(std::span(bytes)), "z"); };
  test::ZipBuilder zip;
  zip.add("a", "one");
  zip.add("b", "two");
  const std::string good = zip.finish();
  ASSERT_NO_THROW(read(good));
  const auto with = [&](std::size_t at, std::uint32_t value, std::size_t size) {
    std::string bytes = good;
    std::memcpy(bytes.data() + at, &value, size);
    return bytes;
  };
  const std::size_t central = zip.directory_at(), end = good.size() - 22;
  const std::vector<std::pair<std::string, std::string>> cases{
      {with(central + 10, 8, 2), "z: a: expected an entry stored without compression, found compression method 8"},
      {with(central + 8, 1, 2), "z: a: expected an entry in the clear, found an encrypted one"},
      {with(central + 20, 2, 4), "z: a: expected 3 stored bytes, found 2"},
      {with(central + 42, 5, 4), "z: a: expected the entry at byte 5, found none"},
      {with(central + 42, 0xFFFFFFF0, 4), "z: a: expected the entry at byte 4294967280"},
      {with(central, 0, 4), "z: zip directory: expected an entry at its byte 0, found none"},
      {with(central + 28, 60000, 2), "z: zip directory: expected whole entries"},
      {with(central + 46, 'b', 1), "z: b: expected every entry once, found it twice"},
      {with(end + 10, 3, 2), "as many entries as fit"},
      {with(end + 10, 1, 2), "z: zip directory: expected 47 bytes, found 94"},
      {with(end + 16, 0xFFFFFFFF, 4), "z: zip directory: expected inside of"},
      {with(end + 4, 1, 2), "a zip archive of one part"},
      {with(26, 60000, 2), "z: a: expected 3 bytes at 60030"},
      {good + "x", "a zip archive with its directory at the end"}};
  for (const auto& [bytes, says] : cases) EXPECT_TRUE(is_bad_data(says, [&, &input = bytes] { read(input); })) << says;
}

TEST(ZipArchive, ReadsZip64AndComments) {
  test::ZipBuilder zip;
  zip.add("a", "one");
  const std::string bytes = zip.finish64("a comment");
  const ZipArchive archive(std::as_bytes(std::span(bytes)), "z");
  const auto data = archive.require("a");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(data.data()), data.size()), "one");
  EXPECT_TRUE(is_bad_data("z: b: expected an entry of the archive, found none", [&] { (void)archive.require("b"); }));
}

}  // namespace
}  // namespace seben::tensor
