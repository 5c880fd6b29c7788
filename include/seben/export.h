/* SPDX-License-Identifier: Apache-2.0 */
/* SEBEN_API marks what the shared library shows; everything else in it is hidden. Plain C. */
#ifndef SEBEN_EXPORT_H
#define SEBEN_EXPORT_H

#if defined(_WIN32)
#if defined(SEBEN_BUILDING_LIBRARY)
#define SEBEN_API __declspec(dllexport)
#elif !defined(SEBEN_STATIC)
#define SEBEN_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define SEBEN_API __attribute__((visibility("default")))
#define SEBEN_HIDDEN __attribute__((visibility("hidden")))
#endif

#if !defined(SEBEN_API)
#define SEBEN_API
#endif
#if !defined(SEBEN_HIDDEN)
#define SEBEN_HIDDEN
#endif

#endif
