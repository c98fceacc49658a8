// SPDX-License-Identifier: Apache-2.0
// The safetensors file format, read and written by its rules and no looser. Opt-in: needs
// nlohmann/json.
//
//   8 bytes   N, the length of the header, lowest byte first
//   N bytes   {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...,
//              "__metadata__": {"key": "text", ...}}, padded with spaces
//   the rest  the data: every byte belongs to exactly one tensor
// Refused (bad_format): a header above 100 MB, duplicate or unknown keys, overlaps, gaps, bytes
// before or after, shapes whose product overflows or is not the number of bytes, and, which the
// format allows, more than 64 dimensions and more than 50,000 texts of metadata. The order of the
// names in the header is free; the values, NaN included, are not looked at.
// A file stays open and its tensors are read where they lie when they are asked for: memory holds
// the header. The file is not mapped: a program dies of SIGBUS when another cuts a file that it has
// mapped, while a read says that the file has ended; and reading is no slower.
// Source: huggingface/safetensors, README and tensor.rs.
#pragma once

#include <gkd/io/json.hpp>
#include <gkd/io/safetensors_types.hpp>

#include <algorithm>    // sort, lower_bound, max, min
#include <array>        // array
#include <bit>          // bit_cast, endian
#include <limits>       // numeric_limits
#include <map>          // map
#include <optional>     // optional
#include <span>         // span
#include <string>       // string
#include <string_view>  // string_view
#include <utility>      // move
#include <vector>       // vector

namespace gkd::inline v0 {

static_assert(std::endian::native == std::endian::little,
              "gkd: io/safetensors.hpp copies numbers as they stand in the file and needs a "
              "little-endian machine");

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

/// What a header says.
struct safetensors_header {
  std::vector<tensor_info> tensors;  ///< in the order of their bytes
  std::map<std::string, std::string> metadata;
};

/// The largest header that the format allows, in bytes.
inline constexpr index max_safetensors_header = 100'000'000;
/// The most texts in __metadata__: they are held twice, in some 250 bytes each, while it is read.
inline constexpr index max_safetensors_metadata = 50'000;

namespace detail {

// How many values of JSON a member of the header may have before it is looked at: a tensor of 64
// dimensions has 70, a hostile one as many as fit into 100 MB.
inline index max_header_values(std::string_view name) {
  return name == "__metadata__" ? 1 + max_safetensors_metadata : 128;
}

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
  const auto take = [&](const std::string& name, nlohmann::json&& value) {
    if (name == "__metadata__")
      out.metadata = detail::parse_metadata(value, where);
    else
      out.tensors.push_back(
          detail::parse_tensor(name, value, concat(where, ": tensor ", in_quotes(name))));
  };
  parse_json_members(json, {file}, detail::max_header_values, take);
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

/// The tensors of a file, read when they are asked for. Reading from several threads is safe.
class safetensors {
 public:
  /// Opens a file and checks its header. Throws io_failure, bad_format.
  explicit safetensors(const std::string& path) : safetensors(input_file(path)) {}
  explicit safetensors(input_file file) : file_(std::move(file)), path_(shown_path(file_.path())) {
    std::array<char, 8> length_bytes;
    file_.read_exactly_at(0, length_bytes, "the length of the header");
    const auto length = std::bit_cast<std::uint64_t>(length_bytes);
    const index rest = std::max(file_.size(), index{8}) - 8;
    if (length > max_safetensors_header)
      fail(errc::bad_format, path_, ": the header has ", length, " bytes, want at most ",
           max_safetensors_header, ", if this is a file in safetensors at all");
    if (length > rest)
      fail(errc::bad_format, path_, ": ends inside the header, after ", rest, " of ", length,
           " bytes; want the whole file, if this is one in safetensors at all");
    std::string header(length, '\0');
    file_.read_exactly_at(8, header, "the header");
    header_ = parse_safetensors_header(header, rest - length, file_.path());
    data_ = 8 + length;
    for (const tensor_info& t : header_.tensors) by_name_.push_back(&t);
    std::sort(by_name_.begin(), by_name_.end(),
              [](const tensor_info* a, const tensor_info* b) { return a->name < b->name; });
  }
  safetensors(safetensors&&) = default;
  safetensors& operator=(safetensors&&) = default;

