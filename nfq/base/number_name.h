/* SPDX-License-Identifier: GPL-2.0-or-later
 * number_name.h - a number that has a name
 */
#ifndef NFQROUTE_NUMBER_NAME_H
#define NFQROUTE_NUMBER_NAME_H

#include <stdint.h>

struct number_name {
	const char *name;
	uint64_t number;
};

#endif
