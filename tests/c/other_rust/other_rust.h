/* A second Rust library of the same program, with a standard library of its own: two_rusts.c. */
#ifndef OTHER_RUST_H
#define OTHER_RUST_H

#include <stdint.h>

/* Allocates, starts a thread, panics and catches, so many times; returns how many panics it has caught. */
int32_t other_rust_work(int32_t rounds);

#endif
