/* SPDX-License-Identifier: GPL-2.0-or-later
 * doctor.h - what would make steering fail on this machine: the checks, and what they look at
 *
 * A check is one function in a file doctor_*.c with others of its kind, and a line in that file's table. It reads
 * what has been seen of the machine, changes nothing, and says what it found by doctor_say(); saying nothing is
 * good.
 */
#ifndef NFQROUTE_DOCTOR_H
#define NFQROUTE_DOCTOR_H

#include "rtnl.h"
#include "ruleset.h"
#include "wanted.h"

enum doctor_level {
	DOCTOR_OK,
	DOCTOR_UNSEEN, /* could not be looked at, as for want of rights */
	DOCTOR_WARN,   /* some connections may go wrong, or it depends on what is meant */
	DOCTOR_FAIL,   /* steering fails */
};

/* A rule of policy routing, ip-rule(8), of anybody. */
struct policy_rule {
	enum family family;
	uint32_t priority, table, mark, mask; /* mask 0: any mark */
	uint8_t protocol;                     /* RTPROT_* */
	bool inverted, suppress;              /* "not", suppress_prefixlength */
	bool selects;                         /* by other things than the mark, too */
	bool leads;                           /* to a table, rather than refuse or jump */
};

/* A route that many destinations take. */
struct wide_route {
	enum family family;
	uint32_t table, priority;
	unsigned length;        /* of its prefix: 0 or 1, in IPv6 up to 4 */
	unsigned device;        /* 0: none */
	uint8_t type, protocol; /* RTN_*, RTPROT_* */
};

/* What a program printed of one firewall. */
struct firewall {
	const char *name; /* "iptables-save" */
	const char *text; /* never NULL */
	char *shown;      /* owned; NULL: it has shown nothing, and text is empty */
};

enum { FIREWALL_IPTABLES, FIREWALL_IP6TABLES, FIREWALL_LEGACY, FIREWALL_LEGACY6, FIREWALL_NFT, FIREWALLS };

struct doctor {
	const char *path;              /* of the rules */
	unsigned first, last;          /* queues */
	const struct ruleset *ruleset; /* NULL: the rules do not load */
	bool root;
	bool running; /* a daemon serves the first queue */
	struct rtnl rtnl;
	struct links *links;
	struct policy_rule *rules;
	size_t rule_count;
	struct wide_route *routes;
	size_t route_count;
	struct firewall firewalls[FIREWALLS];
	const char *check; /* that is being run */
	struct doctor_findings *findings;
};

struct doctor_check {
	const char *name; /* "rp-filter" */
	const char *what; /* said where it found nothing: "answers by the gateways' devices are let in" */
	void (*run)(struct doctor *doctor);
	bool without_rules; /* it makes sense where the rules do not load */
};

/* Notes what was found: in plain words, and how to mend it (NULL: nothing to be done). */
void doctor_say(struct doctor *doctor, enum doctor_level level, const char *mend, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Something could not be noted for want of memory: what is found is not all. */
void doctor_lost(struct doctor *doctor);

/* doctor_survey.c: looks at the machine. What cannot be seen is noted as found by the check "sight". */
void doctor_survey(struct doctor *doctor);
void doctor_survey_free(struct doctor *doctor);
/* The main table's best default route of the family; NULL: none. */
const struct wide_route *doctor_main_route(const struct doctor *doctor, enum family family);
/* The device that the gateway leads by: its own, or the one its next hop is on; 0: none now. */
unsigned doctor_device(const struct doctor *doctor, const struct gateway *gateway, enum family family);
const char *doctor_device_name(const struct doctor *doctor, unsigned index);
/* doctor_firewalls.c: has the firewalls shown, for doctor_survey(). */
void doctor_survey_firewalls(struct doctor *doctor);
/* Goes through what the firewalls hold, line by line, but for our own rules; what iptables has made by nft is seen
 * once. */
struct firewall_lines {
	const struct doctor *doctor;
	unsigned firewall; /* of doctor->firewalls: where line is from */
	const char *at;
	char line[512], table[64], chain[64]; /* table, chain: that the line is in */
	char where[192];
};
bool doctor_next_line(struct firewall_lines *lines);
/* "iptables-save, table mangle", "nft list ruleset, table inet x, chain y"; valid until the next call. */
const char *doctor_where(struct firewall_lines *lines);
/* "ip", "ip -6". */
extern const char *const doctor_ip[FAMILY_COUNT];
/* The gateway has a way for the family, as far as the rules tell. */
bool doctor_has_family(const struct gateway *gateway, enum family family);

/* Each ends with one whose name is NULL. */
extern const struct doctor_check doctor_kernel_checks[], doctor_path_checks[], doctor_mark_checks[],
	doctor_route_checks[];

#endif
