/* What the soak test keeps account of: the call that each thread is in, the asynchronous calls that owe a DONE, what was
   handed to the library and has to come back, and the handles that threads share. */
#ifndef SOAK_H
#define SOAK_H

#include "figures.h"

enum {
  BOUND = 20000,   /* how much longer than its limit a call may take, on a busy machine and under a sanitizer */
  DEPTH = 8,       /* calls within callbacks within calls */
  ACTORS = 512,    /* threads, those of callbacks included */
  DEBTS = 1 << 18, /* asynchronous calls of one round */
  STATUSES = 64
};

static uint64_t seed;
static atomic_ullong calls_made;
typedef struct counts {
  atomic_ullong of[STATUSES]; /* from PIE_END downwards */
} counts;
static counts returned, reported; /* by calls, by DONE events */
static atomic_llong longest_overrun;
static const char *_Atomic longest_name = "none";

/* Time that the whole machine stood still does not count. */
static _Atomic int64_t stood_still;
static int64_t run_ms(void) { return now_ms() - GET(stood_still); }

/* Threads. */

typedef struct call {
  const char *_Atomic name;
  _Atomic int64_t since, limit;
} call;

/* A thread that makes calls, and where it is. */
typedef struct actor {
  atomic_int taken, depth;
  call calls[DEPTH];
  _Atomic uint64_t random;
  atomic_int callbacks; /* how many it is within */
} actor;

static actor actors[ACTORS];
static _Thread_local actor *me;

static uint64_t next_random(void) {
  uint64_t state = GET(me->random) + 0x9e3779b97f4a7c15u;
  SET(me->random, state);
  state = (state ^ state >> 30) * 0xbf58476d1ce4e5b9u;
  state = (state ^ state >> 27) * 0x94d049bb133111ebu;
  return state ^ state >> 31;
}

static unsigned below(unsigned bound) { return (unsigned)(next_random() % bound); }
static int one_in(unsigned chances) { return below(chances) == 0; }

/* Makes the calling thread an actor. */
static void enter_stage(uint64_t number) {
  for (int i = 0; i < ACTORS; i++) {
    int free_one = 0;
    if (!atomic_compare_exchange_strong_explicit(&actors[i].taken, &free_one, 1, memory_order_relaxed,
                                                 memory_order_relaxed))
      continue;
    me = &actors[i];
    SET(me->depth, 0);
    SET(me->callbacks, 0);
    SET(me->random, seed * 0x100000001b3u + number);
    return;
  }
  CHECK(!"there are more threads than the library may have");
}

static void leave_stage(void) {
  actor *leaving = me;
  me = NULL;
  SET(leaving->taken, 0);
}

/* Calls. */

static void enter_call(const char *name, int64_t limit) {
  int depth = GET(me->depth);
  CHECK(depth < DEPTH);
  SET(me->calls[depth].name, name);
  SET(me->calls[depth].limit, limit);
  SET(me->calls[depth].since, run_ms());
  SET(me->depth, depth + 1);
  ADD(calls_made, 1);
}

static void leave_call(void) {
  int depth = GET(me->depth) - 1;
  call *ended = &me->calls[depth];
  int64_t now = run_ms(), overrun = now - GET(ended->since) - GET(ended->limit);
  if (overrun > GET(longest_overrun)) {
    SET(longest_overrun, overrun);
    SET(longest_name, GET(ended->name));
  }
  SET(me->depth, depth);
  /* The call around it waited for a callback, which is not its fault. */
  if (depth > 0) SET(me->calls[depth - 1].since, now);
}

/* What no call may give here: the test makes no mistakes, and the library none either. */
static int is_no_answer(pie_status status) {
  static const pie_status wrong[] = {PIE_E_INVALID_ARGUMENT, PIE_E_NO_MEMORY, PIE_E_INTERNAL, PIE_E_FORKED,
                                     PIE_E_IO,               PIE_E_TLS,       PIE_E_ABI_MISMATCH};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    if (status == wrong[i]) return 1;
  return status > PIE_END || status < PIE_E_PROCESS;
}

static void count_status(counts *counted, pie_status status) { ADD(counted->of[PIE_END - status], 1); }

/* What the thread's latest call gave. */
static _Thread_local pie_status latest;

static pie_status judge(const char *name, pie_status status, pie_error *error) {
  CHECK(error != (pie_error *)POISON);
  check_true(__FILE__, __LINE__, name, (status < 0) == (error != NULL));
  if (is_no_answer(status) || (status == PIE_E_WOULD_DEADLOCK && GET(me->callbacks) == 0)) {
    fprintf(stderr, "%s: %s\n", name, error ? pie_error_message(error) : "");
    check_number(__FILE__, __LINE__, name, status, PIE_OK);
  }
  count_status(&returned, status);
  latest = status;
  if (error == NULL) return status;
  check_number(__FILE__, __LINE__, name, pie_error_status(error), status);
  check_message(__FILE__, __LINE__, error);
  pie_error_free(error);
  return status;
}

