/*
 * game_loop: a game at 60 frames a second whose characters talk through inferlets. No call of the loop waits: launches
 * are asynchronous, and once a frame pie_queue_dispatch hands over what has come since the last one.
 *
 *   game_loop [--frames N] [--screenshot FILE.bmp FRAME] [--rate LETTERS] [--no-pie] [URI [PROGRAM MANIFEST]]
 *
 * Ten characters speak at once, a letter an event, LETTERS a second each (100). --no-pie: they speak by themselves, to
 * compare the frame times. Uses the inferlet `echo` of this repository. Start it in the top directory.
 */
#include <SDL.h>
#include <pie_client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHARACTERS 10
#define WIDTH 960
#define HEIGHT 540
#define PIXEL 2              /* of the font, on the screen */
#define ADVANCE (6 * PIXEL)  /* from letter to letter */
#define LEADING (7 * PIXEL)  /* from line to line */
#define COLUMNS 14           /* of a speech bubble */
#define LINES 4

/* Tags: 0 to 9 are the characters. */
enum { CONNECT = CHARACTERS, LOGIN, INSTALL };

struct character {
  pie_process *process;
  char said[512];
  size_t size; /* of what was said */
  unsigned turn;
  unsigned long letters; /* spoken without an engine */
};

struct game {
  const char *program, *manifest;
  pie_queue *queue;
  pie_client *client;
  struct character cast[CHARACTERS];
  char news[256]; /* shown at the bottom */
  unsigned long rate, events;
  int failures;
  SDL_Renderer *renderer;
};

static const char *const speeches[] = {
    "EACH LETTER THAT I SAY IS AN EVENT OF AN INFERLET. NOBODY WAITS FOR IT.",
    "MY LAUNCH WAS ASYNCHRONOUS. THE FRAME THAT ASKED FOR ME WENT ON AT ONCE.",
    "WE ALL SHARE ONE QUEUE. OUR TAGS TELL US APART.",
    "THE GAME ASKS ONCE A FRAME WHAT HAS COME. IT IS NEVER TOLD IN THE MIDDLE OF SOMETHING.",
    "IF THE ENGINE GOES AWAY, I FALL SILENT, AND THE GAME GOES ON.",
    "NO LOCK IS NEEDED: WHAT I SAY ARRIVES ON THE THREAD THAT DRAWS IT.",
    "I CAN TALK AS FAST AS A MODEL CAN THINK.",
    "WHO SPEAKS LATE IS SHOWN LATE. A FRAME IS NEVER LATE FOR THAT.",
    "WHEN I HAVE SAID ALL THIS, ANOTHER INFERLET TAKES MY PLACE.",
    "A FREE DOES NOT WAIT. NOT EVEN WHEN THE WINDOW IS CLOSED.",
};
#define SPEECHES (sizeof speeches / sizeof *speeches)

static int failed(const char *what, pie_status status, pie_error **error) {
  if (status >= PIE_OK) return 0;
  fprintf(stderr, "game_loop: %s: %s (%s)\n", what, pie_error_message(*error), pie_status_name(status));
  pie_error_free(*error);
  *error = NULL;
  return 1;
}

/* -------- the part with inferlets -------- */

static const char *speech_of(const struct game *game, size_t who) {
  return speeches[(who * 3 + game->cast[who].turn) % SPEECHES];
}

static void say(struct character *who, const char *text, size_t size) {
  if (size > sizeof who->said - 1 - who->size) return;
  memcpy(who->said + who->size, text, size);
  who->size += size;
  who->said[who->size] = '\0';
}

/* Has an inferlet speak for a character. The launch is under way when this comes back, and no more. */
static void begin_speech(struct game *game, size_t who) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_error *error = NULL;
  pie_status status;
  char input[8192];
  size_t used = (size_t)snprintf(input, sizeof input, "{\"ops\": [");
  const char *letter;
  pie_process_free(game->cast[who].process); /* of the speech before; NULL at first */
  game->cast[who].process = NULL;
  game->cast[who].size = 0;
  game->cast[who].turn++;
  for (letter = speech_of(game, who); *letter && used < sizeof input - 64; letter++)
    used += (size_t)snprintf(input + used, sizeof input - used, "[\"print\", \"%c\"], [\"sleep\", %.4f], ", *letter,
                             1.0 / (double)game->rate);
  snprintf(input + used, sizeof input - used, "[\"return\", \"\"]]}");
  options.input = input;
  options.queue = game->queue;
  options.tag = who;
  status = pie_client_launch_process_async(game->client, "echo@0.1.0", &options, 10000, game->queue, who, NULL, &error);
  if (failed("launch", status, &error)) game->failures++;
}

