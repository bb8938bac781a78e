/* A TCP relay in front of an engine, which the test can hold up, slow down, cut, and point elsewhere. One connection at
   a time. */
#ifndef PROXY_H
#define PROXY_H

#include "harness.h"

#include <stdatomic.h>

typedef struct proxy {
  int listener, port;
  atomic_int target;    /* the engine's port */
  atomic_int from_client, from_engine; /* bytes each 10 ms; 0: nothing passes */
  atomic_int cut, stop; /* cut: end the connection that is there */
  atomic_long passed;   /* bytes of the client */
  pthread_t thread;
} proxy;

#define PROXY_FAST (1 << 20)

static inline int port_of(const char *uri) { return (int)strtol(strrchr(uri, ':') + 1, NULL, 10); }

static inline struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/* Tells whether the connection goes on. */
static inline int relay(int from, int to, int most, atomic_long *passed) {
  static _Thread_local char bytes[PROXY_FAST];
  if (most == 0) return 1;
  long size = receive_now(from, bytes, (size_t)most);
  if (size <= 0) return size < 0;
  if (passed != NULL) *passed += size;
  for (long sent = 0; sent < size;) {
    long now = (long)send(to, bytes + sent, (size_t)(size - sent), MSG_NOSIGNAL);
    if (now <= 0) return 0;
    sent += now;
  }
  return 1;
}

static inline void serve(proxy *at, int client) {
  int engine = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = loopback(at->target);
  int goes_on = connect(engine, (struct sockaddr *)&address, sizeof address) == 0;
  while (goes_on && !at->stop && !at->cut) {
    struct pollfd both[2] = {{client, at->from_client ? POLLIN : 0, 0}, {engine, at->from_engine ? POLLIN : 0, 0}};
    poll(both, 2, 10);
    goes_on = relay(client, engine, at->from_client, &at->passed) && relay(engine, client, at->from_engine, NULL);
    if (at->from_client != PROXY_FAST || at->from_engine != PROXY_FAST) rest_ms(10);
  }
  at->cut = 0;
  close_socket(engine);
  close_socket(client);
}

static inline void *proxy_run(void *argument) {
  proxy *at = argument;
  while (!at->stop) {
    struct pollfd one = {at->listener, POLLIN, 0};
    if (poll(&one, 1, 10) > 0) serve(at, accept(at->listener, NULL, NULL));
  }
  return NULL;
}

/* The client's side of its connections buffers little. */
static inline void proxy_start(proxy *at, int target) {
  int small = 32 << 10;
  memset(at, 0, sizeof *at);
  at->target = target;
  at->from_client = PROXY_FAST;
  at->from_engine = PROXY_FAST;
  at->listener = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(at->listener, SOL_SOCKET, SO_RCVBUF, (const void *)&small, sizeof small);
  struct sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  EQ(bind(at->listener, (struct sockaddr *)&address, sizeof address), 0);
  EQ(listen(at->listener, 16), 0);
  EQ(getsockname(at->listener, (struct sockaddr *)&address, &length), 0);
  at->port = ntohs(address.sin_port);
  at->thread = spawn(proxy_run, at);
}

static inline void proxy_stop(proxy *at) {
  at->stop = 1;
  join(at->thread);
  close_socket(at->listener);
}

/* Connected through it, logged in where the engine needs it. */
static inline pie_client *dial_proxy(const proxy *at, const char *generation, const char *faults, const char *more) {
  char uri[256], *text = join_text(generation, " ", more);
  snprintf(uri, sizeof uri, "ws://127.0.0.1:%d/?%s", at->port, faults);
  pie_options *options = options_from(text);
  pie_client *client = POISON;
  OK(pie_client_connect(uri, options, WAIT, &client, &error));
  pie_options_free(options);
  free(text);
  if (pie_client_generation(client) == PIE_GENERATION_0_4)
    OK(pie_client_authenticate(client, "tester", NULL, WAIT, &error));
  return client;
}

#endif
