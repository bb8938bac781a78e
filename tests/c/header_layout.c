/* The numbers of all constants; the order and places of the structs' fields where pointers have 8 bytes. headertest
   compiles it in every language version. */
#include <stddef.h>

#include "pie_client.h"

/* Of C99 too: an array of a negative size does not compile. */
#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)
#define ASSERT(condition) typedef char PASTE(assertion_, __LINE__)[(condition) ? 1 : -1]

ASSERT(PIE_ABI_VERSION == 1);
ASSERT(PIE_FOREVER == -1);
ASSERT(PIE_OK == 0);
ASSERT(PIE_EMPTY == 1);
ASSERT(PIE_INTERRUPTED == 2);
ASSERT(PIE_END == 3);
ASSERT(PIE_E_INVALID_ARGUMENT == -1);
ASSERT(PIE_E_NO_MEMORY == -2);
ASSERT(PIE_E_INTERNAL == -3);
ASSERT(PIE_E_FORKED == -4);
ASSERT(PIE_E_WOULD_DEADLOCK == -5);
ASSERT(PIE_E_UNSUPPORTED == -6);
ASSERT(PIE_E_IO == -7);
ASSERT(PIE_E_TIMED_OUT == -8);
ASSERT(PIE_E_CANCELLED == -9);
ASSERT(PIE_E_CLOSED == -10);
ASSERT(PIE_E_TOO_LARGE == -11);
ASSERT(PIE_E_ABI_MISMATCH == -12);
ASSERT(PIE_E_INVALID_STATE == -13);
ASSERT(PIE_E_BUSY == -14);
ASSERT(PIE_E_CONNECT == -20);
ASSERT(PIE_E_TLS == -21);
ASSERT(PIE_E_DISCONNECTED == -22);
ASSERT(PIE_E_PROTOCOL == -23);
ASSERT(PIE_E_KEY == -30);
ASSERT(PIE_E_AUTH == -31);
ASSERT(PIE_E_REJECTED == -32);
ASSERT(PIE_E_REGISTRY == -33);
ASSERT(PIE_E_MCP == -34);
ASSERT(PIE_E_PROCESS == -35);
ASSERT(PIE_EVENT_STDOUT == 1);
ASSERT(PIE_EVENT_STDERR == 2);
ASSERT(PIE_EVENT_MESSAGE == 3);
ASSERT(PIE_EVENT_FILE == 4);
ASSERT(PIE_EVENT_RETURN == 5);
ASSERT(PIE_EVENT_ERROR == 6);
ASSERT(PIE_EVENT_OTHER == 7);
ASSERT(PIE_EVENT_OVERFLOW == 8);
ASSERT(PIE_EVENT_MCP_REQUEST == 19);
ASSERT(PIE_LAUNCH_NO_CAPTURE == 1);
ASSERT(PIE_GENERATION_UNKNOWN == 0);
ASSERT(PIE_GENERATION_0_1 == 1);
ASSERT(PIE_GENERATION_0_2 == 2);
ASSERT(PIE_GENERATION_0_4 == 4);
ASSERT(PIE_GENERATION_0_5 == 5);
ASSERT(PIE_GENERATION_0_6 == 6);
ASSERT(PIE_LOG_OFF == 0);
ASSERT(PIE_LOG_ERROR == 1);
ASSERT(PIE_LOG_WARN == 2);
ASSERT(PIE_LOG_INFO == 3);
ASSERT(PIE_LOG_DEBUG == 4);
ASSERT(PIE_LOG_TRACE == 5);

/* Constants that #if can use are macros. */
#if PIE_ABI_VERSION != 1 || !defined(PIE_ABI_VERSION)
#error "PIE_ABI_VERSION is no macro"
#endif

ASSERT(sizeof(pie_status) == 4);
ASSERT((pie_status)-1 < 0);

#define AT(type, field, offset, size) ASSERT(offsetof(type, field) == (offset) && sizeof(((type *)0)->field) == (size))

