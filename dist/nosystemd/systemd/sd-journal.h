/* SPDX-License-Identifier: GPL-2.0-or-later
 * sd-journal.h - for systems without libsystemd (Alpine, OpenWrt): there is no journal. See sd_journal_sendv(3).
 */
#ifndef NFQROUTE_NO_SD_JOURNAL_H
#define NFQROUTE_NO_SD_JOURNAL_H

#include <errno.h>
#include <sys/uio.h>

static inline int sd_journal_sendv(const struct iovec *parts, int count)
{
	(void)parts, (void)count;
	return -ENOSYS;
}

#endif
