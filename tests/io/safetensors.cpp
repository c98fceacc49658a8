// SPDX-License-Identifier: Apache-2.0
#include <gkd/io/safetensors.hpp>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/limited_process.hpp"
#include "support/throws.hpp"

#include <cmath>

using namespace gkd;
using Catch::Matchers::ContainsSubstring;

namespace {

const test_folder folder;

std::string u64(std::uint64_t n) {
  std::string bytes(8, '\0');
  for (int i = 0; i < 8; ++i) bytes[static_cast<std::size_t>(i)] = static_cast<char>(n >> (8 * i));
  return bytes;
}
std::string file_of(const std::string& header, const std::string& data) {
  return u64(header.size()) + header + data;
}

// what reading these bytes as a file ends with: the error's text, or "accepted"
std::string reading(const std::string& bytes) {
  std::string result = "accepted";
  try {
    safetensors tensors(folder.write("t.safetensors", bytes));
  } catch (const error& e) {
    CHECK(e.code() == errc::bad_format);
    result = e.what();
    CHECK_THAT(result, ContainsSubstring("t.safetensors"));
  }
  return result;
}
std::string reading(const std::string& header, const std::string& data) {
  return reading(file_of(header, data));
}
// what opening a file of the folder, or parsing a header, ends with: code and text
template <class Work>
std::string outcome(const Work& work) {
  try {
    work();
  } catch (const error& e) {
    return concat(name_of(e.code()), " ", e.what());
  }
  return "accepted";
}
std::string opening(const std::string& name) {
  return outcome([&] { safetensors file(folder / name); });
}
std::string parsing(std::string_view header) {
  return outcome([&] { parse_safetensors_header(header, 0, "f"); });
}
// a header of tensors of one byte: each its own, or all the same
std::string tiny_tensors(int count, bool valid) {
  std::string header = "{";
  for (int i = 0; i < count; ++i)
    header += concat(i ? ",\"" : "\"", i, "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[",
                     valid ? i : 0, ",", valid ? i + 1 : 1, "]}");
  return header + "}";
}
std::string metadata_of(int texts) {
  std::string header = "{\"__metadata__\":{\"0\":\"\"";
  for (int i = 1; i < texts; ++i) header += concat(",\"", i, "\":\"x\"");
  return header + "}}";
}
// a header with one tensor "w" of this type, shape and offsets
std::string w(const std::string& shape, const std::string& offsets,
              const std::string& type = "F32") {
  return "{\"w\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets +
         "}}";
}
const std::string eight(8, '\x01');

// entries of several U8 tensors, "a" first
std::string bytes_tensors(const std::vector<std::pair<int, int>>& spans) {
  std::string header = "{";
  char name = 'a';
  for (auto [begin, end] : spans) {
    header += header.size() > 1 ? "," : "";
    header += concat("\"", std::string(1, name++), "\":{\"dtype\":\"U8\",\"shape\":[", end - begin,
                     "],\"data_offsets\":[", begin, ",", end, "]}");
  }
  return header + "}";
}

template <class T>
tensor_source source(const std::string& name, dtype type, const std::vector<gkd::index>& shape,
                     const std::vector<T>& values) {
  return {name, type, shape, std::as_bytes(std::span(values))};
}

std::string written(const std::vector<tensor_source>& tensors,
                    const std::map<std::string, std::string>& metadata = {}) {
  std::filesystem::remove(folder / "out.safetensors");
  output_file file(folder / "out.safetensors");
  write_safetensors(file, tensors, metadata);
  file.commit();
  return folder.read("out.safetensors");
}

}  // namespace

TEST_CASE("safetensors: a file, by hand") {
  const std::string header = w("[2,1]", "[0,8]") + "  ";
  const safetensors file(folder.write("t.safetensors", file_of(header, u64(0x400000003f800000))));
  REQUIRE(file.tensors().size() == 1);
  const tensor_info& t = file.at("w");
  CHECK(t.type == dtype::f32);
  CHECK(t.shape == std::vector<gkd::index>{2, 1});
  CHECK(t.size() == 2);
  float values[2];
  file.read(t, values);
  CHECK(values[0] == 1.0f);
  CHECK(values[1] == 2.0f);
  CHECK(file.find("x") == nullptr);
  CHECK_THROWS_WITH(file.at("x"), ContainsSubstring("t.safetensors: has no tensor \"x\""));
  float three[3];
  CHECK_ERROR(file.read(t, three), errc::shape_mismatch, "\"w\" is (2, 1), 2 numbers, want 3");
}

