// SPDX-License-Identifier: Apache-2.0
// ARPA text: \data\ with counts, a section of "log10 probability, tab, tokens[, tab, log10 back-off]" for each order,
// \end\. Sections come in order; what is in the file is what \data\ says, no more and no less.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numbers>
#include <unordered_set>

#include "base/byte_order_mark.h"
#include "base/file.h"
#include "base/format.h"
#include "seben/error.h"
#include "text/lm/ngram.h"
#include "text/nko/utf8.h"

namespace seben::lm {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{2} << 30;
constexpr std::size_t kMaxNgrams = 100'000'000;
constexpr std::size_t kMaxLine = 1024;
constexpr double kLn10 = std::numbers::ln10;
constexpr char32_t kSpace = U' ';

std::uint64_t key_of_tokens(const std::vector<std::uint8_t>& tokens) {
  std::uint64_t key = 0;
  for (const std::uint8_t token : tokens) key = key << 8 | token;
  return key;
}

class ArpaReader {
 public:
  ArpaReader(std::string_view text, std::string source)
      : text_(base::without_byte_order_mark(text)), source_(std::move(source)) {}

  NgramModel read() {
    read_counts();
    for (std::size_t n = 1; n <= counts_.size(); ++n) read_section(n);
    if (line_ != "\\end\\") fail("\\end\\", line_);
    return {static_cast<int>(counts_.size()), symbols_, ngrams_, source_};
  }

 private:
  [[noreturn]] void fail(const std::string& expected, std::string_view found) const {
    throw Error(ErrorCategory::bad_data, base::format("{}: line {}", source_, number_), expected,
                at_end_ ? "the end of the file" : base::format("\"{}\"", found.substr(0, 60)));
  }

  // The next line that is not empty; false at the end.
  bool next() {
    do {
      if (at_ >= text_.size()) {
        at_end_ = true;
        line_ = {};
        return false;
      }
      const std::size_t to = std::min(text_.find('\n', at_), text_.size());
      line_ = text_.substr(at_, to - at_);
      at_ = to + 1;
      ++number_;
      if (line_.size() > kMaxLine) fail(base::format("at most {} bytes", kMaxLine), line_);
      while (!line_.empty() && (line_.back() == '\r' || line_.back() == ' ' || line_.back() == '\t')) {
        line_.remove_suffix(1);
      }
    } while (line_.empty());
    return true;
  }

  void read_counts() {
    while (next() && line_ != "\\data\\") {  // anything may stand before it
    }
    if (at_end_) fail("\\data\\", line_);
    std::size_t total = 0;
    while (next() && line_.starts_with("ngram ")) {
      const std::string wanted = base::format("ngram {}=", counts_.size() + 1);
      if (!line_.starts_with(wanted)) fail(wanted + "count", line_);
      const auto count = static_cast<std::size_t>(number<std::uint64_t>(line_.substr(wanted.size())));
      total += std::min(count, kMaxNgrams + 1);
      if (counts_.size() == kMaxOrder || total > kMaxNgrams || total > text_.size()) {
        fail(base::format("at most {} orders and as many n-grams as the file can hold", kMaxOrder), line_);
      }
      counts_.push_back(count);
    }
    if (counts_.empty()) fail("ngram 1=count", line_);
  }

  void read_section(std::size_t n) {
    const std::string title = base::format("\\{}-grams:", n);
    if (line_ != title) fail(title, line_);
    std::size_t read = 0;
    std::unordered_set<std::uint64_t> seen;
    while (next() && line_.front() != '\\') {
      Ngram ngram = read_ngram(n);
      if (!seen.insert(key_of_tokens(ngram.tokens)).second) fail("an n-gram that was not there before", line_);
      ngrams_.push_back(std::move(ngram));
      if (++read > counts_[n - 1]) fail(base::format("{} n-grams of order {}", counts_[n - 1], n), "more");
    }
    if (read < counts_[n - 1]) fail(base::format("{} n-grams of order {}", counts_[n - 1], n), std::to_string(read));
  }

