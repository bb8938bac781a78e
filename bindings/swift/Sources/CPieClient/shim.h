/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <pie_client.h>
