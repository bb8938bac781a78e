//! The host of a session: the calls of the C interface, and what they give.

use std::ffi::{CString, c_char, c_void};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::{FILE_BYTES, MESSAGE_BYTES, QUEUE_BYTES, Script, c_text, check, id};
use crate::abi::*;

/// Longer than anything takes that has to come.
pub(super) const LONG: i64 = 20_000;
/// How long a connect may take whose handshake goes as it should, in milliseconds, and any other.
const CONNECT: i64 = 10_000;
const DETECT: i64 = 50;
const ECHO: &std::ffi::CStr = c"echo@0.1.0";

/// How many calls have reported, to this thread or to a callback.
pub(super) static REPORTED: AtomicUsize = AtomicUsize::new(0);

pub(super) struct Host {
    pub(super) options: *mut pie_options,
    pub(super) client: *mut pie_client,
    /// All reports go here.
    pub(super) reports: *mut pie_queue,
    /// What several processes share.
    pub(super) shared: *mut pie_queue,
    pub(super) processes: Vec<*mut pie_process>,
    pub(super) ops: Vec<*mut pie_op>,
    /// Requests to handlers that were not answered yet.
    pub(super) asked: Vec<*mut pie_event>,
    pub(super) begun: usize,
    pub(super) detects: bool,
}

type Error = *mut *mut pie_error;

pub(super) fn call(run: impl FnOnce(Error) -> pie_status) -> pie_status {
    let mut error = null_mut();
    let status = run(&raw mut error);
    // SAFETY: what a call of the library has set.
    unsafe { check::status(status, error) }
}

/// How long a call may take.
fn limit(script: &mut Script<'_>) -> i64 {
    script.pick(&[0, 1, 5, 1000, PIE_FOREVER])
}

unsafe extern "C-unwind" fn on_event(event: *mut pie_event, _: *mut c_void) {
    // SAFETY: the library hands an event over.
    unsafe {
        check::event(event);
        REPORTED.fetch_add(usize::from((*event).kind == PIE_EVENT_DONE), Relaxed);
        pie_event_free(event);
    }
}

unsafe extern "C-unwind" fn on_log(_: i32, _: *const c_char, message: *const c_char, _: *mut c_void) {
    // SAFETY: a text of the library's.
    unsafe { std::ffi::CStr::from_ptr(message) }.to_str().unwrap();
}

unsafe extern "C-unwind" fn on_wakeup(_: *mut c_void) {}

impl Host {
    pub fn new(script: &mut Script<'_>) -> Self {
        let what = script.byte();
        REPORTED.store(0, Relaxed);
        // SAFETY: a function that lives for ever.
        unsafe { pie_set_log_callback(PIE_LOG_TRACE, (what & 64 != 0).then_some(on_log as _), null_mut()) };
        let mut host = Self {
            options: pie_options_new(),
            client: null_mut(),
            reports: pie_queue_new(),
            shared: pie_queue_new(),
            processes: Vec::new(),
            ops: Vec::new(),
            asked: Vec::new(),
            begun: 0,
            detects: what & 7 == 7,
        };
        host.set_options(what);
        host
    }

    fn set_options(&mut self, what: u8) {
        let generation = if self.detects { "auto" } else { ["0.4", "0.5"][usize::from(what & 1)] };
        let overflow = if what & 8 == 0 { "drop" } else { "pause" };
        let reconnect = if what & 16 == 0 { "off" } else { "on" };
        let sizes = [QUEUE_BYTES, MESSAGE_BYTES, FILE_BYTES].map(|size| size.to_string());
        for (key, value) in [
            ("generation", generation),
            ("overflow", overflow),
            ("reconnect", reconnect),
            ("reconnect_max_attempts", "2"),
            ("reconnect_max_delay_ms", "2"),
            ("keepalive_interval_ms", if what & 128 == 0 { "0" } else { "2" }),
            ("keepalive_timeout_ms", "2"),
            ("queue_max_bytes", &sizes[0]),
            ("max_message_bytes", &sizes[1]),
            ("max_file_bytes", &sizes[2]),
            ("upload_window_bytes", "4096"),
            ("mcp_timeout_ms", if what & 32 == 0 { "3" } else { "60000" }),
            ("close_timeout_ms", "1"),
        ] {
            let (key, value) = (CString::new(key).unwrap(), CString::new(value).unwrap());
            // SAFETY: the options are ours.
            let status = call(|error| unsafe { pie_options_set(self.options, key.as_ptr(), value.as_ptr(), error) });
            assert!(status == PIE_OK || status == PIE_E_UNSUPPORTED, "{key:?}");
        }
    }