TEST_CASE("safetensors: no tensors, empty tensors, rank 0, header order, metadata") {
  CHECK(reading("{}", "") == "accepted");
  CHECK(reading(w("[0,5]", "[0,0]"), "") == "accepted");
  CHECK(reading(w("[]", "[0,4]"), "1234") == "accepted");
  CHECK(reading("{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]},"
                "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                "\"z\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[1,1]}}",
                "12") == "accepted");
  CHECK(reading("{\"__metadata__\":{\"format\":\"pt\"}}", "") == "accepted");
  const safetensors file(folder / "t.safetensors");
  CHECK(file.metadata().at("format") == "pt");
  CHECK(file.tensors().empty());
}

TEST_CASE("S01: lengths of the file and of the header") {
  for (gkd::index n = 0; n < 8; ++n)
    CHECK_THAT(reading(std::string(n, '\0')),
               ContainsSubstring("ends inside the length of the header"));
  const std::string rest = "{}      ";  // 8 bytes after the length
  CHECK_THAT(reading(u64(9) + rest),
             ContainsSubstring("ends inside the header, after 8 of 9 bytes; want the whole file"));
  for (std::uint64_t n : {std::uint64_t{100'000'001}, std::uint64_t{1} << 63, ~std::uint64_t{7},
                          ~std::uint64_t{0}})
    CHECK_THAT(reading(u64(n) + rest),
               ContainsSubstring(concat("the header has ", n, " bytes, want")));
  CHECK(reading(u64(8) + rest) == "accepted");
  CHECK_THAT(reading(u64(0) + rest), ContainsSubstring("no JSON object padded with spaces"));
  CHECK_THAT(reading(u64(1) + rest), ContainsSubstring("no JSON object padded with spaces"));
  // a header longer than 100 MB is refused before anything is allocated for it
  folder.write("huge", u64(100'000'001) + "{");
  std::filesystem::resize_file(folder / "huge", 200'000'000);
  CHECK_THROWS_WITH(safetensors(folder / "huge"), ContainsSubstring("want at most 100000000"));
}

