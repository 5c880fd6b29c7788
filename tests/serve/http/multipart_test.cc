// SPDX-License-Identifier: Apache-2.0
#include "http/multipart.h"

#include <gtest/gtest.h>

#include <vector>

#include "http/header_value.h"
#include "support/errors.h"
#include "support/http_client.h"

namespace seben::serve {
namespace {

struct HeldPart {
  FormPart part;
  std::string data;
  bool ended = false;
};

std::vector<HeldPart> parse(const std::vector<std::string>& pieces, const std::string& boundary = "xyz") {
  std::vector<HeldPart> out;
  MultipartReader reader(boundary,
                         {[&](const FormPart& part) {
                            out.push_back({part, {}, false});
                          },
                          [&](std::string_view data) { out.back().data += data; }, [&] { out.back().ended = true; }});
  for (const std::string& piece : pieces) reader.push(piece);
  reader.finish();
  return out;
}

bool refused(const std::string& body) {
  return static_cast<bool>(test::fails_with(ErrorCategory::bad_data, "multipart body", [&] { (void)parse({body}); }));
}

const std::string kOdd = std::string("\0\r\n--xy\r\n-\xFF--xyz\r\r\n", 20);

TEST(Multipart, IsTheSameWhereverItIsCut) {
  const std::string body =
      "preamble\r\n" + test::form_body({{"model", "nko"}, {"file", "@" + kOdd}, {"empty", ""}}) + "epilogue";
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    const auto parts = parse({body.substr(0, cut), body.substr(cut)});
    ASSERT_EQ(parts.size(), 3U) << cut;
    EXPECT_EQ(parts[0].part.name, "model");
    EXPECT_EQ(parts[0].data, "nko");
    EXPECT_FALSE(parts[0].part.filename);
    EXPECT_EQ(parts[1].data, kOdd) << cut;
    EXPECT_EQ(parts[1].part.filename, "a.wav");
    EXPECT_EQ(parts[1].part.type, "audio/wav");
    EXPECT_EQ(parts[2].data, "");
    EXPECT_TRUE(parts[2].ended);
  }
  std::vector<std::string> bytes;
  for (const char c : body) bytes.emplace_back(1, c);
  EXPECT_EQ(parse(bytes)[1].data, kOdd);
}

TEST(Multipart, HeadsAreReadAsClientsWriteThem) {
  const auto parts =
      parse({"--xyz \t\r\ncontent-TYPE: text/plain\r\nCONTENT-disposition:form-data;name=a ; "
             "filename*=UTF-8''x\r\n\r\n1\r\n--xyz\r\nContent-Disposition: form-data; name=\"b\"; "
             "filename=\"q\\\"\\\\C:\\dir\"\r\n\r\n2\r\n--xyz--"});
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].part.name, "a");
  EXPECT_EQ(parts[0].part.type, "text/plain");
  EXPECT_FALSE(parts[0].part.filename);
  EXPECT_EQ(parts[1].part.filename, "q\"\\C:\\dir");
}

TEST(Multipart, BoundariesAreTakenFromTheContentType) {
  EXPECT_EQ(MultipartReader::boundary_of("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(MultipartReader::boundary_of("Multipart/Form-Data; charset=utf-8; Boundary=\"a b:c\""), "a b:c");
  EXPECT_FALSE(MultipartReader::boundary_of("multipart/mixed; boundary=abc"));
  EXPECT_FALSE(MultipartReader::boundary_of("multipart/form-data"));
  EXPECT_FALSE(MultipartReader::boundary_of("multipart/form-data; boundary=\"\""));
  EXPECT_FALSE(MultipartReader::boundary_of("multipart/form-data; boundary=" + std::string(71, 'a')));
  EXPECT_FALSE(MultipartReader::boundary_of("multipart/form-data; boundary=\"a\r\""));
  EXPECT_FALSE(MultipartReader::boundary_of("multipart/form-data; boundary=\"abc"));
}

TEST(Multipart, BrokenFormsAreRefused) {
  const std::string good = test::form_body({{"a", "1"}});
  EXPECT_FALSE(refused(good));
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("no delimiter at all"));
  EXPECT_TRUE(refused(good.substr(0, good.size() - 4))) << "without its end";
  EXPECT_TRUE(refused("--xyz\r\n\r\nno name\r\n--xyz--"));
  EXPECT_TRUE(refused("--xyz\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--xyz--"));
  EXPECT_TRUE(refused("--xyz\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n1\r\n--xyz--"));
  EXPECT_TRUE(refused("--xyz\r\nno colon\r\n\r\n1\r\n--xyz--"));
  EXPECT_TRUE(refused("--xyzz\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--xyz--"));
  EXPECT_TRUE(refused("--xyz\r\nX: " + std::string(9000, 'a') + "\r\n\r\n1\r\n--xyz--"));
  EXPECT_TRUE(refused(test::form_body(std::vector<std::pair<std::string, std::string>>(65, {"a", "1"}))));
  EXPECT_FALSE(refused(test::form_body(std::vector<std::pair<std::string, std::string>>(64, {"a", "1"}))));
}

TEST(HeaderValue, ListsAndWords) {
  EXPECT_TRUE(has_word("keep-alive, Upgrade", "upgrade"));
  EXPECT_FALSE(has_word("upgraded", "upgrade"));
  EXPECT_FALSE(parse_header_value("a; b"));
  EXPECT_FALSE(parse_header_value("; b=1"));
  EXPECT_EQ(*parse_header_value("text/html ;charset=UTF-8;")->parameter("charset"), "UTF-8");
}

}  // namespace
}  // namespace seben::serve
