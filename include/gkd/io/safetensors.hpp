// SPDX-License-Identifier: Apache-2.0
// The safetensors file format, read and written by its rules and no looser. Opt-in: needs
// nlohmann/json.
//
//   8 bytes   N, the length of the header, lowest byte first
//   N bytes   {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...,
//              "__metadata__": {"key": "text", ...}}, padded with spaces
//   the rest  the data: every byte belongs to exactly one tensor
// Refused (bad_format): a header above 100 MB, duplicate or unknown keys, overlaps, gaps, bytes
// before or after, shapes whose product overflows or is not the number of bytes. The order of the
// names in the header is free; the values, NaN included, are not looked at.
// Source: huggingface/safetensors, README and tensor.rs.
#pragma once

#include <gkd/io/json.hpp>

#include <algorithm>    // sort, max
#include <array>        // array
#include <bit>          // bit_cast, endian
#include <cstring>      // memcpy
#include <limits>       // numeric_limits
#include <map>          // map
#include <optional>     // optional
#include <span>         // span
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

static_assert(std::endian::native == std::endian::little,
              "gkd: io/safetensors.hpp copies numbers as they stand in the file and needs a "
              "little-endian machine");

/// Number types of a safetensors file.
enum class dtype { boolean, u8, i8, u16, i16, f16, bf16, u32, i32, f32, u64, i64, f64 };

struct dtype_facts {
  dtype type;
  std::string_view name;  ///< as it is written in the file
  index bytes;            ///< per element
};
// clang-format off
inline constexpr std::array<dtype_facts, 13> dtypes{{
    {dtype::boolean, "BOOL", 1}, {dtype::u8, "U8", 1},   {dtype::i8, "I8", 1},
    {dtype::u16, "U16", 2},      {dtype::i16, "I16", 2}, {dtype::f16, "F16", 2},
    {dtype::bf16, "BF16", 2},    {dtype::u32, "U32", 4}, {dtype::i32, "I32", 4},
    {dtype::f32, "F32", 4},      {dtype::u64, "U64", 8}, {dtype::i64, "I64", 8},
    {dtype::f64, "F64", 8}}};
// clang-format on
constexpr const dtype_facts& facts_of(dtype type) { return dtypes[static_cast<index>(type)]; }

/// A tensor as the header describes it.
struct tensor_info {
  std::string name;
  dtype type = dtype::f32;
  std::vector<index> shape;  ///< empty for a single number
  index begin = 0;           ///< first byte, counted from the end of the header
  index end = 0;             ///< one past the last byte

  index size() const { return (end - begin) / facts_of(type).bytes; }
};

