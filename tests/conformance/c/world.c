/* The clients and processes of a scenario, by their names. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

connection *connection_of(world *world, const char *name) {
  for (int i = 0; i < MANY; i++) {
    connection *place = &world->connections[i];
    if (place->name[0] == '\0') snprintf(place->name, sizeof place->name, "%s", name);
    if (strcmp(place->name, name) == 0) return place;
  }
  fprintf(stderr, "runner: too many clients\n");
  exit(2);
}

named_process *process_of(step *step, const char *name) {
  for (int i = 0; i < MANY; i++)
    if (name[0] != '\0' && strcmp(step->world->processes[i].name, name) == 0) return &step->world->processes[i];
  complain(step, "there is no process %s", name);
  return NULL;
}

named_process *new_process(step *step, const char *name, pie_process *handle) {
  for (int i = 0; i < MANY; i++) {
    named_process *place = &step->world->processes[i];
    if (place->name[0] != '\0' && strcmp(place->name, name) != 0) continue;
    pie_process_free(place->handle);
    snprintf(place->name, sizeof place->name, "%s", name);
    snprintf(place->id, sizeof place->id, "%s", pie_process_id(handle));
    place->handle = handle;
    return place;
  }
  fprintf(stderr, "runner: too many processes\n");
  exit(2);
}

void free_world(world *world) {
  for (int i = 0; i < MANY; i++) pie_process_free(world->processes[i].handle);
  for (int i = 0; i < MANY; i++) {
    pie_queue_free(world->connections[i].news);
    pie_client_free(world->connections[i].client);
  }
  pie_queue_free(world->tools);
  pie_queue_free(world->failing_tools);
  memset(world, 0, sizeof *world);
}

void cancel(step *step, pie_queue *queue, pie_op *op, pie_status begun) {
  pie_event *event = NULL;
  step->status = begun;
  pie_op_cancel(op);
  pie_op_free(op);
  if (begun == PIE_OK && pie_queue_recv(queue, LIMIT_MS, &event, NULL) == PIE_OK) step->status = event->status;
  pie_event_free(event);
  pie_queue_free(queue);
}
