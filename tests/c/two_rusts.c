/* Of the static library: a program may contain other Rust libraries, each with a standard library of its own, and all of
   them work at once. One is as rustc makes it; one has come through packaging/archive as ours has, and still catches its
   panics. tests/c/run makes both from other_rust/. */
#include "harness.h"

#include "other_rust/other_rust.h"

enum { ROUNDS = 200 };

/* other_rust_work of the one that has come through packaging/archive. */
int32_t other_rust_packed_work(int32_t rounds);

static void *work(void *wanted) {
  EQ(other_rust_work(ROUNDS), ROUNDS);
  EQ(other_rust_packed_work(ROUNDS), ROUNDS);
  return wanted;
}

int main(void) {
  pthread_t others = spawn(work, NULL);
  EACH_GENERATION(g) {
    pie_client *client = dial(g, NULL, NULL);
    pie_process *process = launch(client, "['sendn',100],['send','ours']");
    await_message(process, "ours");
    STREAM(process, "return:done");
    pie_process_free(process);
    hang_up(client);
  }
  join(others);
  return finish();
}
