/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What an inferlet is launched with: --input, --input-file, or arguments as the official command reads them. */
#include <errno.h>
#include <string.h>

#include "pie.h"

struct members {
  struct texts keys, values; /* the values as JSON */
};

static void set_member(struct members *members, const char *key, const char *value) {
  for (size_t i = 0; i < members->keys.count; i++)
    if (!strcmp(members->keys.items[i], key)) {
      members->values.items[i] = value;
      return;
    }
  texts_add(&members->keys, key);
  texts_add(&members->values, value);
}

static size_t digits(const char *at) { return strspn(at, "0123456789"); }

static const char *exponent(const char *at) {
  if (*at != 'e' && *at != 'E') return at;
  at += 1 + strspn(at + 1, "+-") % 2;
  return digits(at) ? at + digits(at) : NULL;
}

/* A number in any usual spelling (007, .5, 5., +1) as JSON spells it; NULL where it is none. */
static const char *number(const char *text) {
  const bool negative = *text == '-';
  const char *whole = text + (*text == '-' || *text == '+');
  const size_t all = digits(whole);
  const char *fraction = whole[all] == '.' ? whole + all + 1 : NULL;
  const size_t parts = fraction ? digits(fraction) : 0;
  const char *power = fraction ? fraction + parts : whole + all, *end = exponent(power);
  if (all + parts == 0 || !end || *end) return NULL;
  size_t zeros = 0;
  while (zeros + 1 < all && whole[zeros] == '0') zeros++;
  return keep_format("%s%.*s%s%.*s%s", negative ? "-" : "", all ? (int)(all - zeros) : 1, all ? whole + zeros : "0",
                     parts      ? "."
                     : fraction ? ".0"
                                : "",
                     (int)parts, fraction ? fraction : "", power);
}

static const char *text_value(const char *text) {
  struct buffer out = {0};
  json_string(&out, text, strlen(text));
  return out.data;
}

static const char *value(const char *text) {
  const char *as_number = number(text);
  if (!strcmp(text, "true") || !strcmp(text, "false")) return text;
  return as_number ? as_number : text_value(text);
}

static const char *underscored(const char *text, size_t size) {
  char *key = keep_text(text, size);
  for (char *at = key; *at; at++)
    if (*at == '-') *at = '_';
  return key;
}

/* A word behind an option is its value unless it looks like an option; -5 does not. */
static bool is_value(const char *word) { return word && (*word != '-' || number(word)); }

static size_t add_long(struct members *members, const char *word, const char *next) {
  const char *equals = strchr(word, '=');
  const char *key = underscored(word, equals ? (size_t)(equals - word) : strlen(word));
  set_member(members, key, equals ? value(equals + 1) : is_value(next) ? value(next) : "true");
  return !equals && is_value(next) ? 2 : 1;
}

static void add_positional(struct buffer *out, const char *word) {
  buffer_text(out, out->size ? "," : "[");
  buffer_text(out, value(word));
}

static void add_words(struct members *members, const struct texts *words) {
  struct buffer positional = {0};
  size_t i = 0;
  while (i < words->count) {
    const char *word = words->items[i], *next = i + 1 < words->count ? words->items[i + 1] : NULL;
    if (!strncmp(word, "--", 2) && word[2]) {
      i += add_long(members, word + 2, next);
    } else if (*word == '-' && strlen(word) == 2 && !number(word) && next) {
      set_member(members, word + 1, value(next));
      i += 2;
    } else {
      add_positional(&positional, word);
      i++;
    }
  }
  if (!positional.size) return;
  buffer_text(&positional, "]");
  set_member(members, "_positional", positional.data);
}

static const char *object(const struct members *members) {
  struct buffer out = {0};
  for (size_t i = 0; i < members->keys.count; i++) {
    buffer_text(&out, i ? "," : "{");
    json_string(&out, members->keys.items[i], strlen(members->keys.items[i]));
    buffer_format(&out, ":%s", members->values.items[i]);
  }
  buffer_text(&out, "}");
  return out.data;
}

static const char *input_file(const char *path) {
  size_t size;
  const char *text = read_file(path, &size);
  if (!text) fail_with(EXIT_FILE, "--input-file: %s: %s", path, strerror(errno));
  if (strlen(text) != size) usage("--input-file: %s: there is a NUL byte in it", path);
  return text;
}

const char *launch_input(void) {
  struct members members = {{0}, {0}};
  if (given(OPT_INPUT) + given(OPT_INPUT_FILE) + (app.rest.count > 0) > 1)
    usage("--input, --input-file and arguments of the inferlet: give one of them");
  if (given(OPT_INPUT)) return value_of(OPT_INPUT);
  if (given(OPT_INPUT_FILE)) return input_file(value_of(OPT_INPUT_FILE));
  if (!app.rest.count) return NULL;
  for (size_t i = 0; i < app.rest.count; i++)
    if (!is_utf8(app.rest.items[i])) usage("argument %zu of the inferlet is no UTF-8: %s", i + 1, app.rest.items[i]);
  add_words(&members, &app.rest);
  return object(&members);
}