static void on_done(struct game *game, pie_event *event) {
  pie_error *error = NULL;
  pie_status status = PIE_OK;
  size_t i;
  if (event->status != PIE_OK) {
    snprintf(game->news, sizeof game->news, "%s", pie_error_message(event->error));
    fprintf(stderr, "game_loop: %s\n", game->news);
    game->failures++;
    return;
  }
  switch (event->tag) {
    case CONNECT:
      game->client = pie_event_take_client(event);
      status = pie_client_authenticate_async(game->client, "me", NULL, 10000, game->queue, LOGIN, NULL, &error);
      break;
    case LOGIN:
      status = pie_client_install_program_async(game->client, game->program, game->manifest, 1, 60000, game->queue,
                                                INSTALL, NULL, &error);
      break;
    case INSTALL:
      for (i = 0; i < CHARACTERS; i++) begin_speech(game, i);
      break;
    default:
      game->cast[event->tag].process = pie_event_take_process(event);
      break;
  }
  if (failed("begin", status, &error)) game->failures++;
}

/* Runs inside pie_queue_dispatch alone, so on the thread of the game, between two frames. It owns the event. */
static void on_event(pie_event *event, void *user_data) {
  struct game *game = user_data;
  switch (event->kind) {
    case PIE_EVENT_DONE:
      on_done(game, event);
      break;
    case PIE_EVENT_STDOUT:
      say(&game->cast[event->tag], event->data, event->size);
      game->events++;
      break;
    case PIE_EVENT_RETURN:
      begin_speech(game, (size_t)event->tag);
      break;
    case PIE_EVENT_ERROR:
      snprintf(game->news, sizeof game->news, "%s", pie_error_message(event->error));
      game->failures++;
      break;
    default:
      break;
  }
  pie_event_free(event);
}

/* The same words without an engine. */
static void speak_alone(struct game *game, double seconds) {
  size_t i;
  for (i = 0; i < CHARACTERS; i++) {
    struct character *who = &game->cast[i];
    for (; (double)who->letters < seconds * (double)game->rate; who->letters++) {
      if (!speech_of(game, i)[who->size]) {
        who->turn++;
        who->size = 0;
      }
      say(who, speech_of(game, i) + who->size, 1);
      game->events++;
    }
  }
}

/* -------- the part that draws -------- */

static void fill(SDL_Renderer *renderer, Uint32 colour, int x, int y, int w, int h) {
  const SDL_Rect area = {x, y, w, h};
  SDL_SetRenderDrawColor(renderer, (Uint8)(colour >> 16), (Uint8)(colour >> 8), (Uint8)colour, 255);
  SDL_RenderFillRect(renderer, &area);
}

/* Five rows of five pixels; the highest of the 25 bits is the upper left one. */
static Uint32 glyph(char letter) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,!?-:/'";
  static const Uint32 glyphs[] = {
      0x0e8fe31, 0x1e8fa3e, 0x0f8420f, 0x1e8c63e, 0x1f87a1f, 0x1f87a10, 0x0f84e2f, 0x118fe31, 0x1f2109f,
      0x0710a4c, 0x12a6292, 0x108421f, 0x11dd631, 0x11cd671, 0x0e8c62e, 0x1e8fa10, 0x0e8d64d, 0x1e8fa51,
      0x0f8383e, 0x1f21084, 0x118c62e, 0x118a944, 0x118d771, 0x1151151, 0x1151084, 0x1f1111f, 0x0e9d72e,
      0x046108e, 0x1e0ba1f, 0x1e0b83e, 0x1297c42, 0x1f8783e, 0x0e87a2e, 0x1f08884, 0x0e8ba2e, 0x0e8bc2e,
      0x000018c, 0x0000088, 0x0421004, 0x0e09804, 0x0003800, 0x0020080, 0x0111110, 0x0420000,
  };
  const char *found = letter ? strchr(letters, SDL_toupper((unsigned char)letter)) : NULL;
  return found ? glyphs[found - letters] : 0;
}

static void draw_line(SDL_Renderer *renderer, const char *text, size_t size, int x, int y) {
  SDL_Rect pixels[80 * 25];
  int count = 0, bit;
  size_t i;
  for (i = 0; i < size && i < 80; i++) {
    const Uint32 shape = glyph(text[i]);
    for (bit = 0; bit < 25; bit++) {
      if (!(shape >> (24 - bit) & 1)) continue;
      pixels[count].x = x + (int)i * ADVANCE + bit % 5 * PIXEL;
      pixels[count].y = y + bit / 5 * PIXEL;
      pixels[count].w = pixels[count].h = PIXEL;
      count++;
    }
  }
  SDL_RenderFillRects(renderer, pixels, count);
}

