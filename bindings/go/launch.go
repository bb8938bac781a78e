// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import (
	"context"
	"encoding/json"
	"time"
	"unsafe"
)

// LaunchOption is about a launch: [TokenBudget], [NoCapture].
type LaunchOption func(*launch)

type launch struct {
	tokenBudget uint64
	isApart     bool
}

// TokenBudget is how many tokens the process may make. Engines 0.5 know none: [ErrUnsupported].
func TokenBudget(tokens uint64) LaunchOption { return func(l *launch) { l.tokenBudget = tokens } }

// NoCapture launches a process that has no stream and does not end with the connection: it can be attached, once. On 0.5
// its id is not told.
func NoCapture() LaunchOption { return func(l *launch) { l.isApart = true } }

func newLaunch(options []LaunchOption) launch {
	var l launch
	for _, option := range options {
		option(&l)
	}
	return l
}

// native gives the launch options of the library.
func (l launch) native(queue *C.pie_queue, tag uint64) C.pie_launch_options {
	options := C.pie_launch_options{struct_size: C.uint32_t(unsafe.Sizeof(C.pie_launch_options{})),
		token_budget: C.uint64_t(l.tokenBudget), tag: C.uint64_t(tag), queue: queue}
	if l.isApart {
		options.flags = C.PIE_LAUNCH_NO_CAPTURE
	}
	return options
}