  Ngram read_ngram(std::size_t n) {
    std::vector<std::string_view> cells;
    for (std::size_t from = 0; from < line_.size();) {
      const std::size_t to = std::min(line_.find_first_of(" \t", from), line_.size());
      if (to > from) cells.push_back(line_.substr(from, to - from));
      from = to + 1;
    }
    const bool highest = n == counts_.size();
    if (cells.size() != n + 1 && (highest || cells.size() != n + 2)) {
      fail(base::format("a probability, {} tokens{}", n, highest ? "" : " and perhaps a back-off"), line_);
    }
    Ngram out;
    const double log10 = number<double>(cells[0]);
    if (!(log10 <= 1e-6)) fail("log10 of a probability", cells[0]);
    out.log_prob = std::min(0.0, log10) * kLn10;
    for (std::size_t i = 1; i <= n; ++i) out.tokens.push_back(token(cells[i], n == 1));
    if (cells.size() == n + 2) out.back_off = number<double>(cells.back()) * kLn10;
    return out;
  }

  std::uint8_t token(std::string_view text, bool is_new) {
    if (text == "<unk>" || text == "<UNK>") return NgramModel::kUnknown;
    if (text == "<s>") return NgramModel::kBegin;
    if (text == "</s>") return NgramModel::kEnd;
    const bool space = text == "<space>" || text == "|" || text == "\xE2\x96\x81";
    const std::u32string letters = space ? std::u32string(1, kSpace) : decode(text);
    if (letters.size() != 1) fail("tokens of one character, <space>, <s>, </s> or <unk>", text);
    const auto at = symbols_.find(letters[0]);
    if (at != std::u32string::npos) return static_cast<std::uint8_t>(at + 3);
    if (!is_new) fail("tokens that are unigrams", text);
    if (symbols_.size() + 3 == kMaxTokens) fail(base::format("at most {} tokens", kMaxTokens), "more");
    symbols_ += letters[0];
    return static_cast<std::uint8_t>(symbols_.size() + 2);
  }

  [[nodiscard]] std::u32string decode(std::string_view text) const {
    if (!nko::is_valid_utf8(text)) fail("UTF-8", "ill-formed bytes");
    return nko::decode_utf8(text, source_);
  }

  template <class Number>
  [[nodiscard]] Number number(std::string_view text) const {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) fail("a number", text);
    if constexpr (std::is_floating_point_v<Number>) {
      if (!std::isfinite(value)) fail("a finite number", text);
    }
    return value;
  }

  std::string_view text_;
  std::string source_;
  std::size_t at_ = 0, number_ = 0;
  std::string_view line_;
  bool at_end_ = false;
  std::vector<std::size_t> counts_;
  std::u32string symbols_;
  std::vector<Ngram> ngrams_;
};

std::string token_text(std::uint8_t token, const std::u32string& symbols) {
  constexpr std::array kSpecial{"<unk>", "<s>", "</s>"};
  if (token < 3) return kSpecial[token];
  const char32_t c = symbols[token - 3U];
  return c == kSpace ? "<space>" : nko::encode_utf8(c);
}

}  // namespace

NgramModel NgramModel::parse(std::string_view arpa, const std::string& source) {
  return ArpaReader(arpa, source).read();
}

NgramModel NgramModel::load(const std::string& path) { return parse(base::read_text(path, kMaxBytes), path); }

std::string NgramModel::to_arpa() const {
  std::string out = "\\data\\\n";
  for (int n = 1; n <= order_; ++n) out += base::format("ngram {}={}\n", n, size(n));
  for (int n = 1; n <= order_; ++n) {
    out += base::format("\n\\{}-grams:\n", n);
    for (const auto& [key, entry] : tables_[static_cast<std::size_t>(n - 1)].sorted()) {
      std::string tokens;
      for (int i = n - 1; i >= 0; --i) {
        tokens += base::format("{}{}", tokens.empty() ? "" : " ",
                               token_text(static_cast<std::uint8_t>(key >> (8 * i)), symbols_));
      }
      out += base::format("{:.7g}\t{}", entry.log_prob / kLn10, tokens);
      if (n < order_ && entry.back_off != 0.0) out += base::format("\t{:.7g}", entry.back_off / kLn10);
      out += '\n';
    }
  }
  return out + "\n\\end\\\n";
}

}  // namespace seben::lm
