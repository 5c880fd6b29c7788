/* SPDX-License-Identifier: Apache-2.0 */
/* The version of these headers; seben_version() tells that of the library. Plain C. */
#pragma once

#define SEBEN_VERSION_MAJOR 0
#define SEBEN_VERSION_MINOR 1
#define SEBEN_VERSION_PATCH 0
#define SEBEN_VERSION "0.1.0"
