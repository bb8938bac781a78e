// SPDX-License-Identifier: Apache-2.0 OR MIT

// Package baseline does in C alone what the benchmarks do in Go, to compare with. It is linked into tests only.
package baseline

// #include <pie_client.h>
// #include <stdlib.h>
//
// static int pings(const char *uri, int count) {
//   pie_client *client = NULL;
//   pie_status status = pie_client_connect(uri, NULL, 10000, &client, NULL);
//   if (!status) status = pie_client_authenticate(client, "me", NULL, 10000, NULL);
//   for (int i = 0; !status && i < count; i++) status = pie_client_ping(client, 10000, NULL, NULL);
//   pie_client_free(client);
//   return status;
// }
//
// /* How many events came from `count` processes with this input, all in one queue. */
// static long stream(const char *uri, const char *input, int count) {
//   pie_client *client = NULL;
//   pie_process **processes = calloc(count, sizeof *processes);
//   const char **inputs = calloc(count, sizeof *inputs);
//   pie_queue *queue = pie_queue_new();
//   pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
//   pie_event *events[256];
//   long total = 0;
//   options.queue = queue;
//   for (int i = 0; i < count; i++) inputs[i] = input;
//   pie_status status = pie_client_connect(uri, NULL, 10000, &client, NULL);
//   if (!status) status = pie_client_authenticate(client, "me", NULL, 10000, NULL);
//   if (!status) status = pie_client_launch_processes(client, "echo@0.1.0", inputs, count, &options, 60000, processes, NULL);
//   for (int ended = 0; !status && ended < count;) {
//     size_t taken = 0;
//     status = pie_queue_recv_batch(queue, 60000, events, 256, &taken, NULL);
//     for (size_t i = 0; i < taken; i++) ended += events[i]->kind == PIE_EVENT_RETURN;
//     total += taken;
//     pie_events_free(events, taken);
//   }
//   for (int i = 0; i < count; i++) pie_process_free(processes[i]);
//   free(processes), free(inputs), pie_queue_free(queue), pie_client_free(client);
//   return status ? -1 : total;
// }
import "C"

import "unsafe"

// Pings sends so many pings, one after the other, and gives a status.
func Pings(uri string, count int) int {
	text := C.CString(uri)
	defer C.free(unsafe.Pointer(text))
	return int(C.pings(text, C.int(count)))
}

// Stream runs so many processes with this input, and gives how many events came; -1 on failure.
func Stream(uri, input string, processes int) int {
	text, in := C.CString(uri), C.CString(input)
	defer C.free(unsafe.Pointer(text))
	defer C.free(unsafe.Pointer(in))
	return int(C.stream(text, in, C.int(processes)))
}
