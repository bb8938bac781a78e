/* On a real engine: a script in Python is installed and launched like a component. */
#include "harness.h"

int main(void) {
  char program[4096], manifest[4096];
  snprintf(program, sizeof program, "%s/echo_py/echo.py", environment("PIE_TEST_INFERLETS"));
  snprintf(manifest, sizeof manifest, "%s/echo_py/Pie.toml", environment("PIE_TEST_INFERLETS"));
  pie_client *client = dial_real();
  OK(pie_client_install_program(client, program, manifest, 1, WAIT, &error));
  int32_t exists = 0;
  OK(pie_client_check_program(client, "echo-py@0.1.0", program, manifest, WAIT, &exists, &error));
  EQ(exists, 1);

  char *input = script("['send','ready'],['recv',0],['send_file',5],['send','grüß'],['return','done in Python']");
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.input = input;
  pie_process *process = POISON;
  OK(pie_client_launch_process(client, "echo-py@0.1.0", &options, WAIT, &process, &error));
  await_message(process, "ready");
  OK(pie_process_signal(process, "hello", &error));
  await_message(process, "got:hello");
  pie_event *event = take(process);
  EQ(event->kind, PIE_EVENT_FILE);
  EQ(event->size, 5);
  pie_event_free(event);
  await_message(process, "grüß");
  event = take(process);
  EQ(event->kind, PIE_EVENT_RETURN);
  EQ_TEXT(event->data, "done in Python");
  pie_event_free(event);
  CHECK(take(process) == NULL);
  pie_process_free(process);
  free(input);
  hang_up(client);
  return finish();
}
