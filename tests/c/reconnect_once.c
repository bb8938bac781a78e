/* A call under way when the connection is lost ends once, with PIE_E_DISCONNECTED, and may be tried again; the engine got
   its message once and gets it never again, on whichever connection. The same call then succeeds on the new one. */
#include "twins.h"
#include "lost.h"

/* Of the first of the twin's types that is sent: a launch of many is that of single ones. */
static long got(pie_client *watch, const twin *twin) {
  char *type = join_text(twin->types, "", "");
  type[strcspn(type, ",")] = '\0';
  long count = messages(watch, type);
  free(type);
  return count;
}

static void one(const twin *twin, int generation) {
  static char faults[64];
  static int stages;
  snprintf(faults, sizeof faults, "only=1&stage=%d&", ++stages);
  stage_faults = faults;
  stage_options = AGAIN;
  pie_client *watch = dial_bystander(generation);
  stage at = set_stage(twin, generation, CUT);
  pie_queue *news = news_of(at.client);
  long before = got(watch, twin);
  pie_op *op = POISON;
  pie_error *error = POISON;
  pie_status status = twin->begin(&at, PIE_FOREVER, 1, &op, &error);
  check_failure(__FILE__, __LINE__, twin->name, at.queue, 1, status, PIE_E_DISCONNECTED, op, error, NULL);
  NEWS(news, PIE_E_DISCONNECTED, 0, 7);
  NEWS(news, PIE_OK, 1, 7);
  if (is_login(twin)) OK(pie_client_authenticate(at.client, "tester", NULL, WAIT, &error));
  OK(pie_client_ping(at.client, WAIT, NULL, &error)); /* all that was sent before it is there */
  long sent = got(watch, twin) - before;
  /* That ping, this look, and the login that is repeated or that was made just now. */
  long others = strcmp(twin->types, "ping") == 0 || strcmp(twin->types, "query") == 0;
  others += strcmp(twin->types, "auth_identify") == 0;
  if (sent != 1 + others) fprintf(stderr, "%s:\n", twin->name);
  EQ(sent, 1 + others);
  NONE(at.queue);
  if (!is_of_a_process(twin)) {
    op = begin(twin, &at, PIE_FOREVER, 2);
    DONE(at.queue, 2, PIE_OK);
    pie_op_free(op);
  }
  NONE(at.queue);
  pie_queue_free(news);
  strike_stage(&at);
  end_processes(watch);
  hang_up(watch);
}

int main(void) {
  EACH_TWIN(generation, twin)
  if (needs_engine(twin)) one(twin, generation);
  return finish();
}
