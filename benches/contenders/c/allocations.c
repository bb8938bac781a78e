/* Preloaded: counts the blocks that a program allocates; the number goes to the file that ALLOCATIONS_FILE names. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static long count;

static void tally(void) { __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED); }

void *malloc(size_t size) {
  tally();
  return __libc_malloc(size);
}

void *calloc(size_t items, size_t size) {
  tally();
  return __libc_calloc(items, size);
}

void *realloc(void *block, size_t size) {
  tally();
  return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  tally();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  tally();
  *block = __libc_memalign(alignment, size);
  return *block == NULL ? 12 : 0;
}

/* Contenders end with exit, or with _exit, which runs no destructors. */
static void tell(void) {
  const char *name = getenv("ALLOCATIONS_FILE");
  FILE *file = name == NULL ? NULL : fopen(name, "w");
  long counted = count;
  if (file == NULL) return;
  fprintf(file, "%ld\n", counted);
  fclose(file);
}

__attribute__((destructor)) static void at_end(void) { tell(); }

void _exit(int status) {
  tell();
  quick_exit(status);
}
