/* SPDX-License-Identifier: GPL-2.0-or-later
 * gateway.c - gateways: whether the lines of a block go together, and what all blocks come to
 */
#include "gateway_numbers.h"
#include "gateway_private.h"

static bool has_hop(const struct gateway *gateway)
{
	return gateway->family[FAMILY_IPV4].has_hop || gateway->family[FAMILY_IPV6].has_hop;
}

static bool has_link_local_hop(const struct gateway *gateway)
{
	return gateway->family[FAMILY_IPV6].has_hop && gateway->family[FAMILY_IPV6].hop.high >> 54 == 0xfe80 >> 6;
}

/* What is lacking where there is no device to reach the next hop by. */
static void check_deviceless(struct config *config, struct span at, const struct gateway *gateway, bool auto_hop)
{
	if (auto_hop)
		diag_hint(ERROR(config, at, "gateway '%s' takes its next hop from a device, but is on none",
				gateway->name),
			  "add: device NAME");
	else if (!has_hop(gateway))
		diag_hint(ERROR(config, at, "gateway '%s' leads nowhere", gateway->name),
			  "it needs an address (next hop), a device, or both");
	if (gateway->onlink)
		diag_hint(ERROR(config, at, "gateway '%s' is onlink, but on no device", gateway->name),
			  "add: device NAME");
	if (has_link_local_hop(gateway))
		diag_hint(ERROR(config, at, "the next hop of gateway '%s' is link-local, but on no device",
				gateway->name),
			  "add: device NAME");
	for (enum family family = FAMILY_IPV4; family < FAMILY_COUNT; family++)
		if (gateway->family[family].policy == FAMILY_YES && !gateway->family[family].has_hop)
			diag_hint(ERROR(config, at, "gateway '%s' has no way for %s", gateway->name,
					family_name(family)),
				  "add an address of that family, or a device");
}

/* A check of a family that the gateway never carries. */
static void check_checks(struct config *config, struct span at, const struct gateway *gateway)
{
	for (unsigned i = 0; i < gateway->check_count; i++) {
		const struct check *check = &gateway->checks[i];
		enum family family = family_of_address(check->address);
		enum family_policy policy = gateway->family[family].policy;

		if (check->kind != CHECK_PASSIVE && (policy == FAMILY_MAIN || policy == FAMILY_UNREACHABLE))
			WARNING(config, at, "gateway '%s' does not carry %s: check %s tells nothing",
				gateway->name, family_name(family), check->text);
	}
}

/* What only shows when all lines have been read. */
static void check_whole(const struct gateway_plan *plan)
{
	struct span at = plan->node->name.at;

	if (!plan->gateway->device[0])
		check_deviceless(plan->config, at, plan->gateway, plan->auto_hop);
	check_checks(plan->config, at, plan->gateway);
}

static void plan_gateway(struct gateway_plan *plan)
{
	size_t errors = diags_count(plan->config->diags, SEVERITY_ERROR);
	struct span at = plan->node->name.at;

	plan->gateway->name = arena_text(plan->ruleset->arena, span_text(at), at.length);
	plan->gateway->file = config_kept_path(plan->ruleset, at);
	plan->gateway->line = plan->node->name.line;
	gateway_plan_entries(plan);
	for (enum family family = FAMILY_IPV4; family < FAMILY_COUNT; family++)
		plan->gateway->family[family].auto_hop = plan->auto_hop && !plan->gateway->family[family].has_hop;
	if (!plan->node->broken && diags_count(plan->config->diags, SEVERITY_ERROR) == errors)
		check_whole(plan);
}

/* A table by a name nobody knows gets a number like one without a name; two gateways may not mean the same one. */
static void warn_unknown_tables(struct config *config, const struct gateway *gateways, const bool *unknown)
{
	for_each_statement(statement, config)
	{
		const struct gateway *gateway;

		if (statement->kind != STATEMENT_GATEWAY || !unknown[statement->gateway->index])
			continue;
		gateway = &gateways[statement->gateway->index];
		diag_hint(WARNING(config, statement->gateway->table_at,
				  "no routing table is named '%s': number %u is used for it", gateway->table_name,
				  gateway->table),
			  "to name it for ip-route(8) too, add the line '%u %s' to /etc/iproute2/rt_tables",
			  gateway->table, gateway->table_name);
	}
}

void config_build_gateways(struct config *config, struct ruleset *ruleset)
{
	struct gateway *gateways = arena_array(ruleset->arena, config->gateway_count, sizeof *gateways);
	bool *unknown = arena_array(config->arena, config->gateway_count, sizeof *unknown);

	for_each_statement(statement, config)
	{
		if (statement->kind != STATEMENT_GATEWAY)
			continue;
		struct gateway_plan plan = {.config = config,
					    .ruleset = ruleset,
					    .node = statement->gateway,
					    .gateway = &gateways[statement->gateway->index]};

		plan_gateway(&plan);
		unknown[plan.node->index] = plan.gateway->table_name && !plan.gateway->table;
	}
	gateway_numbers_assign(config, ruleset, gateways);
	warn_unknown_tables(config, gateways, unknown);
	ruleset->gateways = gateways;
	ruleset->gateway_count = config->gateway_count;
}
