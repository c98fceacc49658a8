// SPDX-License-Identifier: Apache-2.0
#include <gkd/io/sha256.hpp>

#include "support/catch.hpp"

using namespace gkd;

TEST_CASE("sha256: the published vectors (FIPS 180-4 examples, NIST CAVP)") {
  const auto of = [](std::string_view text) { return hex(sha256_of(text)); };
  CHECK(of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(of("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
           "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu") ==
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  CHECK(of(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(of("\xbd") == "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b");
}

TEST_CASE("sha256: any division into pieces gives the same hash") {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
  for (gkd::index length : {55u, 56u, 57u, 63u, 64u, 65u, 119u, 120u, 128u, 300u}) {
    const std::string_view whole(text.data(), length);
    for (gkd::index cut = 0; cut <= length; ++cut) {
      sha256 hash;
      hash.update(whole.substr(0, cut));
      hash.update(whole.substr(cut));
      REQUIRE(hash.digest() == sha256_of(whole));
    }
  }
}

TEST_CASE("sha256: digest does not end the stream, numbers are lowest byte first") {
  sha256 hash;
  hash.update("ab");
  CHECK(hash.digest() == sha256_of("ab"));
  hash.update("c");
  CHECK(hash.digest() == sha256_of("abc"));
  sha256 number;
  number.update_u64(0x0807060504030201u);
  CHECK(number.digest() == sha256_of("\1\2\3\4\5\6\7\10"));
  CHECK(first_u64(sha256_of("abc")) == 0xba7816bf8f01cfeau);
}
