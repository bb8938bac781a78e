/* The engine is not trusted: any bytes from it give an error or are skipped; never a crash, never memory beyond
   the limits. Here what breaks WebSocket itself, which no scripted engine sends. */
#include "harness.h"

#define FRAME(text) {sizeof(text) - 1, text}

static const struct {
  size_t size;
  const char *bytes;
} frames[] = {
    FRAME("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"), /* 2^63 - 1 bytes announced */
    FRAME("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), /* 2^64 - 1 */
    FRAME("\x82\x7f\x00\x00\x00\x0f\xff\xff\xff\xff"), /* 64 GB */
    FRAME("\x82\x7e\x00\x05hello"),                    /* a length that is longer than it need be */
    FRAME("\x82\x85\x00\x00\x00\x00hello"),            /* masked, as servers must not */
    FRAME("\xf2\x05hello"),                            /* reserved bits */
    FRAME("\x83\x05hello"),                            /* reserved operations */
    FRAME("\x8f\x05hello"),
    FRAME("\x80\x05hello"),            /* a continuation of nothing */
    FRAME("\x02\x02he\x82\x01x"),      /* a new message inside one that has not ended */
    FRAME("\x81\x02\xff\xfe"),         /* text that is not UTF-8 */
    FRAME("\x09\x01x"),                /* a control frame in parts */
    FRAME("\x89\x7e\x00\x80"),         /* a ping longer than control frames are */
    FRAME("\x88\x01\x03"),             /* a close with half a code */
    FRAME("\x88\x02\x00\x00"),         /* a close with a code that does not exist */
    FRAME("\x88\x04\x03\xe8\xff\xfe"), /* a close whose reason is not UTF-8 */
    FRAME("\x88\x00"),                 /* a plain close */
    FRAME("\x8a\x00\x8a\x01x"),        /* pongs that nobody asked for */
    FRAME("\x82\x00"),                 /* nothing */
    FRAME("\x82\x05hel"),              /* cut in a frame */
    FRAME("\x82"),                     /* cut in a head */
    FRAME("HTTP/1.1 400 Bad Request\r\n\r\n"),
};

/* What is against the protocol ends the connection, what is not is skipped: then the time is up. */
static void survives(const void *bytes, size_t size, int hold, const char *settings) {
  stub *stub = stub_start_websocket(bytes, size, hold);
  char *uri = stub_uri(stub);
  pie_options *options = options_from(settings);
  pie_client *client = POISON;
  pie_error *error = POISON;
  OK(pie_client_connect(uri, options, WAIT, &client, &error));
  pie_status status = pie_client_ping(client, hold ? BRIEF : WAIT, NULL, &error);
  if (status != PIE_E_PROTOCOL && status != PIE_E_TIMED_OUT) EQ(status, PIE_E_DISCONNECTED);
  if (!hold) CHECK(status != PIE_E_TIMED_OUT);
  check_message(__FILE__, __LINE__, error);
  pie_error_free(error);
  hang_up(client);
  pie_options_free(options);
  stub_stop(stub);
  free(uri);
}

/* A message in parts without end. */
static void endless(void) {
  size_t part = 65536, parts = 160, size = parts * (part + 10);
  unsigned char *bytes = malloc(size), *at = bytes;
  CHECK(bytes != NULL);
  for (size_t i = 0; i < parts; i++, at += part + 10) {
    memset(at, 0, part + 10);
    at[0] = i == 0 ? 2 : 0;
    at[1] = 127;
    at[7] = 1; /* 65536 */
  }
  survives(bytes, size, 0, "generation=0.5 max_message_bytes=1000000");
  /* Nobody but the library ends it: it says why. */
  stub *stub = stub_start_websocket(bytes, size, 1);
  char *uri = stub_uri(stub);
  pie_options *options = options_from("generation=0.5 max_message_bytes=1000000");
  pie_client *client = POISON;
  OK(pie_client_connect(uri, options, WAIT, &client, &error));
  FAILS(pie_client_ping(client, 10000, NULL, &error), PIE_E_DISCONNECTED, "max_message_bytes");
  hang_up(client);
  pie_options_free(options);
  stub_stop(stub);
  free(uri);
  free(bytes);
}

int main(void) {
  for (int hold = 0; hold <= 1; hold++)
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++)
      survives(frames[i].bytes, frames[i].size, hold, "generation=0.5");
  endless();
  return finish();
}
