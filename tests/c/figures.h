/* What long tests count, and what they measure of the process. */
#ifndef FIGURES_H
#define FIGURES_H

#include "harness.h"

#include <dirent.h>
#include <stdatomic.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Relaxed, so that the test orders nothing between its threads that the library has to order by itself. */
#define GET(place) atomic_load_explicit(&(place), memory_order_relaxed)
#define SET(place, value) atomic_store_explicit(&(place), (value), memory_order_relaxed)
#define ADD(place, value) atomic_fetch_add_explicit(&(place), (value), memory_order_relaxed)

/* Figures. 0 where the system does not tell. */

typedef struct figures {
  size_t heap, resident;
  int threads, descriptors;
} figures;

static int entries(const char *path) {
  DIR *directory = opendir(path);
  int count = 0;
  if (directory == NULL) return 0;
  while (readdir(directory) != NULL) count++;
  closedir(directory);
  return count - 2;
}

/* Of the sanitizers' runtimes, whose allocators take malloc's place. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static size_t heap_in_use(void) {
  if (__sanitizer_get_current_allocated_bytes != NULL) return __sanitizer_get_current_allocated_bytes();
#if defined __GLIBC__ && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
  malloc_trim(0);
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

static size_t resident_bytes(void) {
#ifdef _WIN32
  return 0;
#else
  FILE *file = fopen("/proc/self/statm", "r");
  unsigned long pages = 0;
  if (file == NULL) return 0;
  if (fscanf(file, "%*u %lu", &pages) != 1) pages = 0;
  fclose(file);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
#endif
}

static inline figures measure(void) {
  figures now = {heap_in_use(), resident_bytes(), entries("/proc/self/task"), entries("/proc/self/fd") - 1};
  return now;
}

/* Once a thread was joined, the system may still show it for a moment. */
static inline figures measure_against(const figures *before) {
  figures now = measure();
  for (int64_t end = now_ms() + 2000; now.threads > before->threads && now_ms() < end; now = measure()) rest_ms(10);
  return now;
}

#endif