TEST_CASE("S02: what a header begins and ends with, and its encoding") {
  for (const char* header : {" {}", "\xef\xbb\xbf{}", "[]", "null", "1", "{}x", "{}\n", "{}\t ",
                             "{} {}", "{}}", "{", "}", "{]", "        "})
    CHECK(reading(header, "") != "accepted");
  CHECK(reading(std::string("{}\0", 3), "") != "accepted");
  CHECK(reading(std::string("{\0}", 3), "") != "accepted");
  for (const char* name :
       {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\\ud800", "\\udc00x", "\xf4\x90\x80\x80"})
    CHECK(reading(std::string("{\"") + name +
                      "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                  "") != "accepted");
}

TEST_CASE("S03: duplicate names and keys") {
  const std::string a = "\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}";
  const std::string b = "\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}";
  const std::string escaped = "\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}";
  CHECK_THAT(reading("{" + a + "," + a + "}", "1234"),
             ContainsSubstring("\"a\" for the second time"));
  CHECK_THAT(reading("{" + a + "," + b + "}", eight),
             ContainsSubstring("\"a\" for the second time"));
  CHECK_THAT(reading("{" + a + "," + escaped + "}", eight), ContainsSubstring("second time"));
  const std::string twice[] = {"\"dtype\":\"U8\"", "\"shape\":[4]", "\"data_offsets\":[0,4]"};
  for (const std::string& key : twice)
    CHECK_THAT(
        reading("{\"a\":{" + key + ",\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
                "1234"),
        ContainsSubstring("second time"));
  CHECK_THAT(reading("{\"__metadata__\":{},\"__metadata__\":{}}", ""),
             ContainsSubstring("second time"));
  CHECK_THAT(reading("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", ""),
             ContainsSubstring("second time"));
}

TEST_CASE("S04: offsets") {
  const auto spans = [](std::vector<std::pair<int, int>> s) {
    return reading(bytes_tensors(s), eight);
  };
  CHECK(spans({{0, 4}, {4, 8}}) == "accepted");
  CHECK_THAT(spans({{0, 4}, {3, 8}}), ContainsSubstring("begins at byte 3 of the data, want 4"));
  CHECK_THAT(spans({{0, 4}, {5, 8}}), ContainsSubstring("begins at byte 5 of the data, want 4"));
  CHECK_THAT(spans({{1, 4}, {4, 8}}), ContainsSubstring("begins at byte 1 of the data, want 0"));
  CHECK_THAT(spans({{0, 8}, {0, 8}}), ContainsSubstring("overlap"));
  CHECK_THAT(spans({{0, 4}, {4, 9}}),
             ContainsSubstring("the tensors take 9 bytes, the file has 8"));
  CHECK_THAT(spans({{0, 4}, {4, 7}}),
             ContainsSubstring("the tensors take 7 bytes, the file has 8"));
  for (const char* offsets : {"[8,0]",
                              "[-8,0]",
                              "[0,-8]",
                              "[0.0,8.0]",
                              "[0,8e0]",
                              "[0,\"8\"]",
                              "[0,null]",
                              "[0,[8]]",
                              "[-0,8]",
                              "[0,9007199254740993]",
                              "[0,18446744073709551616]",
                              "[0,18446744073709551615]",
                              "[]",
                              "[8]",
                              "[0,4,8]",
                              "{}",
                              "8",
                              "null",
                              "[18446744073709551608,0]",
                              "[0,4]",
                              "[0,12]"})
    CHECK(reading(w("[2]", offsets), eight) != "accepted");
  CHECK_THAT(reading("{\"w\":{\"dtype\":\"F32\",\"shape\":[2]}}", eight),
             ContainsSubstring("tensor \"w\": has no \"data_offsets\""));
}

TEST_CASE("S05: shapes") {
  CHECK(reading(w("[2]", "[0,8]"), eight) == "accepted");
  for (const char* shape : {"[4294967296,4294967296]",
                            "[9223372036854775808,2]",
                            "[9223372036854775807,2]",
                            "[4611686018427387904,4]",  // times 4 bytes wraps to 0
                            "[4611686018427387906]",    // times 4 bytes wraps to 8
                            "[2147483649,2147483649,2]",
                            "[0,18446744073709551615]",
                            "[3]",
                            "[1]",
                            "[2,2]",
                            "[]",
                            "[[2]]",
                            "[-2]",
                            "[2.0]",
                            "[\"2\"]",
                            "[null]",
                            "{}",
                            "2",
                            "[-2,-1]",
                            "[2,1e0]",
                            "\"[2]\""})
    CHECK(reading(w(shape, "[0,8]"), eight) != "accepted");
  CHECK(reading(w("[4611686018427387904,4]", "[0,0]"), "") != "accepted");
  std::string rank = "[2";
  for (int i = 0; i < 63; ++i) rank += ",1";
  CHECK(reading(w(rank + "]", "[0,8]"), eight) == "accepted");
  CHECK_THAT(reading(w(rank + ",1]", "[0,8]"), eight),
             ContainsSubstring("rank 65, want at most 64"));
}

TEST_CASE("S06: number types, keys and metadata") {
  CHECK_THAT(
      reading(w("[8]", "[0,8]", "f32"), eight),
      ContainsSubstring("tensor \"w\": dtype \"f32\", want one of BOOL, U8, I8, U16, I16, F16, "
                        "BF16, U32, I32, F32, U64, I64, F64"));
  for (const char* type : {"", "F4", "F8", "F128", "float32", "F32 ", "BOOLEAN"})
    CHECK(reading(w("[2]", "[0,8]", type), eight) != "accepted");
  CHECK(reading("{\"w\":{\"dtype\":1,\"shape\":[2],\"data_offsets\":[0,8]}}", eight) != "accepted");
  CHECK_THAT(reading("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"scale\":1}}",
                     eight),
             ContainsSubstring("want dtype, shape and data_offsets alone"));
  for (const char* entry : {"null", "[]", "\"x\"", "8"})
    CHECK(reading(std::string("{\"w\":") + entry + "}", "") != "accepted");
  CHECK_THAT(reading("{\"__metadata__\":{\"k\":1}}", ""),
             ContainsSubstring("__metadata__ \"k\" is of type number, want a string"));
  for (const char* metadata : {"[]", "null", "{\"k\":{}}", "{\"k\":[\"v\"]}", "{\"k\":null}"})
    CHECK(reading(std::string("{\"__metadata__\":") + metadata + "}", "") != "accepted");
}

// Tried by hand: 1,000,000 valid tensors (68 MB, 280 MiB at the peak) and 1,500,000 that overlap
// (86 MB, 405 MiB) end alike, after 2 and 3 s.
TEST_CASE("S07: 100,000 tensors, valid and overlapping; 10,000,000 do not fit into a header") {
  CHECK(reading(tiny_tensors(100'000, true), std::string(100'000, 'x')) == "accepted");
  CHECK_THAT(reading(tiny_tensors(100'000, false), "x"), ContainsSubstring("overlap"));
  // each takes 54 bytes at least; the header's length is looked at before its bytes
  folder.write("ten_million.safetensors", u64(540'000'000) + "{");
  std::filesystem::resize_file(folder / "ten_million.safetensors", 600'000'000);
  CHECK_ERROR(safetensors(folder / "ten_million.safetensors"), errc::bad_format,
              "the header has 540000000 bytes, want at most 100000000");
}

TEST_CASE("Very many tensors take six times the header's bytes at most") {
  GKD_SKIP_IF_SANITIZED();
  for (const bool valid : {true, false}) {
    const std::string header = tiny_tensors(100'000, valid);
    const std::string bytes = file_of(header, std::string(valid ? 100'000 : 1, 'x'));
    folder.write("t.safetensors", bytes);
    CHECK_THAT(within_memory(6 * header.size(), [] { return opening("t.safetensors"); }),
               ContainsSubstring(valid ? "accepted" : "overlap"));
  }
}

TEST_CASE("A tensor of millions of values is refused before they are in memory") {
  GKD_SKIP_IF_SANITIZED();
  for (const char* value : {"0", "{}", "[0]", "\"\""}) {
    INFO(value);
    std::string shape = "[";
    while (shape.size() < 20'000'000) shape.append(value).append(",");
    for (const std::string& header :
         {w(shape + "0]", "[0,0]"), w("[0]", shape + "0]"), "{\"w\":" + shape + "0]}"})
      CHECK_THAT(
          within_memory(1 * mebibyte, [&] { return parsing(header); }),
          ContainsSubstring("bad_format") && ContainsSubstring("more than 128 values in \"w\""));
  }
}

TEST_CASE("Metadata: 50,000 texts are read, one more is refused") {
  CHECK(reading(metadata_of(50'000), "") == "accepted");
  CHECK(safetensors(folder / "t.safetensors").metadata().size() == 50'000);
  CHECK_THAT(reading(metadata_of(50'001), ""),
             ContainsSubstring("more than 50001 values in \"__metadata__\""));
}

TEST_CASE("Metadata of any number of texts takes 16 MiB at most, the texts apart") {
  GKD_SKIP_IF_SANITIZED();
  const std::string most = metadata_of(50'000), many = metadata_of(2'000'000);
  CHECK(within_memory(16 * mebibyte, [&] { return parsing(most); }) == "accepted");
  CHECK_THAT(within_memory(16 * mebibyte, [&] { return parsing(many); }),
             ContainsSubstring("more than 50001 values"));
}

TEST_CASE("S07: very strange names") {
  const auto named = [](const std::string& name) {
    return reading("{\"" + name + "\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,1]}}",
                   "x");
  };
  // refused for the offsets: the name is printed with safe characters, 64 bytes at most
  CHECK(named(std::string(1 << 20, 'n')).size() < 400);
  CHECK_THAT(
      named("\\u0000../\\u001b]52;c;"),
      ContainsSubstring("tensor \"\\x00../\\x1b]52;c;\": data_offsets [0, 1), want 2 bytes"));
}

TEST_CASE("S08: truncated at every byte, and with something appended") {
  const std::string whole = file_of(bytes_tensors({{0, 4}, {4, 8}}), eight);
  CHECK(reading(whole) == "accepted");
  for (gkd::index n = 0; n < whole.size(); ++n) CHECK(reading(whole.substr(0, n)) != "accepted");
  for (const char* more : {"x", "PK\x03\x04",
                           "\x7f"
                           "ELF",
                           "\x80\x02."})
    CHECK_THAT(reading(whole + more), ContainsSubstring("the file has"));
}

TEST_CASE("S09: a file that another program cuts while it is open is an error, not a signal") {
  const gkd::index size = 1 << 16;
  std::string data(size, '\x01');
  const std::string header = w("[16384]", "[0,65536]");
  const std::string path = folder.write("cut.safetensors", file_of(header, data));
  const safetensors file(path);
  std::vector<float> all(size / 4);
  file.read(file.at("w"), all);
  for (gkd::index keep : {size / 2, gkd::index{1}, gkd::index{0}}) {
    std::filesystem::resize_file(path, 8 + header.size() + keep);
    CHECK_ERROR(file.read(file.at("w"), all), errc::bad_format,
                concat("cut.safetensors: the file ends inside tensor \"w\", ", size - keep,
                       " bytes short"));
  }
  std::filesystem::resize_file(path, 0);
  CHECK_ERROR(file.read(file.at("w"), all), errc::bad_format, "the file ends inside tensor");
  // one that is gone is still there for who has it open
  folder.write("gone.safetensors", file_of(header, data));
  const safetensors gone(folder / "gone.safetensors");
  std::filesystem::remove(folder / "gone.safetensors");
  gone.read(gone.at("w"), all);
  // as many bytes as the file had, whatever is added later
  folder.write("grown.safetensors", file_of(header, data));
  const safetensors grown(folder / "grown.safetensors");
  std::filesystem::resize_file(folder / "grown.safetensors", 2 * size);
  grown.read(grown.at("w"), all);
}

TEST_CASE("A file is found again by name when its object has moved") {
  folder.write("t.safetensors", file_of(bytes_tensors({{0, 4}, {4, 8}}), eight));
  safetensors first(folder / "t.safetensors");
  const tensor_info* const b = first.find("b");
  const safetensors second = std::move(first);
  CHECK(second.find("b") == b);
  CHECK(second.find("c") == nullptr);
  CHECK(second.find("") == nullptr);
  CHECK(second.path().ends_with("t.safetensors"));
}

TEST_CASE("S10: what is written is read back bit for bit") {
  const std::vector<float> f32 = {0.0f, -0.0f, 1e-45f, std::nanf("7"), INFINITY, -1.5f};
  const std::vector<double> f64 = {1e-320, 3.0};
  const std::vector<std::uint16_t> half = {0x3c00, 0xfe01, 0x0001};
  const std::vector<std::int64_t> i64 = {-1};
  const std::vector<std::uint8_t> u8 = {1, 2, 3, 4, 5};
  const std::vector<std::int32_t> none;
  const std::vector<tensor_source> tensors = {source("f32", dtype::f32, {2, 3}, f32),
                                              source("f64", dtype::f64, {2}, f64),
                                              source("f16", dtype::f16, {3}, half),
                                              source("bf16", dtype::bf16, {3, 1}, half),
                                              source("i64", dtype::i64, {}, i64),
                                              source("u8", dtype::u8, {5}, u8),
                                              source("bool", dtype::boolean, {5}, u8),
                                              source("none", dtype::i32, {4, 0}, none),
                                              source("Gr\xc3\xbc\xc3\x9f"
                                                     "e/\"\\\n",
                                                     dtype::i8, {5}, u8)};
  const std::map<std::string, std::string> metadata = {{"format", "pt"}, {"k\n", "\xe2\x80\xa8"}};
  const std::string bytes = written(tensors, metadata);
  const safetensors file(folder / "out.safetensors");
  CHECK(file.metadata() == metadata);
  REQUIRE(file.tensors().size() == tensors.size());
  for (const tensor_source& t : tensors) {
    const tensor_info& got = file.at(t.name);
    CHECK(got.type == t.type);
    CHECK(got.shape == t.shape);
    REQUIRE(got.end - got.begin == t.bytes.size());
    std::string read(t.bytes.size(), '\0');
    file.read_bytes(got, 0, read);
    CHECK(read == std::string(reinterpret_cast<const char*>(t.bytes.data()), t.bytes.size()));
  }
  // the data begins at a multiple of 8 and the widest numbers come first
  std::uint64_t length;
  std::memcpy(&length, bytes.data(), 8);
  CHECK(length % 8 == 0);
  CHECK(file.tensors().front().type == dtype::f64);
  CHECK(written({tensors.rbegin(), tensors.rend()}, metadata) == bytes);
}

TEST_CASE("S10: what cannot be written is refused") {
  const std::vector<float> two = {1, 2};
  const auto refuse = [&](std::vector<tensor_source> tensors, errc code,
                          std::map<std::string, std::string> metadata = {}) {
    try {
      written(tensors, metadata);
      FAIL("written");
    } catch (const error& e) {
      CHECK(e.code() == code);
    }
    CHECK_FALSE(std::filesystem::exists(folder / "out.safetensors"));
  };
  const auto named = [&](const std::string& name) { return source(name, dtype::f32, {2}, two); };
  refuse({named("")}, errc::bad_argument);
  refuse({named("__metadata__")}, errc::bad_argument);
  refuse({named(std::string("a\0b", 3))}, errc::bad_argument);
  refuse({named("\xff")}, errc::bad_argument);
  refuse({named("a"), named("a")}, errc::bad_argument);
  refuse({named("a")}, errc::bad_argument, {{"k", "\xff"}});
  refuse({source("a", dtype::f32, {3}, two)}, errc::shape_mismatch);
  refuse({source("a", dtype::f64, {2}, two)}, errc::shape_mismatch);
  refuse({{"a", dtype::f32, {gkd::index{1} << 62, 4}, {}}}, errc::shape_mismatch);
  refuse({source(std::string(100'000'000, 'n'), dtype::f32, {2}, two)}, errc::bad_argument);
}

TEST_CASE("A header can be written before the data: the tensors come in the order of their bytes") {
  std::vector<tensor_info> tensors = {
      {"b", dtype::f16, {3}}, {"a", dtype::f16, {}}, {"z", dtype::f64, {1, 1}}};
  output_file file(folder / "planned.safetensors");
  write_safetensors_header(file, tensors, {{"format", "pt"}});
  std::string order;
  for (const tensor_info& t : tensors) order += concat(t.name, " ", t.begin, "-", t.end, " ");
  CHECK(order == "z 0-8 a 8-10 b 10-16 ");
  file.write(eight + eight);
  file.commit();
  CHECK(safetensors(folder / "planned.safetensors").at("b").shape == std::vector<gkd::index>{3});

  std::vector<tensor_info> huge = {{"a", dtype::f32, {gkd::index{1} << 62, 4}}};
  output_file other(folder / "huge.safetensors");
  CHECK_ERROR(write_safetensors_header(other, huge), errc::bad_argument, "has 2^63 bytes or more");
}

TEST_CASE("S11: a header of any length leaves the data readable where it stands") {
  for (gkd::index padding = 0; padding < 9; ++padding) {
    const std::string header = w("[1]", "[0,8]", "F64") + std::string(padding, ' ');
    const double value = 1.25;
    std::string data(8, '\0');
    std::memcpy(data.data(), &value, 8);
    const safetensors file(folder.write("t.safetensors", file_of(header, data)));
    float read = 0;
    file.read(file.at("w"), std::span(&read, 1));
    CHECK(read == 1.25f);
  }
}

TEST_CASE("Numbers are widened to float and double; integers are refused") {
  const std::vector<std::uint16_t> half = {0x3c00, 0xc000};
  const std::vector<std::uint16_t> brain = {0x3f80, 0xc000};
  const std::vector<double> wide = {1, -2};
  const std::vector<std::int32_t> whole = {1, -2};
  written({source("h", dtype::f16, {2}, half), source("b", dtype::bf16, {2}, brain),
           source("d", dtype::f64, {2}, wide), source("i", dtype::i32, {2}, whole)});
  const safetensors file(folder / "out.safetensors");
  for (const char* name : {"h", "b", "d"}) {
    float x[2];
    file.read(file.at(name), x);
    CHECK((x[0] == 1.0f && x[1] == -2.0f));
    double y[1];
    file.read(file.at(name), 1, y);  // from the second on
    CHECK(y[0] == -2.0);
  }
  float x[2];
  CHECK_ERROR(file.read(file.at("i"), x), errc::bad_format,
              "\"i\" is I32, want F32, F64, F16 or BF16");
}

TEST_CASE("A tensor longer than any block is widened whole, and from any element on") {
  std::vector<std::uint16_t> many(10'000);
  for (gkd::index i = 0; i < many.size(); ++i) many[i] = bf16_from(double(i % 256) - 128.0);
  written({source("b", dtype::bf16, {100, 100}, many)});
  const safetensors file(folder / "out.safetensors");
  std::vector<float> all(10'000), last(1'234);
  file.read(file.at("b"), all);
  file.read(file.at("b"), 10'000 - 1'234, last);
  for (gkd::index i = 0; i < many.size(); ++i) REQUIRE(all[i] == float(i % 256) - 128.0f);
  CHECK(std::equal(last.begin(), last.end(), all.end() - 1'234));
}

TEST_CASE("S103: hostile files in 512 MiB of address space") {
  CHECK_HOSTILE_CASES("S0*", "S2*", "S6*");
}
