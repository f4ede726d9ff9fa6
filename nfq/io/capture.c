/* SPDX-License-Identifier: GPL-2.0-or-later
 * capture.c - capture files by libpcap
 */
#include "capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct capture {
	pcap_t *pcap;
};

static FILE *open_stream(const char *path)
{
	return strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
}

struct capture *capture_open(const char *path, char *error, size_t size)
{
	struct capture *capture = calloc(1, sizeof *capture);
	char reason[PCAP_ERRBUF_SIZE] = "";
	FILE *stream = NULL;

	if (capture)
		stream = open_stream(path);
	if (!stream) {
		snprintf(error, size, "%s", strerror(errno));
		free(capture);
		return NULL;
	}
	/* on success the stream is libpcap's and is closed with it */
	capture->pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, reason);
	if (!capture->pcap) {
		snprintf(error, size, "not a capture that can be read: %s", reason);
		if (stream != stdin)
			fclose(stream);
		free(capture);
		return NULL;
	}
	return capture;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	pcap_close(capture->pcap);
	free(capture);
}

enum capture_result capture_next(struct capture *capture, struct frame *frame)
{
	struct pcap_pkthdr *header;
	const u_char *data;
	int result = pcap_next_ex(capture->pcap, &header, &data);

	if (result != 1)
		return result == PCAP_ERROR_BREAK ? CAPTURE_END : CAPTURE_BROKEN;
	*frame = (struct frame){
		.data = data,
		.length = header->caplen,
		.wire_length = header->len > header->caplen ? header->len : header->caplen,
		.time = (uint64_t)header->ts.tv_sec * 1000000000U + (uint64_t)header->ts.tv_usec,
		.link_type = pcap_datalink(capture->pcap),
	};
	return CAPTURE_FRAME;
}

const char *capture_error(const struct capture *capture)
{
	return pcap_geterr(capture->pcap);
}

const char *capture_link_name(const struct capture *capture)
{
	const char *name = pcap_datalink_val_to_name(pcap_datalink(capture->pcap));

	return name ? name : "unknown";
}
