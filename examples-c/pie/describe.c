/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Reads the table of options that the library gives as JSON, an array of flat objects, and prints it. */
#include <string.h>
#include <unistd.h>

#include "pie.h"

/* Behind a JSON text that begins at `at`; what it says is added. The library's own text is well formed. */
static const char *read_text(const char *at, struct buffer *out) {
  for (at++; *at && *at != '"'; at++) {
    if (*at == '\\' && at[1]) at++;
    buffer_add(out, at, 1);
  }
  return *at ? at + 1 : at;
}

/* A number, or a list whose parts are shown with commas between. */
static const char *read_value(const char *at, struct buffer *out) {
  int depth = 0;
  if (*at == '"') return read_text(at, out);
  while (*at && (depth || !strchr(",}", *at))) {
    if (*at == '"') {
      at = read_text(at, out);
      continue;
    }
    depth += *at == '[' ? 1 : *at == ']' ? -1 : 0;
    buffer_add(out, at++, 1);
  }
  return at;
}

struct row {
  struct buffer key, standard, range, meaning;
};

static const char *read_member(const char *at, struct row *row) {
  struct buffer name = {0}, other = {0};
  buffer_add(&name, "", 0);
  at = read_text(at, &name);
  struct buffer *place = !strcmp(name.data, "key")       ? &row->key
                         : !strcmp(name.data, "default") ? &row->standard
                         : !strcmp(name.data, "range")   ? &row->range
                         : !strcmp(name.data, "meaning") ? &row->meaning
                                                         : &other;
  buffer_add(place, "", 0);
  return read_value(at + 1, place);
}

static void print_row(const struct row *row) {
  struct buffer line = {0};
  if (!row->key.data || !row->meaning.data) return;
  buffer_format(&line, "%s = %s", row->key.data, row->standard.data ? row->standard.data : "");
  if (row->range.data && row->range.size) buffer_format(&line, "   %s", row->range.data);
  buffer_format(&line, "\n    %s\n", row->meaning.data);
  put(STDOUT_FILENO, line.data, line.size);
}

void describe_options(const char *json) {
  struct row row = {0};
  while (*json) {
    if (*json == '"') {
      json = read_member(json, &row);
      continue;
    }
    if (*json == '{') row = (struct row){0};
    if (*json == '}') print_row(&row);
    json++;
  }
}
