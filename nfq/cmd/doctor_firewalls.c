/* SPDX-License-Identifier: GPL-2.0-or-later
 * doctor_firewalls.c - what the doctor sees of firewalls, by their own programs, line by line
 */
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "memory_text.h"
#include "program.h"

static char *run_program(const char *name)
{
	const char *const argv[] = {name, NULL};
	struct program_result result;
	char *text = NULL;

	if (program_run(argv, NULL, &result) == 0 && result.status == 0 && result.output)
		text = strdup(result.output);
	program_result_free(&result);
	return text;
}

/* "ip mangle": iptables-save has shown it, in its own words. */
static bool is_iptables_own(const struct doctor *doctor, const char *table)
{
	bool ipv6 = strncmp(table, "ip6 ", 4) == 0;
	const char *saved = doctor->firewalls[ipv6 ? FIREWALL_IP6TABLES : FIREWALL_IPTABLES].text;
	char head[72];

	if ((!ipv6 && strncmp(table, "ip ", 3) != 0) || !strstr(saved, "(nf_tables)"))
		return false;
	snprintf(head, sizeof head, "\n*%s\n", table + (ipv6 ? 4 : 3));
	return strstr(saved, head);
}

/* What iptables has made is left out: it has been shown, and libnftables may not know its targets. */
static void list_tables(const struct doctor *doctor, struct nft_ctx *nft, char *tables, FILE *out)
{
	char command[160];

	for (char *line; (line = strsep(&tables, "\n"));) {
		if (strncmp(line, "table ", 6) != 0 || is_iptables_own(doctor, line + 6))
			continue;
		snprintf(command, sizeof command, "list %.140s", line);
		if (nft_run_cmd_from_buffer(nft, command) == 0)
			fputs(nft_ctx_get_output_buffer(nft), out);
	}
}

static char *list_nft(const struct doctor *doctor)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	char *text = NULL, *tables = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (nft && out) {
		nft_ctx_buffer_output(nft);
		nft_ctx_buffer_error(nft);
		nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_STATELESS);
		if (nft_run_cmd_from_buffer(nft, "list tables") == 0)
			tables = strdup(nft_ctx_get_output_buffer(nft));
	}
	if (tables)
		list_tables(doctor, nft, tables, out);
	if (out)
		memory_text_end(out, &text);
	if (nft)
		nft_ctx_free(nft);
	if (!tables) {
		free(text);
		text = NULL;
	}
	free(tables);
	return text;
}

/* The kernel makes the tables of the old kind at the first look: not where there are none. */
static bool has_legacy(const char *names)
{
	FILE *file = fopen(names, "re");
	bool some = file && fgetc(file) != EOF;

	if (file)
		fclose(file);
	return some;
}

void doctor_survey_firewalls(struct doctor *doctor)
{
	static const char *const names[FIREWALLS] = {"iptables-save", "ip6tables-save", "iptables-legacy-save",
						     "ip6tables-legacy-save", "nft list ruleset"};
	bool wanted[FIREWALLS] = {true, true, has_legacy("/proc/net/ip_tables_names"),
				  has_legacy("/proc/net/ip6_tables_names"), true};

	for (unsigned i = 0; i < FIREWALLS; i++) {
		struct firewall *firewall = &doctor->firewalls[i];

		firewall->name = names[i];
		if (doctor->root && wanted[i])
			firewall->shown = i == FIREWALL_NFT ? list_nft(doctor) : run_program(names[i]);
		firewall->text = firewall->shown ? firewall->shown : "";
	}
	if (!doctor->root)
		doctor_say(doctor, DOCTOR_UNSEEN, "run it as root",
			   "firewalls, and what the kernel can do, are not shown to users");
	else if (!doctor->firewalls[FIREWALL_NFT].shown && !doctor->firewalls[FIREWALL_IPTABLES].shown)
		doctor_say(doctor, DOCTOR_UNSEEN, NULL, "neither iptables-save nor nft shows the firewall");
}

/* --- reading firewalls --- */

/* Of our own: nft's table inet nfqroute, iptables' chains NFQROUTE_* and the jumps to them. */
static bool is_ours(const char *line, const char *table)
{
	return strcmp(table, "inet nfqroute") == 0 || strstr(line, "NFQROUTE_");
}

static void note_chain(struct firewall_lines *lines)
{
	const char *head = lines->firewall == FIREWALL_NFT ? "chain " : "-A ";

	if (strncmp(lines->line, head, strlen(head)) == 0)
		sscanf(lines->line + strlen(head), "%63s", lines->chain);
	else if (strncmp(lines->line, "table ", 6) == 0 || *lines->line == '*')
		*lines->chain = '\0';
}

/* The next line, whosever it is; false: this firewall has no more. */
static bool take_line(struct firewall_lines *lines)
{
	size_t length = strcspn(lines->at, "\n");
	const char *start = lines->at + strspn(lines->at, "\t ");

	if (!*lines->at)
		return false;
	snprintf(lines->line, sizeof lines->line, "%.*s",
		 start < lines->at + length ? (int)(lines->at + length - start) : 0, start);
	lines->at += length + (lines->at[length] == '\n');
	if (lines->firewall == FIREWALL_NFT && strncmp(lines->line, "table ", 6) == 0)
		snprintf(lines->table, sizeof lines->table, "%.*s", (int)strcspn(lines->line + 6, "{") - 1,
			 lines->line + 6);
	else if (lines->firewall != FIREWALL_NFT && *lines->line == '*')
		snprintf(lines->table, sizeof lines->table, "%.63s", lines->line + 1);
	note_chain(lines);
	return true;
}

bool doctor_next_line(struct firewall_lines *lines)
{
	for (; lines->firewall < FIREWALLS; lines->firewall++, lines->at = NULL) {
		if (!lines->at)
			lines->at = lines->doctor->firewalls[lines->firewall].text;
		while (take_line(lines))
			if (*lines->line && *lines->line != '#' && !is_ours(lines->line, lines->table) &&
			    !(lines->firewall == FIREWALL_NFT && is_iptables_own(lines->doctor, lines->table)))
				return true;
	}
	return false;
}

const char *doctor_where(struct firewall_lines *lines)
{
	bool names_chain = lines->firewall == FIREWALL_NFT && *lines->chain; /* a line of iptables does so itself */

	snprintf(lines->where, sizeof lines->where, "%s, table %s%s%s", lines->doctor->firewalls[lines->firewall].name,
		 lines->table, names_chain ? ", chain " : "", names_chain ? lines->chain : "");
	return lines->where;
}
