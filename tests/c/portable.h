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

static inline int setenv(const char *name, const char *value, int replace) {
  return !replace && getenv(name) != NULL ? 0 : _putenv_s(name, value);
}

static inline int unsetenv(const char *name) { return _putenv_s(name, ""); }

static inline char *mkdtemp(char *path) { return _mktemp(path) != NULL && _mkdir(path) == 0 ? path : NULL; }

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
#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>

static inline int close_socket(int descriptor) { return close(descriptor); }

static inline long receive_now(int from, char *bytes, size_t most) {
  ssize_t size = recv(from, bytes, most, MSG_DONTWAIT);
  if (size < 0) return errno == EAGAIN || errno == EINTR ? -1 : 0;
  return (long)size;
}

static inline int socket_pair(int ends[2]) { return socketpair(AF_UNIX, SOCK_STREAM, 0, ends); }

#endif
#endif
