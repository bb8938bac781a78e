// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Runtime.InteropServices;

namespace Pie.Interop
{
    /// <summary>The functions of pie_client.h, one for one. Texts are UTF-8 with a NUL behind them.</summary>
    internal static class Native
    {
#if UNITY_IOS && !UNITY_EDITOR
        private const string Library = "__Internal";
#else
        private const string Library = "pie_client";
#endif
        private const CallingConvention C = CallingConvention.Cdecl;

        [DllImport(Library, CallingConvention = C)]
        internal static extern uint pie_abi_version();

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr pie_version();

        [DllImport(Library, CallingConvention = C)]
        internal static extern void pie_set_log_callback(int maxLevel, LogFunction function, IntPtr userData);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_shutdown(long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void pie_string_free(IntPtr text);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr pie_status_name(int status);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_error_status(IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr pie_error_message(IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_error_is_retriable(IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void pie_error_free(IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr pie_options_new();

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_options_set(OptionsHandle options, byte[] key, byte[] value, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr pie_options_describe();

        [DllImport(Library, CallingConvention = C)]
        internal static extern void pie_options_free(IntPtr options);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_private_key_from_file(
            byte[] path, byte[] passphrase, out IntPtr result, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_private_key_parse(
            byte[] text, byte[] passphrase, out IntPtr result, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr pie_private_key_algorithm(KeyHandle key);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void pie_private_key_free(IntPtr key);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_connect(
            byte[] uri, OptionsHandle options, long timeoutMs, out IntPtr result, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_ping(ClientHandle client, long timeoutMs, out long rttNs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_query(
            ClientHandle client, byte[] subject, byte[] record, long timeoutMs, out IntPtr result, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_generation(ClientHandle client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr pie_client_queue(ClientHandle client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_close(ClientHandle client, long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void pie_client_free(IntPtr client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_authenticate(
            ClientHandle client, byte[] username, KeyHandle key, long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_authenticate_with_signer(
            ClientHandle client, byte[] username, SignFunction function, IntPtr userData, long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_authenticate_with_agent(
            ClientHandle client, byte[] username, byte[] publicKey, long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_auth_by_token(
            ClientHandle client, byte[] token, long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_resolve_version(
            ClientHandle client, byte[] name, byte[] registryUrl, long timeoutMs, out IntPtr result, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_check_program(
            ClientHandle client, byte[] inferlet, byte[] wasmPath, byte[] manifestPath, long timeoutMs, out int exists,
            out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_install_program(
            ClientHandle client, byte[] programPath, byte[] manifestPath, int forceOverwrite, long timeoutMs,
            out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_install_program_bytes(
            ClientHandle client, byte[] program, UIntPtr size, byte[] manifest, int forceOverwrite, long timeoutMs,
            out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_launch_process(
            ClientHandle client, byte[] inferlet, ref LaunchOptions options, long timeoutMs, out IntPtr result,
            out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_launch_processes(
            ClientHandle client, byte[] inferlet, IntPtr[] inputs, UIntPtr count, ref LaunchOptions options,
            long timeoutMs, [Out] IntPtr[] result, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_run_processes(
            ClientHandle client, byte[] inferlet, IntPtr[] inputs, UIntPtr count, ref LaunchOptions options,
            long timeoutMs, out IntPtr outJson, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_attach_process(
            ClientHandle client, byte[] processId, ref LaunchOptions options, long timeoutMs, out IntPtr result,
            out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_list_processes(
            ClientHandle client, long timeoutMs, out IntPtr result, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_signal_process(
            ClientHandle client, byte[] processId, byte[] message, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_terminate_process(
            ClientHandle client, byte[] processId, long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_launch_daemon(
            ClientHandle client, byte[] inferlet, uint port, byte[] input, long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_register_mcp_server(
            ClientHandle client, byte[] name, ref McpServer server, long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_register_mcp_handler(
            ClientHandle client, byte[] name, QueueHandle requests, ulong requestsTag, long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_unregister_mcp_server(ClientHandle client, byte[] name, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_event_mcp_respond(EventHandle eventHandle, int ok, byte[] json, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern UIntPtr pie_process_list_size(ListHandle list);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr pie_process_list_get(ListHandle list, UIntPtr index);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void pie_process_list_free(IntPtr list);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr pie_process_id(IntPtr process);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_process_recv(
            ProcessHandle process, long timeoutMs, out IntPtr result, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_process_signal(ProcessHandle process, byte[] message, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_process_transfer_file(
            ProcessHandle process, byte[] data, UIntPtr size, long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_process_transfer_path(
            ProcessHandle process, byte[] path, long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_process_terminate(ProcessHandle process, long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_process_result(
            ProcessHandle process, long timeoutMs, out IntPtr result, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_process_set_callback(
            ProcessHandle process, IntPtr function, IntPtr userData, IntPtr drop, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_process_clear_callback(ProcessHandle process, long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr pie_process_queue(ProcessHandle process);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void pie_process_free(IntPtr process);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr pie_queue_new();

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_queue_recv(QueueHandle queue, long timeoutMs, out IntPtr result, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_queue_recv_batch(
            QueueHandle queue, long timeoutMs, [Out] IntPtr[] events, UIntPtr capacity, out UIntPtr count,
            out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_queue_set_callback(
            QueueHandle queue, int mode, IntPtr function, IntPtr userData, IntPtr drop, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_queue_clear_callback(QueueHandle queue, long timeoutMs, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_queue_dispatch(QueueHandle queue, UIntPtr max, out UIntPtr count, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_queue_set_wakeup(
            QueueHandle queue, IntPtr function, IntPtr userData, IntPtr drop, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_queue_fd(QueueHandle queue, out IntPtr fd, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void pie_queue_interrupt(QueueHandle queue);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void pie_queue_free(IntPtr queue);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void pie_op_cancel(OpHandle op);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void pie_op_free(IntPtr op);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr pie_event_take_client(IntPtr eventHandle);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr pie_event_take_process(IntPtr eventHandle);

        [DllImport(Library, CallingConvention = C)]
        internal static extern UIntPtr pie_event_take_processes(IntPtr eventHandle, [Out] IntPtr[] result, UIntPtr capacity);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr pie_event_take_process_list(IntPtr eventHandle);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_connect_async(
            byte[] uri, OptionsHandle options, long timeoutMs, QueueHandle queue, ulong tag, out OpHandle op,
            out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_authenticate_async(
            ClientHandle client, byte[] username, KeyHandle key, long timeoutMs, QueueHandle queue, ulong tag,
            out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_authenticate_with_agent_async(
            ClientHandle client, byte[] username, byte[] publicKey, long timeoutMs, QueueHandle queue, ulong tag,
            out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_auth_by_token_async(
            ClientHandle client, byte[] token, long timeoutMs, QueueHandle queue, ulong tag, out OpHandle op,
            out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_ping_async(
            ClientHandle client, long timeoutMs, QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_query_async(
            ClientHandle client, byte[] subject, byte[] record, long timeoutMs, QueueHandle queue, ulong tag,
            out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_close_async(
            ClientHandle client, long timeoutMs, QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_resolve_version_async(
            ClientHandle client, byte[] name, byte[] registryUrl, long timeoutMs, QueueHandle queue, ulong tag,
            out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_check_program_async(
            ClientHandle client, byte[] inferlet, byte[] wasmPath, byte[] manifestPath, long timeoutMs, QueueHandle queue,
            ulong tag, out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_install_program_async(
            ClientHandle client, byte[] programPath, byte[] manifestPath, int forceOverwrite, long timeoutMs,
            QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_install_program_bytes_async(
            ClientHandle client, byte[] program, UIntPtr size, byte[] manifest, int forceOverwrite, long timeoutMs,
            QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_register_mcp_server_async(
            ClientHandle client, byte[] name, ref McpServer server, long timeoutMs, QueueHandle queue, ulong tag,
            out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_register_mcp_handler_async(
            ClientHandle client, byte[] name, QueueHandle requests, ulong requestsTag, long timeoutMs, QueueHandle queue,
            ulong tag, out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_launch_process_async(
            ClientHandle client, byte[] inferlet, ref LaunchOptions options, long timeoutMs, QueueHandle queue, ulong tag,
            out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_launch_processes_async(
            ClientHandle client, byte[] inferlet, IntPtr[] inputs, UIntPtr count, ref LaunchOptions options,
            long timeoutMs, QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_run_processes_async(
            ClientHandle client, byte[] inferlet, IntPtr[] inputs, UIntPtr count, ref LaunchOptions options,
            long timeoutMs, QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_attach_process_async(
            ClientHandle client, byte[] processId, ref LaunchOptions options, long timeoutMs, QueueHandle queue, ulong tag,
            out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_list_processes_async(
            ClientHandle client, long timeoutMs, QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_terminate_process_async(
            ClientHandle client, byte[] processId, long timeoutMs, QueueHandle queue, ulong tag, out OpHandle op,
            out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_client_launch_daemon_async(
            ClientHandle client, byte[] inferlet, uint port, byte[] input, long timeoutMs, QueueHandle queue, ulong tag,
            out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_process_transfer_file_async(
            ProcessHandle process, byte[] data, UIntPtr size, long timeoutMs, QueueHandle queue, ulong tag,
            out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_process_transfer_path_async(
            ProcessHandle process, byte[] path, long timeoutMs, QueueHandle queue, ulong tag, out OpHandle op,
            out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int pie_process_terminate_async(
            ProcessHandle process, long timeoutMs, QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void pie_event_free(IntPtr eventHandle);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void pie_events_free([In, Out] IntPtr[] events, UIntPtr count);

    }
}
