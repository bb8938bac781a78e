/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Writing JSON: one object a line, each with the member `event`. */
#include <string.h>
#include <unistd.h>

#include "pie.h"

/* The length of the UTF-8 character at `at`, 0 where there is none. */
static size_t character(const unsigned char *at, size_t left) {
  static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
  const size_t size = *at < 0x80 ? 1 : *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : *at >= 0xc0 ? 2 : 0;
  if (size < 2 || size > left || *at >= 0xf8) return size == 1;
  unsigned code = *at & (0x7fu >> size);
  for (size_t i = 1; i < size; i++) {
    if ((at[i] & 0xc0) != 0x80) return 0;
    code = code << 6 | (at[i] & 0x3f);
  }
  return code < least[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? 0 : size;
}

bool is_utf8(const char *text) {
  const unsigned char *at = (const unsigned char *)text;
  size_t left = strlen(text), length;
  for (; left; at += length, left -= length)
    if ((length = character(at, left)) == 0) return false;
  return true;
}

static void escape(struct buffer *out, unsigned char byte) {
  static const char *const names[] = {['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t"};
  if (byte == '"' || byte == '\\')
    buffer_format(out, "\\%c", byte);
  else if (byte < sizeof names / sizeof *names && names[byte])
    buffer_text(out, names[byte]);
  else
    buffer_format(out, "\\u%04x", byte);
}

/* What is no UTF-8 (a file's name may be none) becomes U+FFFD. */
void json_string(struct buffer *out, const char *data, size_t size) {
  const unsigned char *at = (const unsigned char *)data, *const end = at + size;
  buffer_add(out, "\"", 1);
  while (at < end) {
    const unsigned char *plain = at;
    size_t length = 0;
    while (at < end && *at >= 0x20 && *at != '"' && *at != '\\' && *at != 0x7f &&
           (length = character(at, (size_t)(end - at))) > 0)
      at += length;
    buffer_add(out, plain, (size_t)(at - plain));
    if (at == end) break;
    if (*at < 0x80)
      escape(out, *at);
    else
      buffer_text(out, "\xef\xbf\xbd");
    at++;
  }
  buffer_add(out, "\"", 1);
}

void json_base64(struct buffer *out, const void *data, size_t size) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const unsigned char *at = data;
  buffer_add(out, "\"", 1);
  for (size_t i = 0; i < size; i += 3) {
    const size_t left = size - i;
    const unsigned bits =
        (unsigned)at[i] << 16 | (left > 1 ? (unsigned)at[i + 1] << 8 : 0) | (left > 2 ? (unsigned)at[i + 2] : 0);
    const char four[] = {digits[bits >> 18], digits[bits >> 12 & 63], left > 1 ? digits[bits >> 6 & 63] : '=',
                         left > 2 ? digits[bits & 63] : '='};
    buffer_add(out, four, sizeof four);
  }
  buffer_add(out, "\"", 1);
}

void json_begin(struct buffer *out, const char *event) {
  buffer_clear(out);
  buffer_text(out, "{\"event\":");
  json_string(out, event, strlen(event));
}

void json_data(struct buffer *out, const char *key, const char *data, size_t size) {
  buffer_format(out, ",\"%s\":", key);
  json_string(out, data, size);
}

/* NULL is null. */
void json_text(struct buffer *out, const char *key, const char *text) {
  if (text)
    json_data(out, key, text, strlen(text));
  else
    buffer_format(out, ",\"%s\":null", key);
}

void json_number(struct buffer *out, const char *key, uint64_t number) {
  buffer_format(out, ",\"%s\":%llu", key, (unsigned long long)number);
}

void json_end(struct buffer *out) {
  buffer_text(out, "}\n");
  put(STDOUT_FILENO, out->data, out->size);
}