/* A call that names its error parameter &error, with the time that it may take. */
#define TRY(status, limit_ms, expression)           \
  do {                                              \
    pie_error *error = POISON;                      \
    enter_call(#expression, (limit_ms));            \
    pie_status got_ = (expression);                 \
    leave_call();                                   \
    (status) = judge(#expression, got_, error);     \
  } while (0)
/* One whose answer does not matter. */
#define ANY(limit_ms, expression)           \
  do {                                      \
    pie_status any_;                        \
    TRY(any_, limit_ms, expression);        \
    (void)any_;                             \
  } while (0)
/* One without a status. */
#define DO(expression)             \
  do {                             \
    enter_call(#expression, 0);    \
    expression;                    \
    leave_call();                  \
  } while (0)

static void tell_calls(void) {
  for (int i = 0; i < ACTORS; i++) {
    if (!GET(actors[i].taken)) continue;
    for (int at = 0; at < GET(actors[i].depth); at++)
      fprintf(stderr, "  thread %d, level %d: %" PRId64 " ms (limit %" PRId64 ") in %s\n", i, at,
              run_ms() - GET(actors[i].calls[at].since), GET(actors[i].calls[at].limit), GET(actors[i].calls[at].name));
  }
}

static void watch(actor *watched) {
  int depth = GET(watched->depth);
  if (!GET(watched->taken) || depth == 0) return;
  call *innermost = &watched->calls[depth - 1];
  int64_t over = run_ms() - GET(innermost->since) - GET(innermost->limit);
  if (over <= BOUND || GET(watched->depth) != depth) return;
  fprintf(stderr, "seed %" PRIu64 ": %s is %" PRId64 " ms over its limit of %" PRId64 " ms\n", seed,
          GET(innermost->name), over, GET(innermost->limit));
  tell_calls();
  abort(); /* a debugger or a core shows where it is */
}

/* Runs beside everything, so that nothing can wait without end. A pause of this thread is one of all of them. */
static void *watch_all(void *ended) {
  for (int64_t last = now_ms(), pause; !GET(*(atomic_int *)ended); last += pause) {
    rest_ms(100);
    pause = now_ms() - last;
    if (pause > 1000) ADD(stood_still, pause);
    for (int i = 0; i < ACTORS; i++) watch(&actors[i]);
  }
  return NULL;
}

/* What the library owes: a DONE for each asynchronous call that began, a drop for each registration. */

enum { NO_DEBT, OWED, PAID, FAILED };

typedef struct debt {
  atomic_int state;
  const char *name;
  const void *place; /* the queue it was made to report to */
  uint64_t serial, life;
} debt;

static debt debts[DEBTS];
static atomic_ullong debt_count;
static atomic_ullong lives; /* counts the beginnings and ends of shutdowns: what came before one is not owed behind it */

/* The tag of an asynchronous call. */
static uint64_t owe(const char *name, const void *place, uint64_t serial) {
  uint64_t tag = ADD(debt_count, 1) + 1;
  CHECK(tag < DEBTS);
  debt *owed = &debts[tag];
  owed->name = name;
  owed->place = place;
  owed->serial = serial;
  owed->life = GET(lives);
  SET(owed->state, OWED);
  return tag;
}

static void settle_debt(uint64_t tag, int how) {
  CHECK(tag > 0 && tag < DEBTS);
  int before = atomic_exchange_explicit(&debts[tag].state, how, memory_order_relaxed);
  if (before != OWED) fprintf(stderr, "%s: a DONE too many\n", before == NO_DEBT ? "no call" : debts[tag].name);
  EQ(before, OWED);
}

/* What belongs to a callback or a wakeup until its drop. Not atomic where the library must not run it twice at once. */
typedef struct registration {
  uint64_t magic, runs;
  atomic_ullong wakes;
} registration;

enum { MAGIC = 0x50494521 };
static atomic_int registrations;

static registration *new_registration(void) {
  registration *made = have(calloc(1, sizeof *made));
  made->magic = MAGIC;
  ADD(registrations, 1);
  return made;
}

static void drop_registration(void *user_data) {
  registration *dropped = user_data;
  EQ(dropped->magic, MAGIC);
  dropped->magic = 0;
  ADD(registrations, -1);
  free(dropped);
}

/* Handles that threads share. Who uses one holds its lock to read; who frees it, to write. Nobody waits for a lock. */

typedef struct slot {
  pthread_rwlock_t lock;
  void *handle;
  uint64_t serial;
  int kind;
} slot;

typedef struct pool {
  slot *slots;
  unsigned count;
  void (*release)(void *handle);
} pool;

static atomic_ullong serials;

static void open_pool(pool *opened) {
  for (unsigned i = 0; i < opened->count; i++) EQ(pthread_rwlock_init(&opened->slots[i].lock, NULL), 0);
}

/* A place with a handle in it, to be given back; NULL when it has none, or none now. */
static slot *borrow_it(slot *place) {
  if (pthread_rwlock_tryrdlock(&place->lock) != 0) return NULL;
  if (place->handle != NULL) return place;
  pthread_rwlock_unlock(&place->lock);
  return NULL;
}

/* Some handle of the pool, to be given back; NULL when none was found. */
static slot *borrow(pool *from) {
  slot *found = NULL;
  for (int tries = 0; found == NULL && tries < 6; tries++) found = borrow_it(&from->slots[below(from->count)]);
  return found;
}

static void give_back(slot *borrowed) {
  if (borrowed != NULL) pthread_rwlock_unlock(&borrowed->lock);
}

/* Exchanges a handle, unless somebody uses it; returns the one to be freed. */
static void *replace(slot *place, void *handle, int kind) {
  if (pthread_rwlock_trywrlock(&place->lock) != 0) return handle;
  void *former = place->handle;
  place->handle = handle;
  place->kind = kind;
  place->serial = ADD(serials, 1) + 1;
  pthread_rwlock_unlock(&place->lock);
  return former;
}

static void put(pool *into, void *handle, int kind) {
  if (handle == NULL) return;
  void *former = replace(&into->slots[below(into->count)], handle, kind);
  if (former != NULL) into->release(former);
}

static void empty(slot *place, const pool *of) {
  void *former = replace(place, NULL, 0);
  if (former != NULL) of->release(former);
}

static void empty_pool(pool *emptied) {
  for (unsigned i = 0, from = below(emptied->count); i < emptied->count; i++)
    empty(&emptied->slots[(from + i) % emptied->count], emptied);
}

#endif