    /// Begins an asynchronous call.
    fn begin(&mut self, run: impl FnOnce(&Self, *mut *mut pie_op, Error) -> pie_status) {
        let mut op = null_mut();
        let status = call(|error| run(self, &raw mut op, error));
        assert_eq!(op.is_null(), status != PIE_OK);
        if status == PIE_OK {
            self.begun += 1;
            self.ops.push(op);
        }
    }

    pub fn connect(&mut self, uri: &str) {
        let uri = CString::new(uri).unwrap();
        let time = if self.detects { DETECT } else { CONNECT };
        // SAFETY: as for all calls below, every handle is alive and every text ends with a NUL.
        self.begin(|host, op, error| unsafe {
            pie_client_connect_async(uri.as_ptr(), host.options, time, host.reports, 1, op, error)
        });
    }

    /// Until the connect has reported; tells whether there is a client.
    pub fn await_client(&mut self) -> bool {
        while REPORTED.load(Relaxed) == 0 {
            assert!(self.take_report(LONG), "a connect that does not report");
        }
        !self.client.is_null()
    }

    pub fn auth_by_token(&mut self) {
        self.begin(|host, op, error| unsafe {
            pie_client_auth_by_token_async(host.client, c"t".as_ptr(), 1000, host.reports, 2, op, error)
        });
    }

    /// Takes what has been reported: all, or so many.
    pub fn receive(&mut self, most: u8) {
        let most = if most == 0 { usize::MAX } else { usize::from(most) };
        let mut taken = 0;
        while taken < most && self.take_report(0) {
            taken += 1;
        }
    }

    pub(super) fn take_report(&mut self, time: i64) -> bool {
        let mut event = null_mut();
        let status = call(|error| unsafe { pie_queue_recv(self.reports, time, &raw mut event, error) });
        assert_eq!(event.is_null(), status != PIE_OK);
        if status == PIE_OK {
            self.take(event);
        }
        status == PIE_OK
    }

    fn take(&mut self, event: *mut pie_event) {
        unsafe {
            check::event(event);
            if (*event).kind == PIE_EVENT_DONE {
                REPORTED.fetch_add(1, Relaxed);
                self.take_outcome(event);
            }
            if (*event).kind == PIE_EVENT_MCP_REQUEST {
                self.asked.push(event);
            } else {
                pie_event_free(event);
            }
        }
    }

    unsafe fn take_outcome(&mut self, event: *mut pie_event) {
        unsafe {
            let client = pie_event_take_client(event);
            if !client.is_null() {
                self.client = client;
            }
            let process = pie_event_take_process(event);
            if !process.is_null() {
                self.processes.push(process);
            }
            let mut processes = [null_mut(); 4];
            let count = pie_event_take_processes(event, processes.as_mut_ptr(), processes.len());
            if count <= processes.len() {
                self.processes.extend_from_slice(&processes[..count]);
            }
            let list = pie_event_take_process_list(event);
            if !list.is_null() {
                let size = pie_process_list_size(list);
                assert!(size <= MESSAGE_BYTES && pie_process_list_get(list, size).is_null());
                assert_eq!(pie_process_list_get(list, 0).is_null(), size == 0);
                pie_process_list_free(list);
            }
        }
    }

    fn launch_options(&self, script: &mut Script<'_>, input: &CString) -> pie_launch_options {
        let what = script.byte();
        pie_launch_options {
            struct_size: size_of::<pie_launch_options>() as u32,
            flags: u32::from(what & 15 == 15),
            token_budget: u64::from(what & 16),
            tag: 7,
            input: if what & 32 == 0 { null() } else { input.as_ptr() },
            queue: match what & 192 {
                0 => self.reports,
                64 => self.shared,
                _ => null_mut(),
            },
        }
    }

    pub fn launch(&mut self, script: &mut Script<'_>) {
        let input = CString::from(c"{\"a\":[1]}");
        let (options, time) = (self.launch_options(script, &input), limit(script));
        self.begin(|host, op, error| unsafe {
            let options = &raw const options;
            pie_client_launch_process_async(host.client, ECHO.as_ptr(), options, time, host.reports, 3, op, error)
        });
    }

    pub fn launch_many(&mut self, script: &mut Script<'_>) {
        let input = CString::default();
        let options = pie_launch_options { input: null(), ..self.launch_options(script, &input) };
        let (inputs, count, time) = ([null(), c"{}".as_ptr(), null()], usize::from(script.below(4)), limit(script));
        self.begin(|host, op, error| unsafe {
            let (inputs, options) = (inputs.as_ptr(), &raw const options);
            let (client, name) = (host.client, ECHO.as_ptr());
            pie_client_launch_processes_async(client, name, inputs, count, options, time, host.reports, 4, op, error)
        });
    }

