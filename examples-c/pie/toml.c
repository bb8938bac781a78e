/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The part of TOML that settings and manifests are made of: sections, and keys whose value is a text, a number or a
   truth value on one line. Arrays, tables within a line and texts of several lines are passed over. */
#include <string.h>

#include "pie.h"

static const char *skip_blanks(const char *at) { return at + strspn(at, " \t\r"); }

static bool ends(const char *at) {
  at = skip_blanks(at);
  return !*at || *at == '#';
}

static void add_code(struct buffer *out, unsigned long code) {
  const char four[] = {(char)(0xf0 | code >> 18), (char)(0x80 | (code >> 12 & 63)), (char)(0x80 | (code >> 6 & 63)),
                       (char)(0x80 | (code & 63))};
  const char three = (char)(0xe0 | code >> 12), two = (char)(0xc0 | code >> 6), one = (char)code;
  if (code < 0x80) {
    buffer_add(out, &one, 1);
  } else if (code < 0x800) {
    buffer_add(out, &two, 1);
    buffer_add(out, four + 3, 1);
  } else if (code < 0x10000) {
    buffer_add(out, &three, 1);
    buffer_add(out, four + 2, 2);
  } else {
    buffer_add(out, four, 4);
  }
}

static const char *read_code(const char *at, int digits, struct buffer *out) {
  static const char hex[] = "0123456789abcdef";
  unsigned long code = 0;
  while (digits-- > 0) {
    const char *digit = *at ? strchr(hex, *at | 0x20) : NULL;
    if (!digit) return NULL;
    code = code << 4 | (unsigned long)(digit - hex);
    at++;
  }
  if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return NULL;
  add_code(out, code);
  return at;
}

static const char *read_escape(const char *at, struct buffer *out) {
  static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
  const char *found = *at ? strchr(from, *at) : NULL;
  if (found) {
    buffer_add(out, to + (found - from), 1);
    return at + 1;
  }
  return *at == 'u' ? read_code(at + 1, 4, out) : *at == 'U' ? read_code(at + 1, 8, out) : NULL;
}

/* Behind the closing quote, NULL where there is none. */
static const char *read_quoted(const char *at, struct buffer *out) {
  const char quote = *at++;
  while (at && *at && *at != quote) {
    if (quote == '"' && *at == '\\')
      at = read_escape(at + 1, out);
    else
      buffer_add(out, at++, 1);
  }
  return at && *at == quote ? at + 1 : NULL;
}

static const char *read_word(const char *at, const char *stop, struct buffer *out) {
  if (*at == '"' || *at == '\'') return read_quoted(at, out);
  const size_t size = strcspn(at, stop);
  buffer_add(out, at, size);
  return size ? at + size : NULL;
}

static bool read_section(const char *at, struct buffer *section) {
  buffer_clear(section);
  at = read_word(skip_blanks(at), " \t\r]#[", section);
  if (!at) return false;
  at = skip_blanks(at);
  return *at == ']' && ends(at + 1);
}

static bool read_pair(const char *at, struct buffer *key, struct buffer *value) {
  buffer_clear(key);
  buffer_clear(value);
  buffer_add(value, "", 0);
  at = read_word(at, " \t\r=#", key);
  if (!at) return false;
  at = skip_blanks(at);
  if (*at != '=') return false;
  at = skip_blanks(at + 1);
  if (*at == '[' || *at == '{' || !strncmp(at, "\"\"\"", 3) || !strncmp(at, "'''", 3)) return false;
  at = read_word(at, " \t\r#", value);
  return at && ends(at);
}

static const char *copy_line(const char *at, struct buffer *line) {
  const size_t size = strcspn(at, "\n");
  buffer_clear(line);
  buffer_add(line, at, size);
  return at[size] ? at + size + 1 : at + size;
}

int toml_parse(const char *text, toml_fn each, void *user_data) {
  struct buffer line = {0}, section = {0}, key = {0}, value = {0};
  int bad = 0;
  buffer_add(&section, "", 0);
  for (int number = 1; *text; number++) {
    text = copy_line(text, &line);
    const char *at = skip_blanks(line.data);
    if (ends(at)) continue;
    if (*at == '[' ? read_section(at + 1, &section) : read_pair(at, &key, &value)) {
      if (*at != '[') each(section.data, key.data, value.data, number, user_data);
    } else if (!bad) {
      bad = number;
    }
  }
  return bad;
}

void toml_quote(struct buffer *out, const char *text) {
  buffer_add(out, "\"", 1);
  for (; *text; text++) {
    const unsigned char byte = (unsigned char)*text;
    if (byte == '"' || byte == '\\')
      buffer_format(out, "\\%c", byte);
    else if (byte < 0x20 || byte == 0x7f)
      buffer_format(out, "\\u%04x", byte);
    else
      buffer_add(out, text, 1);
  }
  buffer_add(out, "\"", 1);
}

static void add_pair(struct buffer *out, const char *key, const char *value) {
  if (out->size && out->data[out->size - 1] != '\n') buffer_add(out, "\n", 1);
  if (strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == strlen(key))
    buffer_text(out, key);
  else
    toml_quote(out, key);
  buffer_format(out, " = %s\n", value);
}

/* Copies the text with one value changed: in its place, else at the end of its section. `value` is TOML. All other
   lines, comments too, stay as they are. */
void toml_set(struct buffer *out, const char *text, const char *section, const char *key, const char *value) {
  struct buffer line = {0}, current = {0}, name = {0}, old = {0};
  bool done = false, found = !*section;
  buffer_add(&current, "", 0);
  while (*text) {
    text = copy_line(text, &line);
    const char *at = skip_blanks(line.data);
    const bool here = !strcmp(current.data, section);
    if (*at == '[') {
      if (here && !done) add_pair(out, key, value);
      done = done || here;
      read_section(at + 1, &current);
      found = found || !strcmp(current.data, section);
    } else if (here && !done && !ends(at) && read_pair(at, &name, &old) && !strcmp(name.data, key)) {
      add_pair(out, key, value);
      done = true;
      continue;
    }
    buffer_format(out, "%s\n", line.data);
  }
  if (done) return;
  if (!found) buffer_format(out, "%s[%s]\n", out->size ? "\n" : "", section);
  add_pair(out, key, value);
}
