// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/stream_decoder.hpp>

#include "support/catch.hpp"

using namespace gkd;

TEST_CASE("stream_decoder: characters appear with their last token, control tokens not at all") {
  const byte_tokenizer t;
  stream_decoder stream(t);
  CHECK(stream.push('a') == "a");
  CHECK(stream.push(0xe2) == "");
  CHECK(stream.push(0x82) == "");
  CHECK(stream.push(256) == "");
  CHECK(stream.push(0xac) == "\xe2\x82\xac");
  CHECK(stream.push(0xc3) == "");
  CHECK(stream.push('b') ==
        "\xef\xbf\xbd"
        "b");
  CHECK(stream.push(0xc3) == "");
  CHECK(stream.finish() == "\xef\xbf\xbd");
  CHECK(stream.push('c') == "c");  // a new text
}
