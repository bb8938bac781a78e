//! A second Rust library of the same program: what it needs of the standard library is what two of them may quarrel about.

use std::collections::HashMap;
use std::panic::{catch_unwind, set_hook};

thread_local!(static ROUND: std::cell::Cell<i32> = const { std::cell::Cell::new(0) });

fn caught(round: i32) -> i32 {
    ROUND.set(round);
    let numbers: HashMap<String, i32> = (0..100).map(|n| (n.to_string(), n + round)).collect();
    let panicked = catch_unwind(|| {
        let dropped_by_the_panic = numbers.clone();
        assert!(dropped_by_the_panic["7"] == 0, "round {}", ROUND.get());
    });
    i32::from(panicked.is_err_and(|text| text.downcast_ref::<String>() == Some(&format!("round {round}"))))
}

#[unsafe(no_mangle)]
pub extern "C" fn other_rust_work(rounds: i32) -> i32 {
    set_hook(Box::new(|_| ()));
    let thread = std::thread::spawn(move || (0..rounds).map(caught).sum());
    thread.join().unwrap_or(0)
}
