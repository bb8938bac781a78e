#include <ctype.h>
#include <errno.h>

#include "harness.h"

/* A TCP server that is no engine. */

enum { STUB_CONNECTIONS = 16 };

struct stub {
  int listener, port, hold, websocket, at_once;
  int stop[2];
  char *answer;
  size_t size;
  char request[8192];
  gate asked;
  pthread_t thread;
};

static int listen_on(int *port) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(listener >= 0);
  EQ(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
  EQ(listen(listener, STUB_CONNECTIONS), 0);
  EQ(getsockname(listener, (struct sockaddr *)&address, &length), 0);
  *port = ntohs(address.sin_port);
  return listener;
}

/* Whether a connection may be read; not when the stub is to stop. */
static int readable(stub *stub, int descriptor) {
  struct pollfd either[2] = {{stub->stop[0], POLLIN, 0}, {descriptor, POLLIN, 0}};
  while (poll(either, 2, -1) < 0) EQ(errno, EINTR);
  return either[0].revents == 0;
}

static void read_request(stub *stub, int connection) {
  char head[sizeof stub->request] = "";
  size_t size = 0;
  while (strstr(head, "\r\n\r\n") == NULL && size < sizeof head - 1 && readable(stub, connection)) {
    ssize_t got = recv(connection, head + size, sizeof head - 1 - size, 0);
    if (got <= 0) break;
    head[size += (size_t)got] = '\0';
    if (stub->at_once) break;
  }
  if (stub->asked.value == 0) {
    memcpy(stub->request, head, sizeof head);
    gate_add(&stub->asked, 1);
  }
}

/* SHA-1 (RFC 3174) of a text shorter than two blocks: what the WebSocket handshake needs. */
static void sha1(const char *text, unsigned char digest[20]) {
  uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  unsigned char block[128] = {0};
  size_t length = strlen(text), blocks = length < 56 ? 1 : 2;
  CHECK(length < 120);
  memcpy(block, text, length);
  block[length] = 0x80;
  block[blocks * 64 - 2] = (unsigned char)(length * 8 >> 8);
  block[blocks * 64 - 1] = (unsigned char)(length * 8);
#define ROTATED(x, n) ((uint32_t)(x) << (n) | (uint32_t)(x) >> (32 - (n)))
  for (size_t b = 0; b < blocks; b++) {
    uint32_t w[80], a[5];
    for (int i = 0; i < 16; i++) {
      const unsigned char *at = block + b * 64 + i * 4;
      w[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    }
    for (int i = 16; i < 80; i++) w[i] = ROTATED(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    memcpy(a, h, sizeof a);
    for (int i = 0; i < 80; i++) {
      uint32_t f = i < 20   ? ((a[1] & a[2]) | (~a[1] & a[3])) + 0x5a827999
                   : i < 40 ? (a[1] ^ a[2] ^ a[3]) + 0x6ed9eba1
                   : i < 60 ? ((a[1] & a[2]) | (a[1] & a[3]) | (a[2] & a[3])) + 0x8f1bbcdc
                            : (a[1] ^ a[2] ^ a[3]) + 0xca62c1d6;
      uint32_t next = ROTATED(a[0], 5) + f + a[4] + w[i];
      a[4] = a[3], a[3] = a[2], a[2] = ROTATED(a[1], 30), a[1] = a[0], a[0] = next;
    }
    for (int i = 0; i < 5; i++) h[i] += a[i];
  }
  for (int i = 0; i < 20; i++) digest[i] = (unsigned char)(h[i / 4] >> (24 - i % 4 * 8));
}

/* The answer to a handshake (RFC 6455, 4.2.2). */
static void send_upgrade(const char *request, int connection) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char key[128] = "", accept_key[29], head[256];
  unsigned char digest[21] = {0};
  for (const char *line = request; line != NULL && *key == '\0'; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (strncasecmp(line, "Sec-WebSocket-Key:", 18) == 0) sscanf(line + 18, " %60s", key);
    if (*line == '\0') break;
  }
  strcat(key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  sha1(key, digest);
  for (int i = 0; i < 28; i++) {
    uint32_t three = (uint32_t)digest[i / 4 * 3] << 16 | (uint32_t)digest[i / 4 * 3 + 1] << 8 | digest[i / 4 * 3 + 2];
    accept_key[i] = digits[three >> (18 - i % 4 * 6) & 63];
  }
  accept_key[27] = '=';
  accept_key[28] = '\0';
  int length = snprintf(head, sizeof head,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: %s\r\n\r\n",
                        accept_key);
  EQ(send(connection, head, (size_t)length, MSG_NOSIGNAL), length);
}

static void *stub_run(void *argument) {
  stub *stub = argument;
  int held[STUB_CONNECTIONS];
  size_t count = 0;
  while (count < STUB_CONNECTIONS && readable(stub, stub->listener)) {
    int connection = accept(stub->listener, NULL, NULL);
    if (connection < 0) continue;
    read_request(stub, connection);
    if (stub->websocket) send_upgrade(stub->request, connection);
    if (stub->size > 0) (void)send(connection, stub->answer, stub->size, MSG_NOSIGNAL);
    if (stub->hold)
      held[count++] = connection;
    else
      close_socket(connection);
  }
  while (count > 0) close_socket(held[--count]);
  return NULL;
}

static stub *start(const void *answer, size_t size, int hold, int websocket, int at_once) {
  stub *stub = have(calloc(1, sizeof *stub));
  gate closed = GATE_INIT;
  stub->asked = closed;
  stub->answer = have(malloc(size ? size : 1));
  if (size > 0) memcpy(stub->answer, answer, size);
  stub->size = size;
  stub->hold = hold;
  stub->websocket = websocket;
  stub->at_once = at_once;
  stub->listener = listen_on(&stub->port);
  EQ(socket_pair(stub->stop), 0);
  stub->thread = spawn(stub_run, stub);
  return stub;
}

stub *stub_start(const void *answer, size_t size, int hold) { return start(answer, size, hold, 0, 0); }

stub *stub_start_websocket(const void *frames, size_t size, int hold) { return start(frames, size, hold, 1, 0); }

stub *stub_start_at_once(const void *answer, size_t size, int hold) { return start(answer, size, hold, 0, 1); }

char *stub_uri(const stub *stub) {
  char port[16];
  snprintf(port, sizeof port, "%d", stub->port);
  return join_text("ws://127.0.0.1:", port, "");
}

const char *stub_request(stub *stub) {
  gate_await(&stub->asked, 1);
  return stub->request;
}

void stub_stop(stub *stub) {
  EQ(send(stub->stop[1], "", 1, 0), 1);
  join(stub->thread);
  close_socket(stub->listener);
  close_socket(stub->stop[0]);
  close_socket(stub->stop[1]);
  free(stub->answer);
  free(stub);
}

int closed_port(void) {
  int port, listener = listen_on(&port);
  close_socket(listener);
  return port;
}
