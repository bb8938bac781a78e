/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Files of this machine: those that are read, and those that an inferlet sends. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "pie.h"

static bool read_all(int fd, struct buffer *out) {
  char part[65536];
  ssize_t size;
  do {
    size = read(fd, part, sizeof part);
    if (size > 0) buffer_add(out, part, (size_t)size);
  } while (size > 0 || (size < 0 && errno == EINTR && !interrupted()));
  return size == 0;
}

/* `-` is standard input. */
char *read_file(const char *path, size_t *size) {
  struct buffer out = {0};
  const bool standard = !strcmp(path, "-");
  const int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return NULL;
  buffer_add(&out, "", 0);
  const bool whole = read_all(fd, &out);
  const int error = errno;
  if (!standard) close(fd);
  errno = error;
  if (size) *size = out.size;
  return whole ? out.data : NULL;
}

/* Before anything is launched: a file that cannot be read is told of at once. */
void need_file(const char *what, const char *path) {
  if (access(path, R_OK) != 0) fail_with(EXIT_FILE, "%s: %s: %s", what, path, strerror(errno));
}

/* The name itself, else the first of name.1, name.2 … that is free: nothing is overwritten. */
static int create_free(const char *directory, const char *name, struct buffer *path) {
  for (int number = 0; number < 10000; number++) {
    buffer_clear(path);
    buffer_format(path, "%s/%s", directory, name);
    if (number) buffer_format(path, ".%d", number);
    const int fd = open(path->data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

static bool write_all(int fd, const char *data, size_t size) {
  while (size) {
    const ssize_t written = write(fd, data, size);
    if (written < 0 && errno != EINTR) return false;
    if (written < 0) continue;
    data += written;
    size -= (size_t)written;
  }
  return true;
}

/* All of it or nothing. `path` is emptied where it failed, with errno set. */
void save_file(const char *directory, const char *name, const void *data, size_t size, struct buffer *path) {
  const int fd = create_free(directory, name, path);
  bool whole = fd >= 0 && write_all(fd, data, size);
  int error = errno;
  if (fd >= 0 && close(fd) != 0 && whole) {
    whole = false;
    error = errno;
  }
  if (whole) return;
  if (fd >= 0) unlink(path->data);
  buffer_clear(path);
  errno = error;
}