    pub fn run_many(&mut self, script: &mut Script<'_>) {
        let (inputs, count, time) = ([null(), c"{}".as_ptr(), null()], usize::from(script.below(4)), limit(script));
        self.begin(|host, op, error| unsafe {
            let (client, name, inputs) = (host.client, ECHO.as_ptr(), inputs.as_ptr());
            pie_client_run_processes_async(client, name, inputs, count, null(), time, host.reports, 5, op, error)
        });
    }

    pub fn attach(&mut self, script: &mut Script<'_>) {
        let process = CString::new(id(u64::from(script.byte() & 7))).unwrap();
        let input = CString::default();
        let options = self.launch_options(script, &input);
        let options = pie_launch_options { flags: 0, token_budget: 0, input: null(), ..options };
        let time = limit(script);
        self.begin(|host, op, error| unsafe {
            let (options, process) = (&raw const options, process.as_ptr());
            pie_client_attach_process_async(host.client, process, options, time, host.reports, 6, op, error)
        });
    }

    pub fn list(&mut self, script: &mut Script<'_>) {
        let time = limit(script);
        self.begin(|host, op, error| unsafe {
            pie_client_list_processes_async(host.client, time, host.reports, 7, op, error)
        });
    }

    /// One of the small questions.
    pub fn ask(&mut self, script: &mut Script<'_>) {
        let (what, time, text) = (script.below(5), limit(script), c_text(script.bytes()));
        let process = CString::new(id(u64::from(what))).unwrap();
        self.begin(|host, op, error| unsafe {
            let (client, queue, text) = (host.client, host.reports, text.as_ptr());
            match what {
                0 => pie_client_ping_async(client, time, queue, 8, op, error),
                1 => pie_client_query_async(client, text, text, time, queue, 9, op, error),
                2 => pie_client_check_program_async(client, ECHO.as_ptr(), null(), null(), time, queue, 10, op, error),
                3 => pie_client_terminate_process_async(client, process.as_ptr(), time, queue, 11, op, error),
                _ => pie_client_launch_daemon_async(client, ECHO.as_ptr(), 1, null(), time, queue, 12, op, error),
            }
        });
    }

    pub fn install(&mut self, script: &mut Script<'_>) {
        let (size, force, time) = (700 * usize::from(script.byte()), i32::from(script.is_odd()), limit(script));
        let program = vec![7u8; size];
        let manifest = c"[package]\nname = \"x\"\nversion = \"0.1.0\"\n".as_ptr();
        self.begin(|host, op, error| unsafe {
            let (client, data) = (host.client, program.as_ptr().cast());
            pie_client_install_program_bytes_async(
                client,
                data,
                size,
                manifest,
                force,
                time,
                host.reports,
                13,
                op,
                error,
            )
        });
    }

    pub fn log_in(&mut self, script: &mut Script<'_>) {
        let (key, time) = (script.is_odd(), limit(script));
        let mut error = null_mut();
        let mut private = null_mut();
        if key {
            // RFC 8410, 10.3.
            let text = c"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
            unsafe { pie_private_key_parse(text.as_ptr(), null(), &raw mut private, &raw mut error) };
            assert!(!private.is_null());
        }
        self.begin(|host, op, error| unsafe {
            pie_client_authenticate_async(host.client, c"me".as_ptr(), private, time, host.reports, 14, op, error)
        });
        unsafe { pie_private_key_free(private) };
    }

    fn process(&self, script: &mut Script<'_>) -> *mut pie_process {
        if self.processes.is_empty() { null_mut() } else { script.pick(&self.processes) }
    }

    pub fn signal(&mut self, script: &mut Script<'_>) {
        let (process, text) = (self.process(script), c_text(script.bytes()));
        let id = CString::new(id(1)).unwrap();
        call(|error| unsafe { pie_process_signal(process, text.as_ptr(), error) });
        call(|error| unsafe { pie_client_signal_process(self.client, id.as_ptr(), text.as_ptr(), error) });
    }

    pub fn transfer(&mut self, script: &mut Script<'_>) {
        let (process, time) = (self.process(script), limit(script));
        let data = vec![9u8; 700 * usize::from(script.byte())];
        let terminates = script.byte() > 192;
        self.begin(|host, op, error| unsafe {
            if terminates {
                return pie_process_terminate_async(process, time, host.reports, 15, op, error);
            }
            let (data, size) = (data.as_ptr().cast(), data.len());
            pie_process_transfer_file_async(process, data, size, time, host.reports, 16, op, error)
        });
    }

    pub fn handle_mcp(&mut self, script: &mut Script<'_>) {
        let (name, time) = (script.pick(&[c"a", c"b"]), limit(script));
        if script.byte() > 192 {
            call(|error| unsafe { pie_client_unregister_mcp_server(self.client, name.as_ptr(), error) });
            return;
        }
        self.begin(|host, op, error| unsafe {
            let (client, name, queue) = (host.client, name.as_ptr(), host.reports);
            pie_client_register_mcp_handler_async(client, name, queue, 17, time, queue, 18, op, error)
        });
    }

