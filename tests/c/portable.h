/* What Windows lacks of POSIX and the tests use, and names for what it calls otherwise. Sockets are `int` there too: handles
   are small numbers. */
#ifndef PORTABLE_H
#define PORTABLE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef _WIN32

/* Windows has types of these names, and the tests constants. */
#define SIZE windows_SIZE
#define LONG windows_LONG
#define WIN32_LEAN_AND_MEAN
#include <winsock2.h>
#include <ws2tcpip.h>
#undef SIZE
#undef LONG

#include <direct.h>
#include <fcntl.h>
#include <io.h>
#include <process.h>
#undef ECHO /* of a terminal, and of the tests */

#define MSG_NOSIGNAL 0
#define poll(some, count, time) WSAPoll(some, count, time)
#define mkdir(path, mode) _mkdir(path)
#define strncasecmp _strnicmp
#define strcasecmp _stricmp
/* There is no descriptor to poll. */
#define QUEUE_FD_GIVES PIE_E_UNSUPPORTED
/* Where ~ is. */
#define HOME_VARIABLE "USERPROFILE"

#define RTLD_NOW 0
#define RTLD_LOCAL 0
#define dlopen(path, how) ((void)(how), load_library(path))
#define dlsym(library, name) ((void *)(uintptr_t)GetProcAddress((HMODULE)(library), (name)))
#define dlclose(library) (FreeLibrary((HMODULE)(library)) ? 0 : -1)
#define dlerror() "not loaded"

/* Whose name a dot ends is looked for as it is. */
static inline void *load_library(const char *path) {
  char name[4096];
  int length = snprintf(name, sizeof name, "%s.", path);
  for (int i = 0; i < length && i < (int)sizeof name; i++)
    if (name[i] == '/') name[i] = '\\';
  return (void *)LoadLibraryA(name);
}

static inline int setenv(const char *name, const char *value, int replace) {
  return !replace && getenv(name) != NULL ? 0 : _putenv_s(name, value);
}

static inline int unsetenv(const char *name) { return _putenv_s(name, ""); }

static inline char *mkdtemp(char *path) { return _mktemp(path) != NULL && _mkdir(path) == 0 ? path : NULL; }

/* A command of the system that Wine runs on, which it starts and does not wait for: a file tells when it is done. */
static inline int shell(const char *command) {
  static int count;
  char script[512], done[600], line[700];
  int code = -1;
  snprintf(script, sizeof script, "%s/shell-%d-%d", getenv("TMPDIR"), _getpid(), ++count);
  snprintf(done, sizeof done, "%s.done", script);
  snprintf(line, sizeof line, "start /unix /bin/sh %s", script);
  FILE *file = fopen(script, "wb");
  if (file == NULL) return -1;
  fprintf(file, "(\n%s\n)\necho $? >%s.part\nmv %s.part %s\n", command, script, script, done);
  if (fclose(file) != 0 || system(line) != 0) return -1;
  while ((file = fopen(done, "rb")) == NULL) Sleep(5);
  if (fscanf(file, "%d", &code) != 1) code = -1;
  fclose(file);
  return unlink(done) == 0 && unlink(script) == 0 ? code : -1;
}
#define system shell

/* Runs a program to its end; its exit status. */
static inline int run_to_the_end(const char *program, char *const *arguments) {
  return (int)_spawnv(_P_WAIT, program, (const char *const *)arguments);
}

/* One thread at a time may use the descriptor. */
static inline ssize_t write_at(int file, const void *data, size_t size, long long at) {
  return _lseeki64(file, at, SEEK_SET) == at ? _write(file, data, (unsigned)size) : -1;
}

static inline int close_socket(int descriptor) { return closesocket((SOCKET)descriptor); }

/* Bytes that are there already; 0 at the end and after an error, -1 where there are none yet. */
static inline long receive_now(int from, char *bytes, size_t most) {
  WSAPOLLFD one = {(SOCKET)from, POLLIN, 0};
  if (WSAPoll(&one, 1, 0) <= 0) return -1;
  int size = recv((SOCKET)from, bytes, (int)most, 0);
  return size < 0 ? 0 : size;
}

/* Two ends of a connection. */
static inline int socket_pair(int ends[2]) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int listener = (int)socket(AF_INET, SOCK_STREAM, 0), failed = listener < 0;
  failed = failed || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0 ||
           getsockname(listener, (struct sockaddr *)&address, &length) != 0;
  ends[0] = (int)socket(AF_INET, SOCK_STREAM, 0);
  failed = failed || connect(ends[0], (struct sockaddr *)&address, sizeof address) != 0;
  ends[1] = failed ? -1 : (int)accept(listener, NULL, NULL);
  close_socket(listener);
  return failed || ends[1] < 0 ? -1 : 0;
}

/* Before main. Files are what was written to them, and sockets want to be asked for. */
__attribute__((constructor)) static inline void prepare_windows(void) {
  WSADATA about;
  _fmode = _O_BINARY;
  if (WSAStartup(MAKEWORD(2, 2), &about) != 0) abort();
}

#else

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>

extern char **environ;

#define QUEUE_FD_GIVES PIE_OK
#define write_at pwrite
#define HOME_VARIABLE "HOME"

static inline int run_to_the_end(const char *program, char *const *arguments) {
  pid_t child;
  int status = 1;
  if (posix_spawn(&child, program, NULL, NULL, arguments, environ) != 0) return -1;
  return waitpid(child, &status, 0) == child ? status : -1;
}

static inline int close_socket(int descriptor) { return close(descriptor); }

static inline long receive_now(int from, char *bytes, size_t most) {
  ssize_t size = recv(from, bytes, most, MSG_DONTWAIT);
  if (size < 0) return errno == EAGAIN || errno == EINTR ? -1 : 0;
  return (long)size;
}

static inline int socket_pair(int ends[2]) { return socketpair(AF_UNIX, SOCK_STREAM, 0, ends); }

#endif
#endif
