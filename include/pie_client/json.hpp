/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * As much of JSON as the interface needs. Not for use by programs. */
#ifndef PIE_CLIENT_JSON_HPP
#define PIE_CLIENT_JSON_HPP

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/** @cond DETAIL */
namespace pie {
namespace detail {

/** A JSON string of this text. */
inline std::string quote(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) quoted += c;
    else quoted.append("\\u00").append(1, digits[c >> 4]).append(1, digits[c & 15]);
  }
  return quoted += '"';
}

inline void append_utf8(std::string &to, unsigned long point) {
  const auto tail = [&](int shift) { to += static_cast<char>(0x80 | ((point >> shift) & 0x3f)); };
  if (point < 0x80) {
    to += static_cast<char>(point);
  } else if (point < 0x800) {
    to += static_cast<char>(0xc0 | (point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    to += static_cast<char>(0xe0 | (point >> 12));
    tail(6), tail(0);
  } else {
    to += static_cast<char>(0xf0 | (point >> 18));
    tail(12), tail(6), tail(0);
  }
}

/** Reads a JSON array of strings that the library wrote: anything else ends it early. */
class text_array {
public:
  explicit text_array(std::string_view json) : json_(json) {}

  std::vector<std::string> read() {
    std::vector<std::string> texts;
    while ((at_ = json_.find('"', at_)) != std::string_view::npos) texts.push_back(read_one());
    return texts;
  }

private:
  std::string read_one() {
    std::string text;
    for (++at_; at_ < json_.size() && json_[at_] != '"'; ++at_)
      if (json_[at_] == '\\') read_escape(text);
      else text += json_[at_];
    ++at_;
    return text;
  }

  void read_escape(std::string &text) {
    constexpr std::string_view letters = "bfnrt", values = "\b\f\n\r\t";
    if (++at_ >= json_.size()) return;
    const std::size_t place = letters.find(json_[at_]);
    if (json_[at_] == 'u') append_utf8(text, read_point());
    else text += place == std::string_view::npos ? json_[at_] : values[place];
  }

  unsigned long read_unit() {
    unsigned long unit = 0;
    for (int i = 0; i < 4 && at_ + 1 < json_.size(); ++i) {
      const char c = json_[++at_];
      unit = unit * 16 + static_cast<unsigned long>(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return unit;
  }

  unsigned long read_point() {
    const unsigned long high = read_unit();
    if (high < 0xd800 || high > 0xdbff || json_.substr(at_ + 1, 2) != "\\u") return high;
    at_ += 2;
    return 0x10000 + ((high - 0xd800) << 10) + (read_unit() - 0xdc00);
  }

  std::string_view json_;
  std::size_t at_ = 0;
};

inline std::vector<std::string> parse_texts(std::string_view json) { return text_array(json).read(); }

} // namespace detail
} // namespace pie
/** @endcond */

#endif
