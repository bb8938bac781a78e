/*
 * many_processes: N processes at once, all their events in one queue, told apart by tag.
 *
 *   many_processes [URI [N [PROGRAM MANIFEST]]]
 *
 * Uses the inferlet `echo` of this repository, which does what its input says. Start it in the top directory.
 */
#include <pie_client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 64

/* What the program remembers of one process. Its index in the array is the tag of its launch. */
struct job {
  pie_process *process;
  char *output; /* what it wrote, then what it returned or why it failed */
  size_t size;
  int ended, failed;
};

static int failed(const char *what, pie_status status, pie_error **error) {
  if (status >= PIE_OK) return 0;
  fprintf(stderr, "many_processes: %s: %s (%s)\n", what, pie_error_message(*error), pie_status_name(status));
  pie_error_free(*error);
  *error = NULL;
  return 1;
}

/* An event's text must be copied if it is wanted after pie_event_free. */
static int append(struct job *job, const char *data, size_t size) {
  char *output;
  if (size >= (size_t)-1 - job->size) return 0;
  output = realloc(job->output, job->size + size + 1);
  if (!output) return 0;
  memcpy(output + job->size, data, size);
  job->output = output;
  job->size += size;
  output[job->size] = '\0';
  return 1;
}

/* Returns 0 when there is no memory. */
static int take(struct job *jobs, size_t count, const pie_event *event, size_t *running) {
  struct job *job;
  const char *text = event->data;
  size_t size = event->size;
  if (!event->process || event->tag >= count) return 1; /* of no process of ours */
  job = &jobs[event->tag];
  switch (event->kind) {
    case PIE_EVENT_STDOUT:
    case PIE_EVENT_MESSAGE:
      return append(job, text, size);
    case PIE_EVENT_ERROR:
      job->failed = 1;
      text = pie_error_message(event->error);
      size = strlen(text);
      break;
    case PIE_EVENT_RETURN:
      break;
    default: /* also kinds that this program does not know */
      return 1;
  }
  job->ended = 1; /* RETURN and ERROR: nothing more comes with this tag */
  --*running;
  return append(job, text, size);
}

int main(int argc, char **argv) {
  const char *uri = argc > 1 ? argv[1] : "ws://127.0.0.1:8080";
  const size_t count = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 20;
  const char *program = argc > 4 ? argv[3] : "tests/real_engine/inferlets/echo/echo.wasm";
  const char *manifest = argc > 4 ? argv[4] : "tests/real_engine/inferlets/echo/Pie.toml";
  pie_event *events[BATCH];
  struct job *jobs = NULL;
  pie_queue *queue = NULL;
  pie_client *client = NULL;
  pie_error *error = NULL;
  size_t i, running = 0, failures = 0;
  int exit_code = 1, frozen = 0;

  if (count < 1 || count > 100000 || !(jobs = calloc(count, sizeof *jobs)) || !(queue = pie_queue_new())) {
    fprintf(stderr, "many_processes: N must be 1 to 100000, and fit in memory\n");
    goto end;
  }
  if (failed("connect", pie_client_connect(uri, NULL, 10000, &client, &error), &error)) goto end;
  if (failed("authenticate", pie_client_authenticate(client, "me", NULL, 10000, &error), &error)) goto end;
  if (failed("install", pie_client_install_program(client, program, manifest, 1, 60000, &error), &error)) goto end;

  for (i = 0; i < count; i++) {
    pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
    char input[160];
    /* Later ones sleep less, so that they do not end in the order in which they began. */
    snprintf(input, sizeof input, "{\"ops\": [[\"print\", \"number %lu \"], [\"sleep\", %.3f], [\"return\", \"is done\"]]}",
             (unsigned long)i, 0.2 * (double)(count - i) / (double)count);
    options.input = input; /* copied by the call, as all text is */
    options.queue = queue; /* without it each process has a queue of its own */
    options.tag = i;       /* comes back in each of its events */
    if (failed("launch", pie_client_launch_process(client, "echo@0.1.0", &options, 60000, &jobs[i].process, &error), &error))
      goto end;
    running++; /* events of this one may already wait in the queue; none is lost */
  }

  while (running) {
    size_t got = 0;
    int enough_memory = 1;
    /* Waits for the first event only, then takes what else is there: one call for many events. */
    pie_status status = pie_queue_recv_batch(queue, 30000, events, BATCH, &got, &error);
    if (failed("receive", status, &error)) goto end;
    if (status == PIE_EMPTY) {
      fprintf(stderr, "many_processes: nothing for 30 seconds, %lu still run\n", (unsigned long)running);
      goto end;
    }
    for (i = 0; i < got; i++) enough_memory = take(jobs, count, events[i], &running) && enough_memory;
    pie_events_free(events, got);
    if (!enough_memory) {
      fprintf(stderr, "many_processes: no memory\n");
      goto end;
    }
  }

  for (i = 0; i < count; i++) {
    printf("%5lu %s %s\n", (unsigned long)i, jobs[i].failed ? "failed:" : "ok:", jobs[i].output);
    failures += (size_t)jobs[i].failed;
  }
  printf("%lu processes, %lu failed\n", (unsigned long)count, (unsigned long)failures);
  exit_code = failures ? 1 : 0;

end:
  for (i = 0; jobs && i < count; i++) {
    /* Freeing a handle lets go of the process but does not end it, so what still runs is told to end. An engine that
       does not answer is asked once, not N times. */
    if (jobs[i].process && !jobs[i].ended && !frozen)
      frozen = pie_process_terminate(jobs[i].process, 1000, NULL) == PIE_E_TIMED_OUT;
    pie_process_free(jobs[i].process);
    free(jobs[i].output);
  }
  free(jobs);
  if (client && failed("close", pie_client_close(client, 5000, &error), &error)) exit_code = 1;
  pie_client_free(client);
  pie_queue_free(queue);          /* frees may come in any order */
  (void)pie_shutdown(5000, NULL); /* ends the library's threads; optional in a program that ends anyway */
  return exit_code;
}
