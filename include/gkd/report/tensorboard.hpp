// SPDX-License-Identifier: Apache-2.0
// Curves and texts for TensorBoard, in its own files and without its libraries.
//
//   gkd::trainer t{..., gkd::tensorboard_log{"run/tensorboard"}};      tensorboard --logdir run
//
//   file     a record for each event: u64 length, u32 crc of it, the event, u32 crc of it
//   crc      CRC-32C (Castagnoli), masked: rotated right by 15 bits, plus 0xa282ead8
//   event    protobuf: wall_time 1, step 2, file_version 3, summary 5, session_log 7
//   summary  value 1: tag 1, simple_value 2, tensor 8, metadata 9
//
// Source: TensorFlow's tfrecord format, event.proto, summary.proto and tensor.proto.
#pragma once

#include <gkd/io/file.hpp>
#include <gkd/train/step_window.hpp>

#include <array>             // array
#include <bit>               // bit_cast
#include <chrono>            // system_clock
#include <cstdint>           // uint32_t
#include <functional>        // function
#include <initializer_list>  // initializer_list
#include <span>              // span
#include <string>            // string
#include <vector>            // vector

namespace gkd::inline v0 {

namespace detail {

inline std::uint32_t crc32c(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t crc = i;
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0u);
      t[i] = crc;
    }
    return t;
  }();
  std::uint32_t crc = ~0u;
  for (char c : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

inline std::uint32_t masked_crc32c(std::string_view bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xa282ead8u;
}

/// A protobuf message on its way into bytes, field by field in ascending order.
class protobuf {
 public:
  protobuf& varint(unsigned field, std::uint64_t value) {
    add_varint(field << 3);
    add_varint(value);
    return *this;
  }
  protobuf& number(unsigned field, double value) {
    add_varint(field << 3 | 1);
    add_fixed(std::bit_cast<std::uint64_t>(value));
    return *this;
  }
  protobuf& number(unsigned field, float value) {
    add_varint(field << 3 | 5);
    add_fixed(std::bit_cast<std::uint32_t>(value));
    return *this;
  }
  protobuf& bytes(unsigned field, std::string_view value) {
    add_varint(field << 3 | 2);
    add_varint(value.size());
    bytes_ += value;
    return *this;
  }
  protobuf& message(unsigned field, const protobuf& value) { return bytes(field, value.bytes_); }
  const std::string& text() const { return bytes_; }

 private:
  void add_varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  template <class Bits>
  void add_fixed(Bits bits) {
    for (std::size_t i = 0; i < sizeof bits; ++i)
      bytes_ += static_cast<char>(bits >> (8 * i) & 0xff);
  }
  std::string bytes_;
};

/// An event as a record of the file.
inline std::string event_record(const protobuf& event) {
  std::string record;
  const auto add = [&](std::uint64_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) record += static_cast<char>(number >> (8 * i) & 0xff);
  };
  add(event.text().size(), 8);
  add(masked_crc32c(record), 4);
  record += event.text();
  add(masked_crc32c(event.text()), 4);
  return record;
}

/// events.out.tfevents.<seconds>.<host>.<process>.<number>
inline std::string event_file_name(double now, index number) {
  char host[256] = "localhost";
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  std::string name = host;
  for (char& c : name)
    if (c == '/' || static_cast<unsigned char>(c) < 0x20) c = '_';
  char seconds[24];
  std::snprintf(seconds, sizeof seconds, "%010lld", static_cast<long long>(now));
  return concat("events.out.tfevents.", seconds, ".", name, ".", ::getpid(), ".", number);
}

}  // namespace detail

/// Seconds since 1970.
inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// A number under the name of its curve.
struct named_scalar {
  std::string_view tag;
  double value = 0.0;
};

/// A new file of events in a directory, which is made if need be. Each event is handed to the
/// system at once; one that it refuses is taken back, so that the file stays readable.
class tensorboard_writer {
 public:
  /// Throws io_failure.
  explicit tensorboard_writer(const std::string& directory,
                              std::function<double()> clock = wall_seconds)
      : clock_(std::move(clock)) {
    detail::check_path(directory, "the directory of tensorboard_writer");
    detail::make_directories(directory);
    const double now = clock_();
    for (index number = 0; file_.get() < 0; ++number) {
      path_ = directory + "/" + detail::event_file_name(now, number);
      file_ = detail::descriptor(
          detail::open_retrying(path_, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0644));
      if (file_.get() < 0 && errno != EEXIST) detail::fail_errno(path_, "cannot create");
    }
    add(detail::protobuf().number(1, now).bytes(3, "brain.Event:2"));
  }

