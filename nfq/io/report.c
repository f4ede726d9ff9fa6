/* SPDX-License-Identifier: GPL-2.0-or-later
 * report.c - the counters of all queues, in the log
 */
#include <inttypes.h>

#include "daemon_state.h"
#include "log.h"

static void report_faults(const struct engine_counters *engine)
{
	for (enum packet_fault fault = PACKET_OK + 1; fault < PACKET_FAULTS; fault++)
		if (engine->faults[fault])
			log_info("  not looked at, %s: %" PRIu64, packet_fault_name(fault), engine->faults[fault]);
}

static void report_late(const struct engine_counters *engine)
{
	if (!engine->late && !engine->rehome[REHOME_DONE] && !engine->reset && !engine->switched)
		return;
	log_info("decided late: moved %" PRIu64 ", reset %" PRIu64 ", switched %" PRIu64
		 ", left on their first path %" PRIu64,
		 engine->rehome[REHOME_DONE], engine->reset, engine->switched, engine->late);
	for (enum rehome_refusal why = REHOME_DONE + 1; why < REHOME_REFUSALS; why++)
		if (engine->rehome[why])
			log_info("  left, %s: %" PRIu64, rehome_refusal_text(why), engine->rehome[why]);
}

static void report_engine(const struct engine_counters *engine)
{
	log_info("decided at packet 1: %" PRIu64 ", 2: %" PRIu64 ", 3: %" PRIu64 ", later: %" PRIu64,
		 engine->decided[0], engine->decided[1], engine->decided[2], engine->decided[3]);
	log_info("via: %" PRIu64 ", main: %" PRIu64 ", drop: %" PRIu64 ", reject: %" PRIu64,
		 engine->actions[ACTION_VIA], engine->actions[ACTION_MAIN], engine->actions[ACTION_DROP],
		 engine->actions[ACTION_REJECT]);
	log_info("provisional packets: %" PRIu64 ", decided too late: %" PRIu64 ", held: %" PRIu64
		 " (to the end: %" PRIu64 "), connections from before: %" PRIu64 ", evicted: %" PRIu64,
		 engine->provisional, engine->late, engine->held, engine->hold_timeouts, engine->midstream,
		 engine->evicted);
	report_late(engine);
	if (engine->led || engine->unlearned)
		log_info("paths chosen by what was learned: %" PRIu64 " (wrongly: %" PRIu64 "), not learned from: %" PRIu64,
			 engine->led, engine->misled, engine->unlearned);
	if (engine->dns_answers || engine->dns_unasked)
		log_info("DNS answers learned from: %" PRIu64 ", not asked for: %" PRIu64, engine->dns_answers,
			 engine->dns_unasked);
	if (engine->cut_off)
		log_warning("patterns cut off for taking too many steps: %" PRIu64, engine->cut_off);
	report_faults(engine);
}

static void report_queue(const struct worker_report *report)
{
	const struct queue_counters *queue = &report->queue;

	log_info("queued packets: %" PRIu64 " in %" PRIu64 " batches, %" PRIu64 " verdict messages, %" PRIu64
		 " waiting",
		 queue->packets, queue->batches, queue->messages, report->held);
	if (queue->passed_by)
		log_warning("queue full: %" PRIu64 " packets passed by without a decision", queue->passed_by);
	if (queue->cut || queue->unanswerable || queue->gone)
		log_info("cut: %" PRIu64 ", without id: %" PRIu64 ", gone before their verdict: %" PRIu64,
			 queue->cut, queue->unanswerable, queue->gone);
}

static void report_rules(const struct ruleset *ruleset, const struct rule_use *uses)
{
	for (unsigned i = 0; i < ruleset->rule_count; i++)
		if (uses[i].hits)
			log_info("  %s: %" PRIu64, ruleset->rules[i].text, uses[i].hits);
}

void daemon_report(struct daemon *daemon)
{
	const struct counters *counters;

	daemon->counters.taken = 0; /* as it is now, not a moment ago */
	counters = daemon_count(daemon);
	if (!counters)
		return;
	report_queue(&counters->sum);
	report_engine(&counters->sum.engine);
	report_rules(daemon->ruleset, counters->uses);
	log_tell_suppressed();
}
