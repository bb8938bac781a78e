/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The commands, and what `pie --help` and `pie COMMAND --help` say of them. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "pie.h"

static const char submit_details[] =
    "INFERLET is the name@version of an installed inferlet, or a .wasm, .py or .js file, which is installed first\n"
    "unless the engine has its name and version (--force replaces it). With --path every argument is the inferlet's.\n"
    "Arguments become the input: --key value, --key=value, --flag (true), -k value; others are listed as _positional.\n"
    "\n"
    "Ctrl-C terminates the process, or leaves it (--on-interrupt detach); a second one leaves at once. An engine 0.5\n"
    "ends a process that is left; on 0.4 it runs on, unheard, and cannot be attached again.\n"
    "--detach launches it without output: such a process outlives the command, and can be attached once.\n";

static const char attach_details[] =
    "ID may be the beginning of an id of `pie list`. Only a process launched with --detach can be attached, and once.\n"
    "Engines 0.5.2 end a running process whose attach they refuse, as soon as the one who asked for it leaves.\n";

static const char tell_details[] =
    "The process is attached for that (see pie attach --help), and its output shown until it ends.\n"
    "--detach leaves at once: an engine 0.5 then ends the process, on 0.4 it runs on, unheard.\n";

static const char config_details[] =
    "  init           write a settings file with defaults, and the values of --host, --port and so on\n"
    "  update         change the settings given as --uri, --host, --port, --username, --private-key-path, --timeout\n"
    "  set KEY VALUE  change one: uri, host, port, username, private_key_path, enable_auth, token, timeout, "
    "options.NAME\n"
    "  show           print the file\n"
    "  path           print where it is: $PIE_CLI_HOME/cli_config.toml, else ~/.pie/cli_config.toml\n"
    "  options        list the connection options that -o takes\n";

/* clang-format off */
const struct command commands[] = {
  {"submit", "[INFERLET] [ARGUMENT]... [-- ARGUMENT...]", "launch an inferlet and show what it says",
   submit_details, SUBMIT, 0, -1, submit_command},
  {"install", "[PROGRAM]", "install an inferlet from a file",
   NULL, INSTALL, 0, 1, install_command},
  {"list", "", "list the running processes",
   NULL, LIST, 0, 0, list_command},
  {"attach", "ID", "show what a running process says from now on",
   attach_details, ATTACH, 1, 1, attach_command},
  {"abort", "ID...", "terminate running processes",
   NULL, ABORT, 1, -1, abort_command},
  {"signal", "ID TEXT...", "send texts to a running process",
   tell_details, TELL, 2, -1, signal_command},
  {"send", "ID FILE...", "send files to a running process",
   tell_details, TELL, 2, -1, send_command},
  {"ping", "", "tell whether the engine answers, and how fast",
   NULL, PING, 0, 0, ping_command},
  {"query", "SUBJECT [RECORD]", "ask the engine for a fact, such as model_status",
   NULL, QUERY, 1, 2, query_command},
  {"daemon", "INFERLET PORT", "have the engine serve HTTP by an inferlet (0.4)",
   NULL, DAEMON, 2, 2, daemon_command},
  {"resolve", "NAME", "ask a registry for an inferlet's newest version",
   NULL, RESOLVE, 1, 1, resolve_command},
  {"config", "init|update|set|show|path|options [ARGUMENT]...", "show and change the settings",
   config_details, CONFIG, 1, 3, config_command},
  {"help", "[COMMAND]", "show the help of a command",
   NULL, HELP, 0, 1, help_command},
  {NULL, NULL, NULL, NULL, 0, 0, 0, NULL},
};
/* clang-format on */

const struct command *find_command(const char *name) {
  for (const struct command *command = commands; command->name; command++)
    if (!strcmp(command->name, name)) return command;
  return NULL;
}

static void print_option(struct buffer *out, const struct option_row *row) {
  char left[64];
  if (row->letter)
    snprintf(left, sizeof left, "-%c, --%s %s", row->letter, row->name, row->argument ? row->argument : "");
  else
    snprintf(left, sizeof left, "    --%s %s", row->name, row->argument ? row->argument : "");
  buffer_format(out, "  %-30s  %s\n", left, row->help);
}

/* Common ones are those of every command that talks to an engine. */
void print_options(struct buffer *out, const struct command *command, bool common) {
  const unsigned mask = command ? command->mask : LOGIN;
  for (const struct option_row *row = option_rows; row->name; row++)
    if ((row->commands & mask) && ((row->commands & LOGIN) == LOGIN) == common) print_option(out, row);
}

static void print_commands(struct buffer *out) {
  buffer_text(out,
              "Usage: pie [OPTION]... COMMAND [ARGUMENT]...\n\nTalks to Pie, the programmable LLM serving engine.\n\n");
  for (const struct command *command = commands; command->name; command++)
    buffer_format(out, "  %-8s  %s\n", command->name, command->purpose);
  buffer_text(out, "\nOptions of every command that talks to an engine:\n");
  print_options(out, NULL, true);
  buffer_text(
      out,
      "\nExit codes: 0 done, 1 the inferlet failed, 2 usage, 3 no connection, 4 login, 5 refused by the engine,\n"
      "6 time was up, 7 connection lost, 8 a file, 9 not on this engine, 10 registry, 11 other, 128 + a signal's\n"
      "number. See pie(1).\n");
}

static void print_command(struct buffer *out, const struct command *command) {
  buffer_format(out, "Usage: pie %s [OPTION]... %s\n\nTo %s.\n", command->name, command->arguments, command->purpose);
  if (command->details) buffer_format(out, "\n%s", command->details);
  struct buffer own = {0};
  print_options(&own, command, false);
  if (own.size) buffer_format(out, "\nOptions:\n%s", own.data);
  buffer_text(out, "\nCommon options:\n");
  print_options(out, command, true);
}

void print_help(const struct command *command) {
  struct buffer out = {0};
  if (command)
    print_command(&out, command);
  else
    print_commands(&out);
  put(STDOUT_FILENO, out.data, out.size);
}

void print_version(void) {
  struct buffer out = {0};
  if (app.json) {
    json_begin(&out, "version");
    json_text(&out, "pie", COMMAND_VERSION);
    json_text(&out, "libpie_client", pie_version());
    json_number(&out, "abi", pie_abi_version());
    json_end(&out);
    return;
  }
  buffer_format(&out, "pie %s (libpie_client %s, interface %u)\n", COMMAND_VERSION, pie_version(),
                (unsigned)pie_abi_version());
  put(STDOUT_FILENO, out.data, out.size);
}

int help_command(void) {
  const struct command *command = NULL;
  if (app.arguments.count && !(command = find_command(app.arguments.items[0])))
    usage("%s: no such command (see pie --help)", app.arguments.items[0]);
  print_help(command);
  return EXIT_DONE;
}
