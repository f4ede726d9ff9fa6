/* SPDX-License-Identifier: GPL-2.0-or-later
 * netbios.h - what NetBIOS' two services over UDP have in common
 */
#ifndef NFQROUTE_NETBIOS_H
#define NFQROUTE_NETBIOS_H

#include "classifier.h"

enum { NETBIOS_LABEL = 32 };

extern const struct app netbios_app; /* dns.c's: the name service is told apart from DNS there */

/* The label of a name is a NetBIOS name, encoded (RFC 1001 section 14.1): 32 letters from A to P. */
static inline bool netbios_label(const uint8_t *label, size_t length)
{
	size_t i = 0;

	while (i < length && label[i] >= 'A' && label[i] <= 'P')
		i++;
	return length == NETBIOS_LABEL && i == length;
}

#endif