/* Breaks a text between its words, and draws the last lines of it. */
static void draw_speech(SDL_Renderer *renderer, const char *text, size_t size, int x, int y) {
  size_t starts[64], lengths[64], count = 0, at = 0, i;
  while (at < size && count < 64) {
    size_t end = size;
    if (size - at > COLUMNS)
      for (end = at + COLUMNS; end > at + 1 && text[end] != ' ';) end--;
    starts[count] = at;
    lengths[count++] = end - at;
    for (at = end; text[at] == ' ';) at++;
  }
  for (i = count > LINES ? count - LINES : 0; i < count; i++, y += LEADING)
    draw_line(renderer, text + starts[i], lengths[i], x, y);
}

static void draw_character(SDL_Renderer *renderer, const struct character *who, int index, double seconds) {
  static const Uint32 colours[CHARACTERS] = {0xd1495b, 0xedae49, 0x00798c, 0x30638e, 0x6a994e,
                                             0x9c6644, 0x7b5ea7, 0xe07a5f, 0x3d5a80, 0xbc4b51};
  const int x = index % 5 * (WIDTH / 5) + 6, y = index / 5 * 255 + 14;
  const int bob = (int)(4.0 * SDL_sin(seconds * 6.0 + index));
  fill(renderer, colours[index], x + 58, y + 138 + bob, 64, 84);       /* body */
  fill(renderer, 0xf2d0a9, x + 68, y + 96 + bob, 44, 44);              /* head */
  fill(renderer, 0x2b2d42, x + 78, y + 110 + bob, 6, 8);               /* eyes */
  fill(renderer, 0x2b2d42, x + 96, y + 110 + bob, 6, 8);
  fill(renderer, 0x9d2b2b, x + 82, y + 126 + bob, 16, who->size % 2 ? 8 : 3); /* mouth */
  fill(renderer, 0x4a4e69, x + 62, y + 222, 20, 14);                   /* feet */
  fill(renderer, 0x4a4e69, x + 98, y + 222, 20, 14);
  if (!who->size) return;
  fill(renderer, 0xffffff, x, y, COLUMNS * ADVANCE + 12, LINES * LEADING + 16);
  fill(renderer, 0xffffff, x + 84, y + LINES * LEADING + 16, 12, 8);
  SDL_SetRenderDrawColor(renderer, 0x22, 0x22, 0x33, 255);
  draw_speech(renderer, who->said, who->size, x + 7, y + 9);
}

static void draw(const struct game *game, double seconds) {
  int i;
  fill(game->renderer, 0x8ecae6, 0, 0, WIDTH, HEIGHT);
  for (i = 0; i < 2; i++) fill(game->renderer, 0x6b9080, 0, 240 + 255 * i, WIDTH, 26);
  for (i = 0; i < CHARACTERS; i++) draw_character(game->renderer, &game->cast[i], i, seconds);
  fill(game->renderer, 0x2b2d42, 0, HEIGHT - 20, WIDTH, 20);
  SDL_SetRenderDrawColor(game->renderer, 0xff, 0xff, 0xff, 255);
  draw_line(game->renderer, game->news, strlen(game->news), 8, HEIGHT - 15);
}

static void save_screenshot(SDL_Renderer *renderer, const char *path) {
  SDL_Surface *shot = SDL_CreateRGBSurfaceWithFormat(0, WIDTH, HEIGHT, 24, SDL_PIXELFORMAT_BGR24);
  if (!shot || SDL_RenderReadPixels(renderer, NULL, SDL_PIXELFORMAT_BGR24, shot->pixels, shot->pitch) != 0 ||
      SDL_SaveBMP(shot, path) != 0)
    fprintf(stderr, "game_loop: no screenshot: %s\n", SDL_GetError());
  SDL_FreeSurface(shot);
}

