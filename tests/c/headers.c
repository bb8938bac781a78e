/* identity is the header x-pie-identity (default `default/pie-client`), header.NAME and user_agent are sent. */
#include "harness.h"

#include <ctype.h>

/* The request of a connection with these options, header names in lower case. */
static char *request_of(const char *path, const char *settings) {
  stub *stub = stub_start("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 45, 0);
  pie_options *options = options_from(settings);
  OK(pie_options_set(options, "header.x-motto", "two words", &error)); /* `settings` cannot hold a space */
  pie_client *client = POISON;
  char *base = stub_uri(stub), uri[128];
  snprintf(uri, sizeof uri, "%s%s", base, path);
  FAILS(pie_client_connect(uri, options, WAIT, &client, &error), PIE_E_CONNECT, "404");
  char *request = malloc(strlen(stub_request(stub)) + 1);
  CHECK(request != NULL);
  strcpy(request, stub_request(stub));
  for (char *line = strchr(request, '\n'); line != NULL; line = strchr(line, '\n'))
    for (line++; *line != '\0' && *line != ':' && *line != '\n'; line++) *line = (char)tolower((unsigned char)*line);
  free(base);
  pie_options_free(options);
  stub_stop(stub);
  return request;
}

int main(void) {
  char *plain = request_of("/v1/ws?x=1", "generation=0.5");
  HAS(plain, "GET /v1/ws?x=1 HTTP/1.1\r\n");
  HAS(plain, "\nx-pie-identity: default/pie-client\r\n");
  HAS(plain, "\nhost: 127.0.0.1:");
  HAS(plain, "\nx-motto: two words\r\n");
  HAS(plain, "\nsec-websocket-version: 13\r\n");
  free(plain);
  char *set = request_of(
      "/v1/ws", "generation=0.5 identity=team/me user_agent=probe/9 header.X-Forwarded-For=10.0.0.7 header.x-a=b");
  HAS(set, "\nx-pie-identity: team/me\r\n");
  HAS(set, "\nuser-agent: probe/9\r\n");
  HAS(set, "\nx-forwarded-for: 10.0.0.7\r\n");
  HAS(set, "\nx-a: b\r\n");
  EQ(count_text(set, "x-pie-identity"), 1);
  free(set);
  return finish();
}
