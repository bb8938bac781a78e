/*
 * The names that older Pie clients use, mapped onto those of pie_client.h, so that code that is ported from them keeps
 * its words. New programs use pie_client.h alone.
 *
 * Each name takes what the function behind it takes, and the manual of that function holds: programs go by name, not by
 * hash, and the older `arguments`, a list of strings, are the `input` of pie_launch_options, a JSON text. Older engines
 * called a process an instance, and a file for it a blob.
 *
 * SPDX-License-Identifier: Apache-2.0 OR MIT
 */

/** @file
 * Older names for the interface of libpie_client. */
#ifndef PIE_CLIENT_COMPAT_H
#define PIE_CLIENT_COMPAT_H

#include "pie_client.h"

/** pie_process, as it was called when a process was an instance. */
typedef pie_process pie_instance;

/** pie_client_check_program. */
#define pie_client_program_exists pie_client_check_program
/** pie_client_install_program. */
#define pie_client_upload_program pie_client_install_program
/** pie_client_install_program. */
#define pie_client_add_program pie_client_install_program
/** pie_client_launch_process. */
#define pie_client_launch_instance pie_client_launch_process
/** pie_client_attach_process. */
#define pie_client_attach_instance pie_client_attach_process
/** pie_client_list_processes. */
#define pie_client_list_instances pie_client_list_processes
/** pie_client_signal_process. */
#define pie_client_signal_instance pie_client_signal_process
/** pie_client_terminate_process. */
#define pie_client_terminate_instance pie_client_terminate_process
/** pie_client_auth_by_token. */
#define pie_client_internal_authenticate pie_client_auth_by_token

/** pie_process_signal. */
#define pie_instance_send pie_process_signal
/** pie_process_transfer_file. */
#define pie_instance_upload_blob pie_process_transfer_file
/** pie_process_recv. */
#define pie_instance_recv pie_process_recv
/** pie_process_terminate. */
#define pie_instance_terminate pie_process_terminate

#endif /* PIE_CLIENT_COMPAT_H */
