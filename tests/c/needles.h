/* Secrets to look for in the memory of the test, which does not hold them itself. */
#ifndef NEEDLES_H
#define NEEDLES_H

#include "harness.h"

#include <fcntl.h>

enum { MOST = 48, MASK = 0x5a, NEEDLES = 17 };

/* Masked, so that the test itself does not hold them. */
typedef struct needle {
  const char *what;
  unsigned char bytes[MOST];
  size_t size;
} needle;

static needle needles[NEEDLES];
static size_t needle_count;

static inline void remember(const char *what, const unsigned char *bytes, size_t size) {
  CHECK(needle_count < NEEDLES && size <= MOST);
  needle *next = &needles[needle_count++];
  next->what = what, next->size = size;
  for (size_t i = 0; i < size; i++) next->bytes[i] = bytes[i] ^ MASK;
}

static inline void wipe(void *bytes, size_t size) {
  for (volatile unsigned char *at = bytes; size > 0; size--) *at++ = 0;
}

/* Bytes of a file, `from` its end. */
static inline void remember_file(const char *what, const char *directory, const char *name, size_t from, size_t size) {
  char path[4096];
  unsigned char bytes[4096];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  int fd = open(path, O_RDONLY);
  ssize_t length = read(fd, bytes, sizeof bytes);
  CHECK(length > 0 && (size_t)length >= from);
  close(fd);
  remember(what, bytes + length - from, size);
  wipe(bytes, sizeof bytes);
}

/* The same, and as the number that it is in memory: least significant byte first. */
static inline void remember_number(const char *what, const char *directory, const char *name, size_t from, size_t size) {
  unsigned char turned[MOST];
  remember_file(what, directory, name, from, size);
  const needle *last = &needles[needle_count - 1];
  for (size_t i = 0; i < size; i++) turned[i] = last->bytes[size - 1 - i] ^ MASK;
  remember(what, turned, size);
  wipe(turned, sizeof turned);
}

static inline int matches(const unsigned char *at, const needle *needle) {
  for (size_t i = 0; i < needle->size; i++)
    if ((at[i] ^ MASK) != needle->bytes[i]) return 0;
  return 1;
}

static inline size_t search(const unsigned char *from, const unsigned char *to) {
  size_t found = 0;
  for (size_t i = 0; i < needle_count; i++)
    for (const unsigned char *at = from; at + needles[i].size <= to; at++)
      if (matches(at, &needles[i])) fprintf(stderr, "still there: %s\n", needles[i].what), found++;
  return found;
}

/* All that malloc may have given out, and the stacks of all threads. */
static inline size_t search_memory(void) {
  char line[512];
  size_t found = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  CHECK(maps != NULL);
  while (fgets(line, sizeof line, maps) != NULL) {
    uintptr_t from, to;
    char rights[8], name[256] = "";
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s %*s %*s %*s %255s", &from, &to, rights, name) < 3) continue;
    int is_searched = *name == '\0' || strcmp(name, "[heap]") == 0 || strncmp(name, "[stack", 6) == 0;
    if (strncmp(rights, "rw", 2) != 0 || !is_searched) continue;
    found += search((const unsigned char *)from, (const unsigned char *)to);
  }
  fclose(maps);
  return found;
}

#endif