// Launch starts a process of an installed inferlet, "name@major.minor.patch". The input becomes JSON: a [json.RawMessage] as
// it is, anything else as json.Marshal has it; nil is {}. A process that is there when nobody waits for it any more is
// terminated.
//
// Engine 0.5.2 can lose what a process says before it has noted who launched it, and the end of one that ends at once;
// an inferlet should begin by waiting for a signal or some 25 ms. Where it does not, give receives a limit.
func (c *Client) Launch(ctx context.Context, inferlet string, input any, options ...LaunchOption) (*Process, error) {
	processes, err := c.launch(ctx, "launch", newLaunch(options), 1, func(k *call, native *C.pie_launch_options) {
		name := k.arguments.text("inferlet", inferlet)
		native.input = k.arguments.json("input", input)
		k.begin = func(to to) C.pie_status {
			return C.pie_client_launch_process_async(c.native(), name, native, C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
		}
		k.take, k.late = takeProcess, c.core.terminate
	})
	if err != nil {
		return nil, err
	}
	return processes[0], nil
}

// LaunchMany starts one process for each input, all of them or none, in one go; see [Client.Launch].
func (c *Client) LaunchMany(ctx context.Context, inferlet string, inputs []any, options ...LaunchOption) ([]*Process, error) {
	return c.launch(ctx, "launch", newLaunch(options), len(inputs), func(k *call, native *C.pie_launch_options) {
		name, texts := k.arguments.text("inferlet", inferlet), k.arguments.jsons(inputs)
		k.begin = func(to to) C.pie_status {
			return C.pie_client_launch_processes_async(c.native(), name, texts, C.size_t(len(inputs)), native, C.PIE_FOREVER,
				to.queue, to.tag, to.op, to.error)
		}
		k.take, k.late = takeProcesses, c.core.terminate
	})
}

// Attach makes the events of a running process this client's: its messages, files and end from now on. See [NoCapture]
// for what can be attached. Give ctx enough time: a process that is attached when nobody waits any more cannot be attached
// again.
func (c *Client) Attach(ctx context.Context, id string) (*Process, error) {
	processes, err := c.launch(ctx, "attach", launch{}, 1, func(k *call, native *C.pie_launch_options) {
		process := k.arguments.text("process_id", id)
		k.begin = func(to to) C.pie_status {
			return C.pie_client_attach_process_async(c.native(), process, native, C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
		}
		k.take = takeProcess
	})
	if err != nil {
		return nil, err
	}
	return processes[0], nil
}

// launch makes a call whose DONE bears processes. Their streams are known before, as events may come at once.
func (c *Client) launch(ctx context.Context, op string, l launch, count int, prepare func(*call, *C.pie_launch_options)) ([]*Process, error) {
	k := &call{op: op, arguments: &arguments{}}
	streams := c.core.newStreams(count, l.isApart)
	var tag uint64
	if count > 0 {
		tag = streams[0].tag
	}
	native := l.native(c.core.queue, tag)
	prepare(k, &native)
	d, err := c.ask(ctx, k)
	if err != nil {
		c.core.dropStreams(streams)
		return nil, err
	}
	processes := make([]*Process, count)
	for i, handle := range d.handles {
		processes[i] = newProcess(c, streams[i], (*C.pie_process)(handle))
	}
	return processes, nil
}

func takeProcess(event *C.pie_event, d *done) {
	d.handles = []unsafe.Pointer{unsafe.Pointer(C.pie_event_take_process(event))}
}

func takeProcesses(event *C.pie_event, d *done) {
	count := C.pie_event_take_processes(event, nil, 0)
	if count == 0 {
		return
	}
	d.handles = make([]unsafe.Pointer, count)
	C.pie_event_take_processes(event, (**C.pie_process)(unsafe.Pointer(&d.handles[0])), count)
}

// terminate ends the processes of a launch that nobody waits for any more, as the library does when the answer comes later.
func (c *core) terminate(event *C.pie_event) {
	var d done
	if takeProcess(event, &d); d.handles[0] == nil {
		takeProcesses(event, &d)
	}
	for _, handle := range d.handles {
		process := (*C.pie_process)(handle)
		C.pie_process_terminate_async(process, C.PIE_FOREVER, c.queue, C.uint64_t(c.tags(1)), nil, nil)
		C.pie_process_free(process)
	}
}

func (c *core) newStreams(count int, isApart bool) []*stream {
	first := c.tags(count)
	streams := make([]*stream, count)
	for i := range streams {
		streams[i] = newStream(first+uint64(i), c.limits)
		if isApart {
			streams[i].endApart()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range streams {
		if !isApart && !c.isOver {
			c.streams[s.tag] = s
		}
	}
	return streams
}

func (c *core) dropStreams(streams []*stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range streams {
		delete(c.streams, s.tag)
	}
}

// Run runs one process for each input and gives what they returned, in the order of the inputs. When one fails, or ctx
// ends, the others are terminated.
func (c *Client) Run(ctx context.Context, inferlet string, inputs []any, options ...LaunchOption) ([]string, error) {
	k := &call{op: "run", arguments: &arguments{}}
	name, texts := k.arguments.text("inferlet", inferlet), k.arguments.jsons(inputs)
	native := newLaunch(options).native(nil, 0)
	k.begin = func(to to) C.pie_status {
		return C.pie_client_run_processes_async(c.native(), name, texts, C.size_t(len(inputs)), &native, C.PIE_FOREVER,
			to.queue, to.tag, to.op, to.error)
	}
	d, err := c.ask(ctx, k)
	if err != nil {
		return nil, err
	}
	var results []string
	if err := json.Unmarshal([]byte(d.text), &results); err != nil {
		return nil, &Error{Op: k.op, Status: ErrInternal, Message: err.Error(), Cause: err}
	}
	return results, nil
}

// LaunchDaemon has an engine 0.4 serve HTTP by an inferlet, on its machine at 127.0.0.1. The engine says yes before it
// listens, and also when the port is taken. The input is as for [Client.Launch]; 0.4.0 ignores it.
func (c *Client) LaunchDaemon(ctx context.Context, inferlet string, port uint16, input any) error {
	var a arguments
	name, text := a.text("inferlet", inferlet), a.json("input", input)
	_, err := c.ask(ctx, &call{op: "launch daemon", arguments: &a, begin: func(to to) C.pie_status {
		return C.pie_client_launch_daemon_async(c.native(), name, C.uint32_t(port), text, C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	}})
	return err
}

// ProcessInfo is a running process as the engine lists it. Texts are "" where the engine does not say.
type ProcessInfo struct {
	ID string
	// Username is whose it is; on 0.5 always "internal".
	Username string
	// Program is the inferlet, as name@version.
	Program string
	// Input is that of its launch.
	Input string
	// Elapsed is how long it has been running, in whole seconds.
	Elapsed time.Duration
}

// Processes lists the running processes: on 0.4 those of the user, on 0.5 everybody's.
func (c *Client) Processes(ctx context.Context) ([]ProcessInfo, error) {
	d, err := c.ask(ctx, &call{op: "list processes", begin: func(to to) C.pie_status {
		return C.pie_client_list_processes_async(c.native(), C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	}, take: func(event *C.pie_event, d *done) {
		d.handles = []unsafe.Pointer{unsafe.Pointer(C.pie_event_take_process_list(event))}
	}})
	if err != nil {
		return nil, err
	}
	list := (*C.pie_process_list)(d.handles[0])
	if list == nil {
		return nil, fail("list processes", ErrNoMemory, "no memory for the list")
	}
	defer C.pie_process_list_free(list)
	infos := make([]ProcessInfo, C.pie_process_list_size(list))
	for i := range infos {
		info := C.pie_process_list_get(list, C.size_t(i))
		infos[i] = ProcessInfo{C.GoString(info.id), C.GoString(info.username), C.GoString(info.program), C.GoString(info.input),
			time.Duration(info.elapsed_secs) * time.Second}
	}
	return infos, nil
}

// SignalProcess sends a process a text by its id; see [Process.Signal]. Engines drop it without a word unless the process
// was launched with capture, or attached, by this client.
func (c *Client) SignalProcess(ctx context.Context, id, message string) error {
	var a arguments
	defer a.done()
	process, text := a.text("process_id", id), a.text("message", message)
	if a.err != nil {
		return named("signal", a.err)
	}
	return c.whileBusy(ctx, "signal", func(e **C.pie_error) C.pie_status {
		return C.pie_client_signal_process(c.native(), process, text, e)
	})
}

// TerminateProcess has the engine end a process by its id; on 0.5 that may be anybody's.
func (c *Client) TerminateProcess(ctx context.Context, id string) error {
	var a arguments
	process := a.text("process_id", id)
	_, err := c.ask(ctx, &call{op: "terminate", arguments: &a, begin: func(to to) C.pie_status {
		return C.pie_client_terminate_process_async(c.native(), process, C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	}})
	return err
}