/// A shape as errors print it: "(2, 3)".
inline std::string shape_text(std::span<const index> shape) {
  std::string text = "(";
  for (index i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

/// Bytes of a tensor, or nothing when they are 2^63 or more: no product may wrap around.
inline std::optional<index> bytes_of(dtype type, std::span<const index> shape) {
  constexpr index highest = std::numeric_limits<std::int64_t>::max();
  index bytes = facts_of(type).bytes;
  for (index n : shape) {
    if (n != 0 && bytes > highest / n) return std::nullopt;
    bytes *= n;
  }
  return bytes;
}

/// IEEE half precision to float, exactly.
inline float float_from_f16(std::uint16_t half) {
  const std::uint32_t sign = std::uint32_t{half & 0x8000u} << 16;
  const std::uint32_t exponent = half >> 10 & 0x1fu;
  const std::uint32_t mantissa = half & 0x3ffu;
  if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  // the exponent's bias is 15 here and 127 there; 31 means infinity or NaN and becomes 255
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}
/// bfloat16 to float, exactly: its bits are the upper half of a float's.
inline float float_from_bf16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

/// What a header says.
struct safetensors_header {
  std::vector<tensor_info> tensors;  ///< in the order of their bytes
  std::map<std::string, std::string> metadata;
};

/// The largest header that the format allows, in bytes.
inline constexpr index max_safetensors_header = 100'000'000;

namespace detail {

// one tensor of a header; `where` names file and tensor
inline tensor_info parse_tensor(const std::string& name, const nlohmann::json& value,
                                std::string_view where) {
  tensor_info out;
  out.name = name;
  const std::string& type = json_string(value, "dtype", where);
  const auto known = std::find_if(dtypes.begin(), dtypes.end(),
                                  [&](const dtype_facts& d) { return d.name == type; });
  if (known == dtypes.end()) {
    std::string names;
    for (const dtype_facts& d : dtypes) names += concat(names.empty() ? "" : ", ", d.name);
    fail(errc::bad_format, where, ": dtype ", in_quotes(type), ", want one of ", names);
  }
  out.type = known->type;
  const auto number = [&](const nlohmann::json& n, std::string_view what) {
    if (!n.is_number_unsigned())
      fail(errc::bad_format, where, ": ", what, " holds ", n.is_number() ? n.dump() : n.type_name(),
           ", want integers from 0 to 2^63 - 1");
    return n.get<index>();
  };
  const nlohmann::json& shape = json_array(value, "shape", where);
  if (shape.size() > 64)
    fail(errc::bad_format, where, ": rank ", shape.size(), ", want at most 64");
  for (const nlohmann::json& n : shape) out.shape.push_back(number(n, "shape"));
  const std::optional<index> size = bytes_of(out.type, out.shape);
  if (!size)
    fail(errc::bad_format, where, ": shape ", shape_text(out.shape), ", 2^63 bytes or more");
  const nlohmann::json& offsets = json_array(value, "data_offsets", where);
  if (offsets.size() != 2)
    fail(errc::bad_format, where, ": ", offsets.size(), " data_offsets, want 2");
  out.begin = number(offsets[0], "data_offsets");
  out.end = number(offsets[1], "data_offsets");
  if (out.end < out.begin || out.end - out.begin != *size)
    fail(errc::bad_format, where, ": data_offsets [", out.begin, ", ", out.end, "), want ", *size,
         " bytes for ", type, " of shape ", shape_text(out.shape));
  if (value.size() != 3)
    fail(errc::bad_format, where, ": ", value.size(),
         " keys, want dtype, shape and data_offsets alone");
  return out;
}

inline std::map<std::string, std::string> parse_metadata(const nlohmann::json& value,
                                                         std::string_view file) {
  std::map<std::string, std::string> out;
  if (!value.is_object())
    fail(errc::bad_format, file, ": __metadata__ is of type ", value.type_name(),
         ", want an object of strings");
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string())
      fail(errc::bad_format, file, ": __metadata__ ", in_quotes(key), " is of type ",
           text.type_name(), ", want a string");
    out.emplace(key, text.template get_ref<const std::string&>());
  }
  return out;
}

}  // namespace detail