  /// Where the file is, in printable characters.
  const std::string& path() const { return path_; }
  /// All tensors, in the order of their bytes.
  std::span<const tensor_info> tensors() const { return header_.tensors; }
  const std::map<std::string, std::string>& metadata() const { return header_.metadata; }
  /// The tensor of this name, or nullptr. Valid as long as the object, also when it is moved.
  const tensor_info* find(std::string_view name) const {
    const auto at = std::lower_bound(
        by_name_.begin(), by_name_.end(), name,
        [](const tensor_info* t, std::string_view wanted) { return t->name < wanted; });
    return at != by_name_.end() && (*at)->name == name ? *at : nullptr;
  }
  /// The tensor of this name. Throws bad_format when the file has none.
  const tensor_info& at(std::string_view name) const {
    const tensor_info* t = find(name);
    if (!t) fail(errc::bad_format, path_, ": has no tensor ", in_quotes(name));
    return *t;
  }

  /// The bytes [first, first + into.size()) of a tensor. Throws io_failure, and bad_format when the
  /// file has become shorter since it was opened.
  void read_bytes(const tensor_info& t, index first, std::span<char> into) const {
    GKD_ASSERT(first + into.size() <= t.end - t.begin);
    file_.read_exactly_at(data_ + t.begin + first, into, concat("tensor ", in_quotes(t.name)));
  }
  /// All elements of a tensor of floating-point numbers; what has the type of `out` is read bit for
  /// bit. Throws shape_mismatch unless there are out.size() of them, bad_format for another type,
  /// and as read_bytes() does.
  void read(const tensor_info& t, std::span<float> out) const { read_all(t, out); }
  void read(const tensor_info& t, std::span<double> out) const { read_all(t, out); }
  /// The elements [first, first + out.size()) of a tensor.
  void read(const tensor_info& t, index first, std::span<float> out) const {
    read_part(t, first, out);
  }
  void read(const tensor_info& t, index first, std::span<double> out) const {
    read_part(t, first, out);
  }

 private:
  template <class T>
  void read_all(const tensor_info& t, std::span<T> out) const {
    if (t.size() != out.size())
      fail(errc::shape_mismatch, path_, ": ", in_quotes(t.name), " is ", shape_text(t.shape), ", ",
           t.size(), " numbers, want ", out.size());
    read_part(t, 0, out);
  }
  template <class T>
  void read_part(const tensor_info& t, index first, std::span<T> out) const {
    GKD_ASSERT(first + out.size() <= t.size());
    if (t.type == detail::dtype_of<T>()) return read_bytes(t, first * sizeof(T), as_chars(out));
    switch (t.type) {
      case dtype::f32: return convert<float>(t, first, out, [](float x) { return x; });
      case dtype::f64: return convert<double>(t, first, out, [](double x) { return x; });
      case dtype::f16: return convert<std::uint16_t>(t, first, out, float_from_f16);
      case dtype::bf16: return convert<std::uint16_t>(t, first, out, float_from_bf16);
      default:
        fail(errc::bad_format, path_, ": ", in_quotes(t.name), " is ", facts_of(t.type).name,
             ", want F32, F64, F16 or BF16");
    }
  }
  template <class T>
  static std::span<char> as_chars(std::span<T> numbers) {
    return {reinterpret_cast<char*>(numbers.data()), numbers.size_bytes()};
  }
  // block by block, through the stack
  template <class Stored, class T, class Convert>
  void convert(const tensor_info& t, index first, std::span<T> out, Convert widen) const {
    std::array<Stored, 4096> block;
    while (!out.empty()) {
      const std::span<Stored> part = std::span(block).first(std::min(out.size(), block.size()));
      read_bytes(t, first * sizeof(Stored), as_chars(part));
      for (index i = 0; i < part.size(); ++i) out[i] = static_cast<T>(widen(part[i]));
      out = out.subspan(part.size());
      first += part.size();
    }
  }

