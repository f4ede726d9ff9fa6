/* SPDX-License-Identifier: GPL-2.0-or-later
 * mqtt.c - MQ Telemetry Transport, by its CONNECT
 */
#include "signature.h"

static const struct app mqtt = {
	.name = "mqtt",
	.brief = "MQ Telemetry Transport",
	.source = "MQTT 3.1.1 section 3.1, MQTT 5.0 section 3.1",
	.decided = "first packet",
};
static const struct app *const apps[] = {&mqtt, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint16_t size;

	reader_require(&r, reader_u8(&r) == 0x10);
	for (int i = 0; i < 3 && reader_u8(&r) & 0x80; i++) /* the remaining length */
		;
	size = reader_u16(&r);
	if (size == 4)
		reader_expect(&r, "MQTT", 4);
	else if (size == 6)
		reader_expect(&r, "MQIsdp", 6);
	else
		reader_require(&r, false);
	reader_require(&r, (reader_u8(&r) & 0x7f) <= 5); /* the top bit: a bridge */
	return signature_answer(&r, facts, &mqtt);
}

const struct classifier classifier_mqtt = {
	.name = "mqtt",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