/// Parses and checks a header for a file with `data_bytes` bytes after it. Throws bad_format.
inline safetensors_header parse_safetensors_header(std::string_view header, index data_bytes,
                                                   std::string_view file) {
  const std::string where = shown_path(file);
  const std::string_view json = header.substr(0, header.find_last_not_of(' ') + 1);
  if (!json.starts_with('{') || !json.ends_with('}'))
    fail(errc::bad_format, where, ": the header is no JSON object padded with spaces");
  safetensors_header out;
  parse_json_members(json, {file}, [&](const std::string& name, nlohmann::json&& value) {
    if (name == "__metadata__")
      out.metadata = detail::parse_metadata(value, where);
    else
      out.tensors.push_back(
          detail::parse_tensor(name, value, concat(where, ": tensor ", in_quotes(name))));
  });
  std::sort(out.tensors.begin(), out.tensors.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  index end = 0;  // every byte belongs to exactly one tensor
  for (const tensor_info& t : out.tensors) {
    if (t.begin != end)
      fail(errc::bad_format, where, ": tensor ", in_quotes(t.name), " begins at byte ", t.begin,
           " of the data, want ", end, ": tensors must neither overlap nor leave gaps");
    end = t.end;
  }
  if (end != data_bytes)
    fail(errc::bad_format, where, ": the tensors take ", end, " bytes, the file has ", data_bytes,
         " after its header");
  return out;
}

/// The tensors of a file, in memory.
class safetensors {
 public:
  /// Reads a whole file. Nothing is allocated for the data before the header is found to be right.
  /// Throws io_failure, bad_format.
  explicit safetensors(const std::string& path) {
    input_file file(path);
    path_ = shown_path(path);
    std::array<char, 8> length_bytes;
    file.read_exactly(length_bytes, "the length of the header");
    const auto length = std::bit_cast<std::uint64_t>(length_bytes);
    const index rest = std::max(file.size(), index{8}) - 8;
    if (length > std::min(rest, max_safetensors_header))
      fail(errc::bad_format, path_, ": the header has ", length, " bytes, want at most ",
           std::min(rest, max_safetensors_header));
    std::string header(length, '\0');
    file.read_exactly(header, "the header");
    header_ = parse_safetensors_header(header, rest - length, path);
    data_.resize(rest - length);
    file.read_exactly(data_, "the data");
  }

  /// All tensors, in the order of their bytes.
  std::span<const tensor_info> tensors() const { return header_.tensors; }
  const std::map<std::string, std::string>& metadata() const { return header_.metadata; }
  /// The tensor of this name, or nullptr. Valid as long as the object.
  const tensor_info* find(std::string_view name) const {
    for (const tensor_info& t : header_.tensors)
      if (t.name == name) return &t;
    return nullptr;
  }
  /// The tensor of this name. Throws bad_format when the file has none.
  const tensor_info& at(std::string_view name) const {
    const tensor_info* t = find(name);
    if (!t) fail(errc::bad_format, path_, ": has no tensor ", in_quotes(name));
    return *t;
  }
  /// The bytes of a tensor, at no particular alignment. Valid as long as the object.
  std::span<const char> bytes(const tensor_info& t) const {
    return std::span(data_).subspan(t.begin, t.end - t.begin);
  }
  /// The elements of a tensor of 16-, 32- or 64-bit floating-point numbers, as float. Throws
  /// shape_mismatch unless there are out.size() of them, bad_format for another type.
  void copy_floats(const tensor_info& t, std::span<float> out) const {
    if (t.size() != out.size())
      fail(errc::shape_mismatch, path_, ": ", in_quotes(t.name), " is ", shape_text(t.shape),
           ", ", t.size(), " numbers, want ", out.size());
    const char* at = bytes(t).data();
    const auto each = [&](auto number, auto convert) {
      for (float& x : out) {
        std::memcpy(&number, at, sizeof number);
        at += sizeof number;
        x = convert(number);
      }
    };
    switch (t.type) {
      case dtype::f32: return each(float{}, [](float x) { return x; });
      case dtype::f64: return each(double{}, [](double x) { return static_cast<float>(x); });
      case dtype::f16: return each(std::uint16_t{}, float_from_f16);
      case dtype::bf16: return each(std::uint16_t{}, float_from_bf16);
      default:
        fail(errc::bad_format, path_, ": ", in_quotes(t.name), " is ", facts_of(t.type).name,
             ", want F32, F64, F16 or BF16");
    }
  }

 private:
  std::string path_;
  safetensors_header header_;
  std::vector<char> data_;
};

/// A tensor to be written; `bytes` are its numbers as they stand in memory, row major.
struct tensor_source {
  std::string name;
  dtype type = dtype::f32;
  std::vector<index> shape;
  std::span<const std::byte> bytes;
};

/// Writes tensors into a new file (not committed yet). The data is laid out by size of the number
/// type, largest first, then by name, so that equal content gives equal bytes.
/// Throws bad_argument for a name that is empty, repeated, "__metadata__", or not UTF-8 without
/// NUL, shape_mismatch when bytes do not match the shape, io_failure.
inline void write_safetensors(output_file& file, std::vector<tensor_source> tensors,
                              const std::map<std::string, std::string>& metadata = {}) {
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
    const index bytes_a = facts_of(a.type).bytes;
    const index bytes_b = facts_of(b.type).bytes;
    return bytes_a != bytes_b ? bytes_a > bytes_b : a.name < b.name;
  });
  nlohmann::json header = nlohmann::json::object();
  index end = 0;
  for (const tensor_source& t : tensors) {
    if (t.name.empty() || t.name == "__metadata__" || t.name.find('\0') != t.name.npos ||
        header.contains(t.name))
      fail(errc::bad_argument, shown_path(file.path()), ": tensor name ", in_quotes(t.name),
           ", want names that differ, are not empty, not __metadata__ and without NUL");
    if (bytes_of(t.type, t.shape) != t.bytes.size())
      fail(errc::shape_mismatch, shown_path(file.path()), ": tensor ", in_quotes(t.name), " has ",
           t.bytes.size(), " bytes, which is not ", facts_of(t.type).name, " of shape ",
           shape_text(t.shape));
    header[t.name] = {{"dtype", facts_of(t.type).name},
                      {"shape", t.shape},
                      {"data_offsets", {end, end + t.bytes.size()}}};
    end += t.bytes.size();
  }
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::type_error&) {
    fail(errc::bad_argument, shown_path(file.path()), ": a name or metadata that is not UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');  // keeps the data aligned to 8 bytes
  if (text.size() > max_safetensors_header)
    fail(errc::bad_argument, shown_path(file.path()), ": a header of ", text.size(),
         " bytes, the format allows ", max_safetensors_header);
  const auto length = std::bit_cast<std::array<char, 8>>(std::uint64_t{text.size()});
  file.write({length.data(), length.size()});
  file.write(text);
  for (const tensor_source& t : tensors)
    file.write({reinterpret_cast<const char*>(t.bytes.data()), t.bytes.size()});
}

}  // namespace gkd::inline v0