static int by_size(const void *a, const void *b) {
  const double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static void print_times(const char *what, double *ms, size_t count) {
  qsort(ms, count, sizeof *ms, by_size);
  printf("%-22s p50 %6.2f  p99 %6.2f  max %6.2f ms\n", what, ms[count / 2], ms[count * 99 / 100], ms[count - 1]);
}

/* -------- the loop -------- */

static double now(void) { return (double)SDL_GetPerformanceCounter() / (double)SDL_GetPerformanceFrequency(); }

static void run(struct game *game, int alone, size_t frames, const char *shot, size_t shot_frame) {
  /* Of each frame: since the one before; all but the wait for the next; what handing over the events takes of that. */
  double *times = calloc(frames ? frames * 3 : 3, sizeof *times);
  double *interval = times, *work = times + frames, *dispatch = work + frames;
  const double started = now();
  double before = started;
  unsigned long told = 0;
  size_t frame;
  int running = times != NULL;
  for (frame = 0; running && (!frames || frame < frames); frame++) {
    const double began = now(), seconds = began - started;
    double handed_over, drawn;
    pie_error *error = NULL;
    SDL_Event input;
    size_t count;
    while (SDL_PollEvent(&input)) running = running && input.type != SDL_QUIT;

    /* 0: as many events as wait now, so that it comes back though more arrive. A number is a limit for the frame. */
    if (alone)
      speak_alone(game, seconds);
    else if (failed("dispatch", pie_queue_dispatch(game->queue, 0, &count, &error), &error))
      running = 0;

    handed_over = now();
    if (frame % 60 == 59 && !game->failures) {
      snprintf(game->news, sizeof game->news, "%lu EVENTS IN THE LAST 60 FRAMES", game->events - told);
      told = game->events;
    }
    draw(game, seconds);
    if (shot && frame == shot_frame) save_screenshot(game->renderer, shot);
    SDL_RenderPresent(game->renderer);
    drawn = now();
    if (frames) {
      interval[frame] = 1000.0 * (began - before);
      work[frame] = 1000.0 * (drawn - began);
      dispatch[frame] = 1000.0 * (handed_over - began);
    }
    before = began;
    if (drawn < started + (double)(frame + 1) / 60.0)
      SDL_Delay((Uint32)(1000.0 * (started + (double)(frame + 1) / 60.0 - drawn)));
  }
  if (frames && frame == frames) {
    printf("%lu frames, %lu events, %d failures\n", (unsigned long)frames, game->events, game->failures);
    print_times("from frame to frame:", interval + 1, frames - 1);
    print_times("work of a frame:", work, frames);
    print_times("of it input, events:", dispatch, frames);
  }
  free(times);
}

int main(int argc, char **argv) {
  static struct game game;
  pie_error *error = NULL;
  SDL_Window *window = NULL;
  const char *uri = "ws://127.0.0.1:8080", *shot = NULL;
  size_t frames = 0, shot_frame = 0, i;
  int alone = 0, place = 0, at;
  game.program = "tests/real_engine/inferlets/echo/echo.wasm";
  game.manifest = "tests/real_engine/inferlets/echo/Pie.toml";
  game.rate = 100;
  for (at = 1; at < argc; at++) {
    if (strcmp(argv[at], "--no-pie") == 0) {
      alone = 1;
    } else if (strcmp(argv[at], "--frames") == 0 && at + 1 < argc) {
      frames = (size_t)strtoul(argv[++at], NULL, 10);
    } else if (strcmp(argv[at], "--rate") == 0 && at + 1 < argc) {
      game.rate = strtoul(argv[++at], NULL, 10);
    } else if (strcmp(argv[at], "--screenshot") == 0 && at + 2 < argc) {
      shot = argv[++at];
      shot_frame = (size_t)strtoul(argv[++at], NULL, 10);
    } else {
      *(place == 0 ? &uri : place == 1 ? &game.program : &game.manifest) = argv[at];
      place++;
    }
  }
  if (place > 3 || game.rate < 1 || game.rate > 1000 || frames == 1 || frames > 1000000) {
    fprintf(stderr, "usage: game_loop [--frames N] [--screenshot FILE.bmp FRAME] [--rate LETTERS] [--no-pie] [URI]\n");
    return 2;
  }
  if (SDL_Init(SDL_INIT_VIDEO) != 0 ||
      !(window = SDL_CreateWindow("libpie_client", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, WIDTH, HEIGHT, 0)) ||
      !(game.renderer = SDL_CreateRenderer(window, -1, 0))) {
    fprintf(stderr, "game_loop: no window: %s\n", SDL_GetError());
    game.failures++;
    goto end;
  }
  if (!alone) {
    pie_status status;
    game.queue = pie_queue_new();
    /* MANUAL: the callback runs inside pie_queue_dispatch, and nowhere else. */
    status = pie_queue_set_callback(game.queue, PIE_DISPATCH_MANUAL, on_event, &game, NULL, &error);
    if (status == PIE_OK) status = pie_client_connect_async(uri, NULL, 10000, game.queue, CONNECT, NULL, &error);
    if (failed("connect", status, &error)) {
      game.failures++;
      goto end;
    }
  }
  run(&game, alone, frames, shot, shot_frame);

end:
  /* Nobody dispatches any more, so nothing here calls back. Frees never wait; the shutdown ends what is under way. */
  for (i = 0; i < CHARACTERS; i++) pie_process_free(game.cast[i].process);
  pie_client_free(game.client);
  pie_queue_free(game.queue);
  (void)pie_shutdown(1000, NULL);
  SDL_DestroyRenderer(game.renderer);
  SDL_DestroyWindow(window);
  SDL_Quit();
  return game.failures ? 1 : 0;
}