#if UINTPTR_MAX == UINT64_MAX
AT(pie_event, struct_size, 0, 4);
AT(pie_event, kind, 4, 4);
AT(pie_event, status, 8, 4);
AT(pie_event, flags, 12, 4);
AT(pie_event, tag, 16, 8);
AT(pie_event, sequence, 24, 8);
AT(pie_event, current, 32, 8);
AT(pie_event, total, 40, 8);
AT(pie_event, process, 48, 8);
AT(pie_event, data, 56, 8);
AT(pie_event, size, 64, 8);
AT(pie_event, name, 72, 8);
AT(pie_event, error, 80, 8);
ASSERT(sizeof(pie_event) == 88);

AT(pie_launch_options, struct_size, 0, 4);
AT(pie_launch_options, flags, 4, 4);
AT(pie_launch_options, token_budget, 8, 8);
AT(pie_launch_options, tag, 16, 8);
AT(pie_launch_options, input, 24, 8);
AT(pie_launch_options, queue, 32, 8);
ASSERT(sizeof(pie_launch_options) == 40);

AT(pie_process_info, struct_size, 0, 4);
AT(pie_process_info, flags, 4, 4);
AT(pie_process_info, elapsed_secs, 8, 8);
AT(pie_process_info, id, 16, 8);
AT(pie_process_info, username, 24, 8);
AT(pie_process_info, program, 32, 8);
AT(pie_process_info, input, 40, 8);
ASSERT(sizeof(pie_process_info) == 48);

AT(pie_mcp_server, struct_size, 0, 4);
AT(pie_mcp_server, flags, 4, 4);
AT(pie_mcp_server, transport, 8, 8);
AT(pie_mcp_server, command, 16, 8);
AT(pie_mcp_server, args, 24, 8);
AT(pie_mcp_server, arg_count, 32, 8);
AT(pie_mcp_server, url, 40, 8);
AT(pie_mcp_server, env, 48, 8);
AT(pie_mcp_server, env_count, 56, 8);
AT(pie_mcp_server, working_directory, 64, 8);
ASSERT(sizeof(pie_mcp_server) == 72);
#endif

