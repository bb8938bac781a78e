#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pie_client::fuzzing::session(input));
