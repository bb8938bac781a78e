/* Generation 0.5 needs no login; what an engine lacks is PIE_E_UNSUPPORTED, naming the call and the generation. */
#include "harness.h"

/* Who logs in is told as it was given. */
static void is_told(pie_client *client, const char *username) {
  char field[64], *frames = look(client, "received");
  snprintf(field, sizeof field, "\"username\":\"%s\"", username);
  EQ(count_text(frames, field), 1);
  EQ(count_text(frames, "\"username\":"), 1);
  pie_string_free(frames);
}

int main(void) {
  pie_client *client = dial_without_login(PIE_GENERATION_0_5, NULL, NULL);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  FAILS(pie_client_auth_by_token(client, "secret-token", WAIT, &error), PIE_E_UNSUPPORTED, "auth_by_token", "0.5");
  EQ(count_sent(client, "auth_by_token"), 0);
  OK(pie_client_authenticate(client, "somebody", NULL, WAIT, &error));
  is_told(client, "somebody");
  OK(pie_client_authenticate(client, "somebody", NULL, WAIT, &error));
  OK(pie_client_ping(client, WAIT, NULL, &error));
  hang_up(client);
  return finish();
}
