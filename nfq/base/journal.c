/* SPDX-License-Identifier: GPL-2.0-or-later
 * journal.c - messages with fields to systemd's journal
 */
#include "journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION /* where in the sources is nobody's concern */
#include <systemd/sd-journal.h>

enum { FIELD_MAX = 320, TEXT_MAX = 2100 };

/* $JOURNAL_STREAM holds "device:inode" of the stream that systemd reads (systemd.exec(5)). */
bool journal_reads_stderr(void)
{
	unsigned long long device, inode;
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;

	if (!stream || sscanf(stream, "%llu:%llu", &device, &inode) != 2)
		return false;
	return fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

/* "NAME=text" in buffer, cut where it does not fit. */
static struct iovec field(char *buffer, size_t size, const char *name, const char *text, int length)
{
	int used = snprintf(buffer, size, "%s=%.*s", name, length, text);

	return (struct iovec){.iov_base = buffer, .iov_len = used < (int)size ? (size_t)used : size - 1};
}

bool journal_send(enum log_level level, const char *text, size_t length, const struct log_field *fields, size_t count)
{
	static const char digits[] = "01234567";
	char message[TEXT_MAX], others[LOG_FIELDS_MAX][FIELD_MAX], priority[] = "PRIORITY=0";
	static char identifier[] = "SYSLOG_IDENTIFIER=nfqroute";
	struct iovec parts[3 + LOG_FIELDS_MAX] = {
		field(message, sizeof message, "MESSAGE", text, (int)length),
		{.iov_base = priority, .iov_len = sizeof priority - 1},
		{.iov_base = identifier, .iov_len = sizeof identifier - 1},
	};
	int used = 3;

	priority[sizeof priority - 2] = digits[level & 7];
	for (size_t i = 0; i < count && i < LOG_FIELDS_MAX; i++)
		if (fields[i].text && *fields[i].text)
			parts[used++] = field(others[i], sizeof others[i], fields[i].name, fields[i].text,
					      (int)strlen(fields[i].text));
	return sd_journal_sendv(parts, used) == 0;
}
