/* pie_client_compat.h: each older name is the newer function, and a program written with the older names runs. */
#include "pie_client_compat.h"

#include "harness.h"

typedef void (*any_function)(void);

static void same(any_function older, any_function newer) { CHECK(older == newer); }
#define SAME(older, newer) same((any_function)older, (any_function)newer)

static void names(void) {
  SAME(pie_client_program_exists, pie_client_check_program);
  SAME(pie_client_upload_program, pie_client_install_program);
  SAME(pie_client_add_program, pie_client_install_program);
  SAME(pie_client_launch_instance, pie_client_launch_process);
  SAME(pie_client_attach_instance, pie_client_attach_process);
  SAME(pie_client_list_instances, pie_client_list_processes);
  SAME(pie_client_signal_instance, pie_client_signal_process);
  SAME(pie_client_terminate_instance, pie_client_terminate_process);
  SAME(pie_client_internal_authenticate, pie_client_auth_by_token);
  SAME(pie_instance_send, pie_process_signal);
  SAME(pie_instance_upload_blob, pie_process_transfer_file);
  SAME(pie_instance_recv, pie_process_recv);
  SAME(pie_instance_terminate, pie_process_terminate);
}

/* What an older program did: upload, launch, talk, list, attach, end. */
static void a_program(void) {
  pie_client *client = dial_without_login(PIE_GENERATION_0_4, NULL, NULL);
  char *wasm = temporary_file("wasm", 4), *manifest = temporary_file(MANIFEST("old"), sizeof MANIFEST("old") - 1);
  pie_process_list *list = NULL;
  pie_instance *instance = NULL, *attached = NULL;
  pie_launch_options uncaptured = PIE_LAUNCH_OPTIONS_INIT, options = PIE_LAUNCH_OPTIONS_INIT;
  pie_event *event = NULL;
  int32_t exists = 0;

  OK(pie_client_internal_authenticate(client, "scripted-token", WAIT, &error));
  OK(pie_client_upload_program(client, wasm, manifest, 0, WAIT, &error));
  OK(pie_client_add_program(client, wasm, manifest, 1, WAIT, &error));
  OK(pie_client_program_exists(client, "old@0.1.0", wasm, manifest, WAIT, &exists, &error));
  EQ(exists, 1);

  options.input = "{\"ops\":[[\"recv\",0],[\"send\",\"ready\"],[\"recv_file\",0],[\"recv\",0],[\"never\"]]}";
  OK(pie_client_launch_instance(client, "old@0.1.0", &options, WAIT, &instance, &error));
  OK(pie_client_list_instances(client, WAIT, &list, &error));
  EQ(pie_process_list_size(list), 1);
  pie_process_list_free(list);
  OK(pie_instance_send(instance, "hello", &error));
  OK(pie_instance_recv(instance, WAIT, &event, &error));
  EQ_TEXT(event->data, "got:hello");
  pie_event_free(event);
  await_message(instance, "ready");
  OK(pie_client_signal_instance(client, pie_process_id(instance), "world", &error));
  OK(pie_instance_upload_blob(instance, "blob", 4, WAIT, &error));
  OK(pie_instance_recv(instance, WAIT, &event, &error));
  HAS(event->data, "file:4:");
  pie_event_free(event);
  await_message(instance, "got:world");
  OK(pie_instance_terminate(instance, WAIT, &error));
  ENDS_WITH(instance, PIE_E_CANCELLED);

  uncaptured.flags = PIE_LAUNCH_NO_CAPTURE;
  uncaptured.input = "{\"ops\":[[\"never\"]]}";
  pie_process_free(instance);
  OK(pie_client_launch_instance(client, "old@0.1.0", &uncaptured, WAIT, &instance, &error));
  OK(pie_client_attach_instance(client, pie_process_id(instance), NULL, WAIT, &attached, &error));
  OK(pie_client_terminate_instance(client, pie_process_id(attached), WAIT, &error));
  ENDS_WITH(attached, PIE_E_CANCELLED);
  pie_process_free(instance);
  pie_process_free(attached);
  unlink(wasm);
  unlink(manifest);
  free(wasm);
  free(manifest);
  hang_up(client);
}

int main(void) {
  names();
  a_program();
  return finish();
}
