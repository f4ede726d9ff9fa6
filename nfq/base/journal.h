/* SPDX-License-Identifier: GPL-2.0-or-later
 * journal.h - messages with fields to systemd's journal
 */
#ifndef NFQROUTE_JOURNAL_H
#define NFQROUTE_JOURNAL_H

#include "log.h"

/* Whether what is written to stderr would go to the journal: $JOURNAL_STREAM, systemd.exec(5). */
bool journal_reads_stderr(void);

/* Sends text of length bytes as MESSAGE=, with PRIORITY= and these fields. false: it cannot be reached. Any thread. */
bool journal_send(enum log_level level, const char *text, size_t length, const struct log_field *fields, size_t count);

#endif
