/*
 * What the runner for C shares: the clients and processes of a scenario, and a step under way. ../README.md tells what each
 * step does.
 */
#ifndef WORLD_H
#define WORLD_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <stddef.h>
#include <stdint.h>

#include "pie_client.h"

#define ECHO "echo@0.1.0"

enum { MANY = 32, LIMIT_MS = 60000 };

typedef struct connection {
  char name[32];
  pie_client *client;
  pie_queue *news;
} connection;

typedef struct named_process {
  char name[32];
  char id[64];
  pie_process *handle;
} named_process;

typedef struct world {
  connection connections[MANY];
  named_process processes[MANY];
  connection *current;
  pie_queue *tools; /* where requests of inferlets are answered */
  pie_queue *failing_tools;
} world;

typedef struct step {
  world *world;
  char *words[MANY]; /* the first is the step's name */
  int count;
  int64_t limit;
  int cancelled;
  pie_status status; /* how the call of the step ended */
  pie_error *error;
  char wrong[1024]; /* what was expected and what came; empty when all was as it should be */
} step;

/* A step that takes this many words behind its name. */
typedef struct verb {
  const char *name;
  int least, most;
  void (*run)(step *step);
} verb;

extern const verb call_verbs[], stream_verbs[];

/* The first complaint of a step stays. */
void complain(step *step, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Its word of this number; "" where there is none. */
const char *word(const step *step, int number);
const char *environment(const char *name);

connection *connection_of(world *world, const char *name);
/* NULL, and a complaint, where there is none. */
named_process *process_of(step *step, const char *name);
named_process *new_process(step *step, const char *name, pie_process *handle);
void free_world(world *world);

/* Waits for the DONE of an asynchronous call that is to be cancelled, and takes its status. */
void cancel(step *step, pie_queue *queue, pie_op *op, pie_status begun);

/* Bytes as the echo inferlet's send_file makes them; freed by the caller. */
unsigned char *pattern(size_t size);
void *have(void *memory);
/* Three texts in one; freed by the caller. */
char *join_text(const char *a, const char *b, const char *c);

#endif
