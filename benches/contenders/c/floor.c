/* What no client can beat: one blocking socket, frames built beforehand, answers that nobody looks into.
   floor URI WORKLOAD COUNT, against an engine of generation 0.4. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <unistd.h>

#include "measure.h"

enum { AT_ONCE = 64, ROOM = 1 << 18, KEPT = 8 };

static int engine;
/* What is read, behind a little of what was read before. */
static unsigned char room[KEPT + ROOM], *const buffer = room + KEPT;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void put(const void *bytes, size_t size) {
  for (const char *at = bytes; size > 0;) {
    ssize_t written = write(engine, at, size);
    if (written <= 0) die("write");
    at += written;
    size -= (size_t)written;
  }
}

static size_t take(void) {
  ssize_t size = read(engine, buffer, ROOM);
  if (size <= 0) die("read");
  return (size_t)size;
}

/* A binary frame, masked with zeros: the bytes stay what they are. */
static size_t framed(unsigned char *frame, const void *body, size_t size) {
  size_t head = size < 126 ? 2 : 4;
  frame[0] = 0x82;
  frame[1] = (unsigned char)(0x80 | (size < 126 ? size : 126));
  if (size >= 126) frame[2] = (unsigned char)(size >> 8), frame[3] = (unsigned char)size;
  memset(frame + head, 0, 4);
  memcpy(frame + head + 4, body, size);
  return head + 4 + size;
}

static unsigned char *text(unsigned char *at, const char *text) {
  size_t size = strlen(text);
  if (size < 32) {
    *at++ = (unsigned char)(0xa0 | size);
  } else {
    *at++ = 0xd9;
    *at++ = (unsigned char)size;
  }
  memcpy(at, text, size);
  return at + size;
}

static size_t ping_frame(unsigned char *frame) {
  unsigned char body[64], *at = body;
  *at++ = 0x82;
  at = text(at, "type");
  at = text(at, "ping");
  at = text(at, "corr_id");
  *at++ = 16;
  return framed(frame, body, (size_t)(at - body));
}

static void connect_to(const char *uri) {
  static const char request[] =
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  struct sockaddr_in address = {0};
  int on = 1;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons((uint16_t)atoi(strrchr(uri, ':') + 1));
  engine = socket(AF_INET, SOCK_STREAM, 0);
  if (engine < 0 || connect(engine, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
  setsockopt(engine, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  put(request, sizeof request - 1);
  if (memcmp(buffer, "HTTP/1.1 101", take() < 12 ? 0 : 12) != 0) die("handshake");
  unsigned char body[128], frame[160], *at = body;
  *at++ = 0x83;
  at = text(at, "type");
  at = text(at, "auth_identify");
  at = text(at, "corr_id");
  *at++ = 16;
  at = text(at, "username");
  at = text(at, "bench");
  put(frame, framed(frame, body, (size_t)(at - body)));
  take();
}

static void ping(const char *uri, long count) {
  unsigned char frame[64];
  size_t size = ping_frame(frame);
  connect_to(uri);
  struct measure since = measure_now();
  for (long i = 0; i < count; i++) {
    put(frame, size);
    take();
  }
  measure_print(since, "");
}

/* Sixty-four frames under way, as many more at once as there are answers. */
static void ping_at_once(const char *uri, long count) {
  unsigned char frames[AT_ONCE * 64];
  size_t size = ping_frame(frames), answer;
  for (int i = 1; i < AT_ONCE; i++) memcpy(frames + (size_t)i * size, frames, size);
  connect_to(uri);
  put(frames, size);
  answer = take();
  struct measure since = measure_now();
  size_t got = 0;
  long sent = AT_ONCE;
  for (put(frames, size * AT_ONCE); got < answer * (size_t)count;) {
    got += take();
    long more = (long)(got / answer) + AT_ONCE - sent;
    if (more > count - sent) more = count - sent;
    if (more > 0) put(frames, size * (size_t)more);
    sent += more > 0 ? more : 0;
  }
  measure_print(since, "");
}

static void recv_each(const char *uri, long count) {
  char input[128];
  unsigned char body[256], frame[320], *at = body;
  snprintf(input, sizeof input, "{\"ops\":[[\"flood\",%ld,32]]}", count);
  connect_to(uri);
  *at++ = 0x85;
  at = text(at, "type");
  at = text(at, "launch_process");
  at = text(at, "corr_id");
  *at++ = 17;
  at = text(at, "inferlet");
  at = text(at, "echo@0.1.0");
  at = text(at, "input");
  at = text(at, input);
  at = text(at, "capture_outputs");
  *at++ = 0xc3;
  struct measure since = measure_now();
  put(frame, framed(frame, body, (size_t)(at - body)));
  static const char last[] = "return";
  for (;;) {
    /* The end of what came before may hold its beginning. */
    size_t size = take();
    if (memmem(buffer - KEPT, size + KEPT, last, sizeof last - 1) != NULL) break;
    memmove(buffer - KEPT, buffer + size - KEPT, KEPT);
  }
  measure_print(since, "");
}

int main(int argc, char **argv) {
  if (argc != 4) return fprintf(stderr, "usage: floor URI WORKLOAD COUNT\n"), 2;
  if (strcmp(argv[2], "ping") == 0) ping(argv[1], atol(argv[3]));
  else if (strcmp(argv[2], "ping_at_once") == 0) ping_at_once(argv[1], atol(argv[3]));
  else if (strcmp(argv[2], "recv") == 0) recv_each(argv[1], atol(argv[3]));
  else return fprintf(stderr, "floor: no workload %s\n", argv[2]), 2;
  return 0;
}
