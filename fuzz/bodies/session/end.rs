//! How a session ends.

use std::ptr::null_mut;
use std::sync::atomic::Ordering::Relaxed;

use super::Script;
use super::engine::Engine;
use super::host::{Host, LONG, REPORTED, call};
use crate::abi::*;

impl Host {
    /// Lets go of everything, in an order of the script's. All reports must have come by then.
    pub fn end(mut self, mut script: Script<'_>, engine: Engine) {
        let mut engine = Some(engine).filter(|_| script.is_odd());
        if script.is_odd() && !self.client.is_null() {
            let closed = call(|error| unsafe { pie_client_close(self.client, LONG, error) });
            assert_eq!(closed, PIE_OK, "a close that does not come to its end");
        }
        let shuts_down_first = script.is_odd();
        if shuts_down_first {
            self.shut_down();
        } else {
            unsafe { pie_client_free(self.client) };
            self.client = null_mut();
            engine = None;
            self.await_reports();
        }
        self.free_all();
        if !shuts_down_first {
            self.shut_down();
        }
        unsafe { pie_set_log_callback(PIE_LOG_OFF, None, null_mut()) };
        drop(engine);
    }

    /// The queue may have a callback, which takes some.
    fn await_reports(&mut self) {
        call(|error| unsafe { pie_queue_clear_callback(self.reports, LONG, error) });
        while REPORTED.load(Relaxed) < self.begun {
            let reported = REPORTED.load(Relaxed);
            assert!(self.take_report(LONG), "{reported} of {} calls have reported", self.begun);
        }
    }

    fn shut_down(&self) {
        let ended = call(|error| unsafe { pie_shutdown(LONG, error) });
        assert_eq!(ended, PIE_OK, "a shutdown that does not come to its end");
    }

    fn free_all(&mut self) {
        unsafe {
            self.asked.drain(..).for_each(|event| pie_event_free(event));
            self.processes.drain(..).for_each(|process| pie_process_free(process));
            self.ops.drain(..).for_each(|op| pie_op_free(op));
            pie_client_free(self.client);
            pie_options_free(self.options);
            pie_queue_free(self.shared);
            pie_queue_free(self.reports);
        }
        self.client = null_mut();
    }
}