  input_file file_;
  std::string path_;
  safetensors_header header_;
  index data_ = 0;  // where the data begins in the file
  std::vector<const tensor_info*> by_name_;
};

/// A tensor to be written; `bytes` are its numbers as they stand in memory, row major.
struct tensor_source {
  std::string name;
  dtype type = dtype::f32;
  std::vector<index> shape;
  std::span<const std::byte> bytes;
};

/// Begins a new file: puts the tensors, of which name, type and shape are given, into the order of
/// their bytes, sets begin and end, and writes the header; the bytes are to follow, in that order.
/// It is by size of the number type, largest first, then by name, so that equal content gives equal
/// bytes. Throws bad_argument for a name that is empty, repeated, "__metadata__", or not UTF-8
/// without NUL, and for a shape of 2^63 bytes or more; io_failure.
inline void write_safetensors_header(output_file& file, std::vector<tensor_info>& tensors,
                                     const std::map<std::string, std::string>& metadata = {}) {
  const std::string where = shown_path(file.path());
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
    const index bytes_a = facts_of(a.type).bytes;
    const index bytes_b = facts_of(b.type).bytes;
    return bytes_a != bytes_b ? bytes_a > bytes_b : a.name < b.name;
  });
  nlohmann::json header = nlohmann::json::object();
  index end = 0;
  for (tensor_info& t : tensors) {
    if (t.name.empty() || t.name == "__metadata__" || t.name.find('\0') != t.name.npos ||
        header.contains(t.name))
      fail(errc::bad_argument, where, ": tensor name ", in_quotes(t.name),
           ", want names that differ, are not empty, not __metadata__ and without NUL");
    const std::optional<index> bytes = bytes_of(t.type, t.shape);
    if (!bytes)
      fail(errc::bad_argument, where, ": tensor ", in_quotes(t.name), " of shape ",
           shape_text(t.shape), " has 2^63 bytes or more");
    t.begin = end;
    t.end = end += *bytes;
    header[t.name] = {
        {"dtype", facts_of(t.type).name}, {"shape", t.shape}, {"data_offsets", {t.begin, t.end}}};
  }
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::type_error&) {
    fail(errc::bad_argument, where, ": a name or metadata that is not UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');  // keeps the data aligned to 8 bytes
  if (text.size() > max_safetensors_header)
    fail(errc::bad_argument, where, ": a header of ", text.size(), " bytes, the format allows ",
         max_safetensors_header);
  const auto length = std::bit_cast<std::array<char, 8>>(std::uint64_t{text.size()});
  file.write({length.data(), length.size()});
  file.write(text);
}

/// Writes tensors into a new file (not committed yet). Throws as write_safetensors_header() does,
/// and shape_mismatch when bytes do not match the shape.
inline void write_safetensors(output_file& file, const std::vector<tensor_source>& tensors,
                              const std::map<std::string, std::string>& metadata = {}) {
  std::vector<tensor_info> layout;
  std::map<std::string_view, std::span<const std::byte>> bytes;
  for (const tensor_source& t : tensors) {
    if (bytes_of(t.type, t.shape) != t.bytes.size())
      fail(errc::shape_mismatch, shown_path(file.path()), ": tensor ", in_quotes(t.name), " has ",
           t.bytes.size(), " bytes, which is not ", facts_of(t.type).name, " of shape ",
           shape_text(t.shape));
    layout.push_back({t.name, t.type, t.shape});
    bytes[t.name] = t.bytes;
  }
  write_safetensors_header(file, layout, metadata);
  for (const tensor_info& t : layout) {
    const std::span<const std::byte> data = bytes[t.name];
    file.write({reinterpret_cast<const char*>(data.data()), data.size()});
  }
}

}  // namespace gkd::inline v0
