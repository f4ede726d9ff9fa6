#!/bin/bash -e
# the wifi access point: the same in PREROUTING, for what it forwards; and what is its own
set -e
IPT="/sbin/iptables -w"
LAN=10.0.0.0/255.0.0.0
VPN_DEV=tun0
MARK=0x9

case "$1" in
stop)
    $IPT -t mangle -D PREROUTING -j VPN 2>/dev/null
    $IPT -t mangle -F VPN
    ip rule del fwmark $MARK
    exit 0
    ;;
esac

echo 1 > /proc/sys/net/ipv4/ip_forward
for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 2 > $f; done

$IPT -t mangle -N VPN || true
$IPT -t mangle -F VPN
$IPT -t mangle -A VPN -d $LAN -j RETURN
$IPT -t mangle -A VPN -d 192.168.0.0/16 -j RETURN
for port in 1935 8935; do
    for proto in tcp udp; do
        $IPT -t mangle -A VPN -p $proto --dport $port -j MARK --set-mark $MARK
    done
done
$IPT -t mangle -A VPN -p tcp -m multiport --dports 6881:6889,51413 -j MARK --set-mark $MARK
if ! $IPT -t mangle -C PREROUTING -i br-lan -j VPN 2>/dev/null; then
    $IPT -t mangle -A PREROUTING -i br-lan -j VPN
fi
$IPT -t nat -A POSTROUTING -o $VPN_DEV -j MASQUERADE
$IPT -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu

ip route add default dev $VPN_DEV table 100 && \
    ip rule add fwmark $MARK/0xff table 100 priority 99
ip route flush cache