    pub fn answer_mcp(&mut self, script: &mut Script<'_>) {
        let Some(event) = self.asked.pop() else { return };
        let json = c_text(script.bytes());
        let (ok, json) = (i32::from(script.is_odd()), if script.is_odd() { c"{}" } else { &*json });
        call(|error| unsafe { pie_event_mcp_respond(event, ok, json.as_ptr(), error) });
        unsafe { pie_event_free(event) };
    }

    pub fn receive_of_process(&mut self, script: &mut Script<'_>) {
        let process = self.process(script);
        for _ in 0..script.below(8) {
            let mut event = null_mut();
            let status = call(|error| unsafe { pie_process_recv(process, 0, &raw mut event, error) });
            if status != PIE_OK {
                return;
            }
            unsafe { on_event(event, null_mut()) };
        }
    }

    pub fn take_result(&mut self, script: &mut Script<'_>) {
        let (process, mut text) = (self.process(script), null_mut());
        let time = i64::from(script.below(2));
        call(|error| unsafe { pie_process_result(process, time, &raw mut text, error) });
        unsafe { pie_string_free(text) };
    }

    /// Frees a process, or what a queue keeps.
    pub fn let_go(&mut self, script: &mut Script<'_>) {
        let at = usize::from(script.byte());
        if at > 240 {
            unsafe { pie_queue_free(self.shared) };
            self.shared = pie_queue_new();
        } else if at > 220 && !self.client.is_null() {
            unsafe { pie_client_free(self.client) };
            self.client = null_mut();
        } else if !self.processes.is_empty() {
            let process = self.processes.swap_remove(at % self.processes.len());
            unsafe { pie_process_free(process) };
        }
    }

    pub fn cancel(&mut self, script: &mut Script<'_>) {
        if self.ops.is_empty() {
            return;
        }
        let at = usize::from(script.byte()) % self.ops.len();
        unsafe {
            pie_op_cancel(self.ops[at]);
            if script.is_odd() {
                pie_op_free(self.ops.swap_remove(at));
            }
        }
    }

    /// Callbacks, wakeups and descriptors of the queues.
    pub fn set_ways_out(&mut self, script: &mut Script<'_>) {
        let (what, process, nothing) = (script.below(6), self.process(script), null_mut());
        let queue = if script.is_odd() { self.shared } else { unsafe { pie_process_queue(process) } };
        call(|error| unsafe {
            match what {
                0 => pie_queue_set_callback(queue, PIE_DISPATCH_MANUAL, Some(on_event), nothing, None, error),
                1 => pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, Some(on_event), nothing, None, error),
                2 => pie_queue_clear_callback(queue, 1, error),
                3 => pie_queue_set_wakeup(queue, Some(on_wakeup), nothing, None, error),
                4 => pie_queue_set_wakeup(queue, None, nothing, None, error),
                _ => pie_queue_fd(queue, &mut 0, error),
            }
        });
        if queue != self.shared {
            unsafe { pie_queue_free(queue) };
        }
    }

    pub fn dispatch(&mut self, script: &mut Script<'_>) {
        let (mut count, mut events) = (0, [null_mut(); 4]);
        call(|error| unsafe { pie_queue_dispatch(self.shared, usize::from(script.byte()), &mut count, error) });
        let size = events.len();
        call(|error| unsafe { pie_queue_recv_batch(self.shared, 0, events.as_mut_ptr(), size, &mut count, error) });
        for event in &events[..count] {
            unsafe { check::event(*event) };
        }
        unsafe { pie_events_free(events.as_mut_ptr(), count) };
        if script.byte() == 1 {
            unsafe { pie_queue_interrupt(self.shared) };
        }
    }

    /// Calls that wait for what does not come.
    pub fn wait_in_vain(&mut self, script: &mut Script<'_>) {
        let (mut list, mut process) = (null_mut(), null_mut());
        let what = script.below(3);
        call(|error| unsafe {
            match what {
                0 => pie_client_ping(self.client, 1, null_mut(), error),
                1 => pie_client_list_processes(self.client, 1, &raw mut list, error),
                _ => pie_client_launch_process(self.client, ECHO.as_ptr(), null(), 1, &raw mut process, error),
            }
        });
        unsafe { pie_process_list_free(list) };
        self.processes.extend((!process.is_null()).then_some(process));
    }

    pub fn close(&mut self, script: &mut Script<'_>) {
        if script.byte() < 64 {
            call(|error| unsafe { pie_client_close(self.client, 1, error) });
        }
    }
}
