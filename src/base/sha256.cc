// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/file.h"
#include "base/interrupt.h"
#include "seben/error.h"

namespace seben::base {
namespace {

void require(bool done) {
  if (!done) throw Error(ErrorCategory::internal, "SHA-256", "OpenSSL to compute it", "a refusal");
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  require(state_->context != nullptr && EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  require(state_ != nullptr && EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

void Sha256::update(std::string_view text) { update(std::as_bytes(std::span(text.data(), text.size()))); }

std::string Sha256::finish_hex() {
  std::array<unsigned char, 32> digest{};
  unsigned int size = 0;
  require(state_ != nullptr && EVP_DigestFinal_ex(state_->context, digest.data(), &size) == 1 && size == digest.size());
  state_.reset();
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  Sha256 digest;
  digest.update(bytes);
  return digest.finish_hex();
}

std::string sha256_hex(std::string_view text) { return sha256_hex(std::as_bytes(std::span(text.data(), text.size()))); }

std::string sha256_file(const std::string& path) {
  const MappedFile file = MappedFile::open(path);
  file.advise_sequential();
  Sha256 digest;
  constexpr std::size_t piece = std::size_t{8} << 20;
  for (std::size_t offset = 0; offset < file.size(); offset += piece) {
    throw_if_interrupted();
    const std::size_t length = std::min(piece, file.size() - offset);
    digest.update(file.bytes().subspan(offset, length));
    file.release(offset, length);
  }
  return digest.finish_hex();
}

bool is_sha256_hex(std::string_view text) noexcept {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace seben::base
