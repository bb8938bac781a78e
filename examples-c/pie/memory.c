/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Memory that lives as long as the program, in one list: a command is short, and every way out frees all of it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pie.h"

struct block {
  struct block *next, *previous;
  max_align_t data[];
};

static struct block first = {&first, &first};

static void link_block(struct block *block) {
  block->next = first.next;
  block->previous = &first;
  first.next->previous = block;
  first.next = block;
}

static void unlink_block(struct block *block) {
  block->next->previous = block->previous;
  block->previous->next = block->next;
}

static _Noreturn void no_memory(void) {
  static const char text[] = "pie: no memory\n";
  (void)!write(STDERR_FILENO, text, sizeof text - 1);
  _exit(EXIT_OTHER);
}

static void *grow(void *data, size_t size) {
  struct block *block = data ? (struct block *)((char *)data - offsetof(struct block, data)) : NULL;
  if (block) unlink_block(block);
  if (size > SIZE_MAX - sizeof *block) no_memory();
  block = realloc(block, sizeof *block + size);
  if (!block) no_memory();
  link_block(block);
  return block->data;
}

void *keep(size_t size) { return memset(grow(NULL, size), 0, size); }

char *keep_text(const char *text, size_t size) {
  char *copy = keep(size + 1);
  if (size) memcpy(copy, text, size);
  return copy;
}

static void add_format(struct buffer *buffer, const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  const int size = vsnprintf(NULL, 0, format, arguments);
  char *text = keep((size_t)size + 1);
  vsnprintf(text, (size_t)size + 1, format, again);
  va_end(again);
  buffer_add(buffer, text, (size_t)size);
  struct block *block = (struct block *)(text - offsetof(struct block, data));
  unlink_block(block);
  free(block);
}

char *keep_format(const char *format, ...) {
  struct buffer buffer = {0};
  va_list arguments;
  va_start(arguments, format);
  add_format(&buffer, format, arguments);
  va_end(arguments);
  return buffer.data;
}

void texts_add(struct texts *texts, const char *text) {
  texts->items = grow(texts->items, (texts->count + 1) * sizeof *texts->items);
  texts->items[texts->count++] = text;
}

/* What a buffer holds always ends in a NUL that its size does not count. */
void buffer_add(struct buffer *buffer, const void *data, size_t size) {
  if (size >= SIZE_MAX / 2 - buffer->size) no_memory();
  if (buffer->size + size + 1 > buffer->room) {
    buffer->room = 2 * (buffer->size + size) + 64;
    buffer->data = grow(buffer->data, buffer->room);
  }
  if (size) memcpy(buffer->data + buffer->size, data, size);
  buffer->size += size;
  buffer->data[buffer->size] = 0;
}

void buffer_text(struct buffer *buffer, const char *text) { buffer_add(buffer, text, strlen(text)); }

void buffer_format(struct buffer *buffer, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  add_format(buffer, format, arguments);
  va_end(arguments);
}

void buffer_clear(struct buffer *buffer) { buffer->size = 0; }

void memory_free(void) {
  while (first.next != &first) {
    struct block *block = first.next;
    unlink_block(block);
    free(block);
  }
}
