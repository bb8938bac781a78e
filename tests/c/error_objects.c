/* Error object: NULL is not wanted; else set on a negative status and NULL on any other, only written. One line. */
#include "harness.h"

static void not_wanted(pie_client *client) {
  pie_client *none = POISON;
  pie_options *options = pie_options_new();
  EQ(pie_options_set(options, "no_such_key", "1", NULL), PIE_E_INVALID_ARGUMENT);
  EQ(pie_client_connect("nonsense", NULL, WAIT, &none, NULL), PIE_E_INVALID_ARGUMENT);
  CHECK(none == NULL);
  EQ(pie_client_ping(client, -2, NULL, NULL), PIE_E_INVALID_ARGUMENT);
  EQ(pie_client_ping(client, WAIT, NULL, NULL), PIE_OK);
  EQ(pie_client_terminate_process(client, NO_SUCH_ID, WAIT, NULL), PIE_E_REJECTED);
  pie_options_free(options);
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  not_wanted(client);

  pie_error *error = POISON; /* reading or freeing what the variable held would crash here */
  EQ(pie_client_ping(client, WAIT, NULL, &error), PIE_OK);
  CHECK(error == NULL);
  error = POISON;
  EQ(pie_client_terminate_process(client, NO_SUCH_ID, WAIT, &error), PIE_E_REJECTED);
  CHECK(error != NULL && error != (pie_error *)POISON);
  pie_error *second = POISON;
  EQ(pie_client_ping(client, 0, NULL, &second), PIE_E_TIMED_OUT);
  CHECK(second != error); /* a new object: the first is untouched */
  EQ(pie_error_status(error), PIE_E_REJECTED);
  EQ(pie_error_status(second), PIE_E_TIMED_OUT);
  check_message(__FILE__, __LINE__, error);
  CHECK(pie_error_message(error) == pie_error_message(error));
  CHECK(pie_error_is_retriable(error) == 0 || pie_error_is_retriable(error) == 1);
  hang_up(client);
  HAS(pie_error_message(error), "Process not found"); /* errors outlive what they came from */
  pie_error_free(second);
  pie_error_free(error);

  /* Positive statuses are no errors. */
  pie_queue *queue = pie_queue_new();
  pie_event *event = POISON;
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_EMPTY);
  CHECK(event == NULL);
  pie_queue_free(queue);

  /* Line breaks of others do not make it two lines. */
  client = dial(PIE_GENERATION_0_5, "refuse=ping:two%0Alines%0D%0Athree", NULL);
  FAILS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_REJECTED, "two", "lines", "three");
  hang_up(client);
  return finish();
}
