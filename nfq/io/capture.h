/* SPDX-License-Identifier: GPL-2.0-or-later
 * capture.h - frames out of a capture file, pcap or pcapng
 */
#ifndef NFQROUTE_CAPTURE_H
#define NFQROUTE_CAPTURE_H

#include "link.h"

struct capture;

/* Opens path, "-" being standard input. NULL with a message in error on failure. */
struct capture *capture_open(const char *path, char *error, size_t size);
void capture_close(struct capture *capture);

enum capture_result { CAPTURE_FRAME, CAPTURE_END, CAPTURE_BROKEN };

/* The next frame, valid until the next call. CAPTURE_BROKEN: the file is damaged from here on, see
 * capture_error(). */
enum capture_result capture_next(struct capture *capture, struct frame *frame);
/* What is wrong, in words; valid until capture_close(). */
const char *capture_error(const struct capture *capture);
/* The link type's name, for messages. */
const char *capture_link_name(const struct capture *capture);

#endif
