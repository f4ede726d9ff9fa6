/* SPDX-License-Identifier: GPL-2.0-or-later
 * table.c - every classifier, in the order in which they are believed
 *
 * A new classifier is one file here ending in one descriptor, one line below, and its vectors in
 * tests/classifiers/NAME.t. Where two could say yes to the same bytes, the one with the longer or stricter
 * signature stands first; those that go by weak hints stand last.
 */
#include "classifier.h"

/* clang-format off */
#define CLASSIFIERS(one) \
	/* the usual ones first: everybody pays for what stands before his own */ \
	one(tls) \
	one(http) \
	one(quic) \
	one(dtls) \
	/* exact signatures */ \
	one(rtmp) \
	one(dns) \
	one(netbios) \
	one(stun) \
	one(ssh) \
	one(wireguard) \
	one(openvpn) \
	one(bittorrent) \
	one(smtp) \
	one(imap) \
	one(pop3) \
	one(ftp) \
	one(xmpp) \
	one(mqtt) \
	one(rtsp) \
	one(sip) \
	one(irc) \
	one(vnc) \
	one(smb) \
	one(mysql) \
	one(postgresql) \
	one(redis) \
	one(rdp) \
	one(socks) \
	one(minecraft) \
	one(steam) \
	one(srt) \
	one(dhcp) \
	one(kerberos) \
	one(ldap) \
	one(ssdp) \
	one(dcerpc) \
	one(sunrpc) \
	one(bgp) \
	one(dnp3) \
	one(bjnp) \
	one(iec104) \
	one(raknet) \
	one(opcua) \
	one(mongo) \
	one(mgcp) \
	one(s7comm) \
	one(hislip) \
	one(nntp) \
	one(gnutella) \
	one(tds) \
	one(tns) \
	one(pptp) \
	one(h323) \
	one(ldp) \
	one(dlep) \
	one(elasticsearch) \
	one(tivoconnect) \
	one(rtps) \
	one(rsync) \
	one(megaco) \
	one(kismet) \
	one(hl7) \
	one(git) \
	one(gearman) \
	one(drda) \
	one(diameter) \
	one(ceph) \
	one(cassandra) \
	one(ajp) \
	one(smpp) \
	/* weak hints */ \
	one(ipsec) \
	one(snmp) \
	one(tftp) \
	one(quake) \
	one(telnet) \
	one(ntp) \
	one(dhcpv6) \
	one(memcached) \
	one(syslog) \
	one(rtp) \
	one(modbus) \
	one(coap) \
	one(lisp) \
	one(hsrp) \
	one(rmcp) \
	one(netflow) \
	one(rx) \
	one(gtp) \
	one(dropbox) \
	one(oicq) \
	one(radius) \
	one(ptp) \
	one(slp) \
	one(capwap) \
	one(bfd) \
	one(bacnet) \
	one(hart_ip) \
	one(xdmcp) \
	one(skinny) \
	one(pfcp) \
	one(openflow) \
	one(nano) \
	one(iax) \
	one(kafka) \
	one(enip) \
	one(cpha) \
	one(thrift) \
	one(rsh) \
	one(mpegts) \
	one(openwire)
/* clang-format on */

#define DECLARE(name) extern const struct classifier classifier_##name;
#define ENTRY(name) &classifier_##name,

CLASSIFIERS(DECLARE)

const struct classifier *const classifiers[] = {CLASSIFIERS(ENTRY) NULL};
