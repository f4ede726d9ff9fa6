/* SPDX-License-Identifier: GPL-2.0-or-later
 * starttls.c - the ClientHello of protocols that begin in the clear and change to TLS
 */
#include "starttls.h"

#include "line.h"

#define LINES_MAX 8
#define LINE_MAX_SIZE 512

extern const struct classifier classifier_tls;

enum tri starttls_none(struct facts *facts)
{
	facts->closed |= CLIENTHELLO_FACTS;
	return TRI_YES;
}

static void take_text(struct facts *to, const struct facts *from, enum fact fact)
{
	size_t len;
	const char *text = facts_text(from, fact, &len);

	if (fact_known(from, fact))
		facts_set_text(to, fact, text, len);
}

/* The hello is read by the classifier of TLS, with facts of its own: the app is not to become tls. */
enum tri starttls_hello(struct reader rest, struct facts *facts)
{
	const struct view view = {.transport = IPPROTO_TCP, .client = rest, .server = reader_over(NULL, 0, true)};
	struct facts hello;
	enum tri answer;

	memset(&hello, 0, sizeof hello);
	answer = reader_ok(&rest) ? classifier_tls.look(&view, &hello) : reader_state(&rest);
	if (answer == TRI_NO)
		return starttls_none(facts);
	take_text(facts, &hello, FACT_HOST);
	take_text(facts, &hello, FACT_ALPN);
	if (fact_known(&hello, FACT_ECH))
		facts_set_ech(facts, hello.ech);
	facts->closed |= hello.closed & CLIENTHELLO_FACTS;
	return answer;
}

/* A command is a line's first word, or with IMAP its second. */
static bool commands(struct reader line, const char *const *words)
{
	struct reader behind_tag = line;

	line_until(&behind_tag, ' ', LINE_MAX_SIZE);
	return line_keyword(&line, words) >= 0 || line_keyword(&behind_tag, words) >= 0;
}

enum tri starttls_lines(struct reader client, struct facts *facts)
{
	static const char *const requests[] = {"STARTTLS", "STLS", "AUTH TLS", "AUTH SSL", NULL};
	static const char *const others[] = {"MAIL ", "LOGIN ", "AUTHENTICATE ", "AUTH ",
					     "USER ", "APOP ",  "GROUP ",        NULL};

	for (int i = 0; i < LINES_MAX; i++) {
		struct reader line = line_next(&client, LINE_MAX_SIZE);

		if (!reader_ok(&client))
			break;
		if (commands(line, requests))
			return starttls_hello(client, facts);
		if (commands(line, others))
			return starttls_none(facts);
	}
	return reader_state(&client) == TRI_MORE ? TRI_MORE : starttls_none(facts);
}