/* The signatures: a second declaration of another type does not compile. */
#define SIGNATURE(result, name, parameters) result name parameters
#ifdef __cplusplus
extern "C" {
#endif
SIGNATURE(uint32_t, pie_abi_version, (void));
SIGNATURE(const char *, pie_version, (void));
SIGNATURE(void, pie_set_log_callback, (int32_t, pie_log_fn, void *));
SIGNATURE(pie_status, pie_shutdown, (int64_t, pie_error **));
SIGNATURE(void, pie_string_free, (char *));
SIGNATURE(const char *, pie_status_name, (pie_status));
SIGNATURE(pie_status, pie_error_status, (const pie_error *));
SIGNATURE(const char *, pie_error_message, (const pie_error *));
SIGNATURE(int32_t, pie_error_is_retriable, (const pie_error *));
SIGNATURE(void, pie_error_free, (pie_error *));
SIGNATURE(pie_options *, pie_options_new, (void));
SIGNATURE(pie_status, pie_options_set, (pie_options *, const char *, const char *, pie_error **));
SIGNATURE(const char *, pie_options_describe, (void));
SIGNATURE(void, pie_options_free, (pie_options *));
SIGNATURE(pie_status, pie_private_key_from_file, (const char *, const char *, pie_private_key **, pie_error **));
SIGNATURE(pie_status, pie_private_key_parse, (const char *, const char *, pie_private_key **, pie_error **));
SIGNATURE(const char *, pie_private_key_algorithm, (const pie_private_key *));
SIGNATURE(void, pie_private_key_free, (pie_private_key *));
SIGNATURE(pie_status, pie_client_connect, (const char *, const pie_options *, int64_t, pie_client **, pie_error **));
SIGNATURE(pie_status, pie_client_authenticate,
          (pie_client *, const char *, const pie_private_key *, int64_t, pie_error **));
SIGNATURE(pie_status, pie_client_authenticate_with_signer,
          (pie_client *, const char *, int32_t (*)(const uint8_t *, size_t, uint8_t *, size_t *, void *), void *,
           int64_t, pie_error **));
SIGNATURE(pie_status, pie_client_authenticate_with_agent,
          (pie_client *, const char *, const char *, int64_t, pie_error **));
SIGNATURE(pie_status, pie_client_auth_by_token, (pie_client *, const char *, int64_t, pie_error **));
SIGNATURE(pie_status, pie_client_ping, (pie_client *, int64_t, int64_t *, pie_error **));
SIGNATURE(pie_status, pie_client_query, (pie_client *, const char *, const char *, int64_t, char **, pie_error **));
SIGNATURE(pie_status, pie_client_check_program,
          (pie_client *, const char *, const char *, const char *, int64_t, int32_t *, pie_error **));
SIGNATURE(pie_status, pie_client_install_program,
          (pie_client *, const char *, const char *, int32_t, int64_t, pie_error **));
SIGNATURE(pie_status, pie_client_install_program_bytes,
          (pie_client *, const void *, size_t, const char *, int32_t, int64_t, pie_error **));
SIGNATURE(pie_status, pie_client_launch_process,
          (pie_client *, const char *, const pie_launch_options *, int64_t, pie_process **, pie_error **));
SIGNATURE(pie_status, pie_client_list_processes, (pie_client *, int64_t, pie_process_list **, pie_error **));
SIGNATURE(pie_status, pie_client_signal_process, (pie_client *, const char *, const char *, pie_error **));
SIGNATURE(pie_status, pie_client_terminate_process, (pie_client *, const char *, int64_t, pie_error **));
SIGNATURE(pie_status, pie_client_register_mcp_server,
          (pie_client *, const char *, const pie_mcp_server *, int64_t, pie_error **));
SIGNATURE(pie_status, pie_client_register_mcp_handler,
          (pie_client *, const char *, pie_queue *, uint64_t, int64_t, pie_error **));
SIGNATURE(pie_status, pie_client_unregister_mcp_server, (pie_client *, const char *, pie_error **));
SIGNATURE(pie_status, pie_event_mcp_respond, (pie_event *, int32_t, const char *, pie_error **));
SIGNATURE(int32_t, pie_client_generation, (const pie_client *));
SIGNATURE(pie_status, pie_client_close, (pie_client *, int64_t, pie_error **));
SIGNATURE(void, pie_client_free, (pie_client *));
SIGNATURE(size_t, pie_process_list_size, (const pie_process_list *));
SIGNATURE(const pie_process_info *, pie_process_list_get, (const pie_process_list *, size_t));
SIGNATURE(void, pie_process_list_free, (pie_process_list *));
SIGNATURE(const char *, pie_process_id, (const pie_process *));
SIGNATURE(pie_status, pie_process_recv, (pie_process *, int64_t, pie_event **, pie_error **));
SIGNATURE(pie_status, pie_process_signal, (pie_process *, const char *, pie_error **));
SIGNATURE(pie_status, pie_process_transfer_file, (pie_process *, const void *, size_t, int64_t, pie_error **));
SIGNATURE(pie_status, pie_process_transfer_path, (pie_process *, const char *, int64_t, pie_error **));
SIGNATURE(pie_status, pie_process_terminate, (pie_process *, int64_t, pie_error **));
SIGNATURE(pie_status, pie_process_result, (pie_process *, int64_t, char **, pie_error **));
SIGNATURE(pie_queue *, pie_process_queue, (pie_process *));
SIGNATURE(void, pie_process_free, (pie_process *));
SIGNATURE(pie_queue *, pie_queue_new, (void));
SIGNATURE(pie_status, pie_queue_recv, (pie_queue *, int64_t, pie_event **, pie_error **));
SIGNATURE(pie_status, pie_queue_recv_batch, (pie_queue *, int64_t, pie_event **, size_t, size_t *, pie_error **));
SIGNATURE(void, pie_queue_interrupt, (pie_queue *));
SIGNATURE(void, pie_queue_free, (pie_queue *));
SIGNATURE(void, pie_event_free, (pie_event *));
SIGNATURE(void, pie_events_free, (pie_event **, size_t));
#ifdef __cplusplus
}
#endif

int main(void) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  return options.struct_size == sizeof options && options.flags == 0 && options.token_budget == 0 && options.tag == 0 &&
                 options.input == NULL && options.queue == NULL && server.struct_size == sizeof server &&
                 server.flags == 0 && server.command == NULL && server.arg_count == 0 && server.working_directory == NULL
             ? 0
             : 1;
}