  /// Points of curves at a step, >= 0, as float. Throws io_failure.
  void scalars(std::span<const named_scalar> values, long step) {
    detail::protobuf summary;
    for (const named_scalar& v : values)
      summary.message(1, detail::protobuf().bytes(1, v.tag).number(2, static_cast<float>(v.value)));
    add(at(step).message(5, summary));
  }
  void scalars(std::initializer_list<named_scalar> values, long step) {
    scalars(std::span<const named_scalar>(values.begin(), values.size()), step);
  }
  /// A text, shown as Markdown. Throws io_failure.
  void text(std::string_view tag, std::string_view text, long step) {
    constexpr std::uint64_t dt_string = 7;
    const auto one_dimension = detail::protobuf().message(2, detail::protobuf().varint(1, 1));
    const auto tensor =
        detail::protobuf().varint(1, dt_string).message(2, one_dimension).bytes(8, text);
    const auto plugin = detail::protobuf().bytes(1, "text");
    const auto value = detail::protobuf()
                           .bytes(1, concat(tag, "/text_summary"))
                           .message(8, tensor)
                           .message(9, detail::protobuf().message(1, plugin));
    add(at(step).message(5, detail::protobuf().message(1, value)));
  }
  /// A run goes on: what other files of the directory hold from this step on is void.
  void restart(long step) {
    constexpr std::uint64_t start = 1;
    add(at(step).message(7, detail::protobuf().varint(1, start)));
  }

  const std::string& path() const { return path_; }

 private:
  detail::protobuf at(long step) const {
    detail::protobuf event;
    event.number(1, clock_());
    if (step != 0) event.varint(2, static_cast<std::uint64_t>(step));
    return event;
  }
  void add(const detail::protobuf& event) {
    const std::string record = detail::event_record(event);
    // what could not be taken back before is first: behind a part of a record none is read
    if ((torn_ && !take_back()) || !detail::write_all(file_.get(), record)) {
      const int reason = errno;
      take_back();
      errno = reason;
      detail::fail_errno(path_, "cannot append");
    }
    size_ += record.size();
  }
  bool take_back() {
    torn_ = ::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0;
    return !torn_;
  }

  std::string path_;
  std::function<double()> clock_;
  detail::descriptor file_;
  std::uint64_t size_ = 0;  // of whole records
  bool torn_ = false;       // behind them is a part of one
};

/// What a run is shown with besides its curves: a name and a text, Markdown.
struct named_text {
  std::string tag, text;
};

/// Curves of a run for TensorBoard, as a callback: train/loss (a mean over the steps since the
/// point before), train/grad_norm, train/learning_rate ... for each step that logging_steps asks
/// for, and eval/loss ... for each evaluation. The tags are transformers' where it has them. A run
/// that is resumed adds a file, and what the stopped one had written beyond its checkpoint is
/// passed over.
class tensorboard_log {
 public:
  /// Throws io_failure.
  explicit tensorboard_log(const std::string& directory, std::vector<named_text> texts = {})
      : writer_(directory), texts_(std::move(texts)) {}

  void on_start(const start_event& e) {
    window_ = {};
    if (e.first_step > 0) writer_.restart(e.first_step + 1);
    for (const named_text& t : texts_) writer_.text(t.tag, t.text, e.first_step);
    texts_.clear();
  }
  void on_step(const step_event& e) {
    window_.add(e);
    if (!e.log) return;
    writer_.scalars({{"train/loss", window_.loss()},
                     {"train/grad_norm", e.gradient_norm},
                     {"train/learning_rate", e.learning_rate},
                     {"train/epoch", e.epoch},
                     {"train/student_fraction", window_.student_fraction()},
                     {"train/num_input_tokens_seen", e.tokens_seen},
                     {"train/tokens_per_second", window_.tokens_per_second()},
                     {"train/seconds_per_step", window_.seconds_per_step()},
                     {"train/generation_share", window_.generation_share()}},
                    e.step);
    window_ = {};
  }
  void on_eval(const eval_event& e) {
    std::vector<std::string> tags;
    for (const auto& [name, value] : e.values) {
      tags.push_back(name);
      if (const index end = name.find('_'); end != name.npos) tags.back()[end] = '/';
    }
    std::vector<named_scalar> values;
    for (index i = 0; i < tags.size(); ++i) values.push_back({tags[i], e.values[i].second});
    writer_.scalars(values, e.step);
  }

  const std::string& path() const { return writer_.path(); }

 private:
  tensorboard_writer writer_;
  std::vector<named_text> texts_;
  step_window window_;
};

}  // namespace gkd::inline v0
