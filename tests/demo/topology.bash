# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# topology.bash - the demo's networks: two ways from a home to one server
#
#     client ---wlan0 router wan--------------- isp ---------------eth-isp server
#                           tun0                 |                 eth-vpn
#                             '==== OpenVPN === vpn -----------------'
#
# The tunnel's outer packets pass the ISP as well, as they do in life: to the VPN's host, not to the server. So what
# the server sees on eth-isp came by the ISP's path and what it sees on eth-vpn came by the VPN's.

SERVER4=198.51.100.10 SERVER6=2001:db8:100::10

topology() {
    netns_add client router isp vpn server
    local name
    for name in router isp vpn server; do
        # Replies may come by another device than the one the main table would use.
        netns_sysctl $name net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
    done
    netns_forward router isp vpn

    netns_link client eth0 router wlan0
    netns_addr client eth0 192.168.50.20/24 2001:db8:50::20/64
    netns_addr router wlan0 192.168.50.1/24 2001:db8:50::1/64
    netns_link router wan isp home
    netns_addr router wan 203.0.113.2/24 2001:db8:203::2/64
    netns_addr isp home 203.0.113.1/24 2001:db8:203::1/64
    netns_link isp to-server server eth-isp
    netns_addr isp to-server 198.51.100.1/24 2001:db8:100::1/64
    netns_addr server eth-isp $SERVER4/24 $SERVER6/64
    netns_link isp to-vpn vpn eth0
    netns_addr isp to-vpn 192.0.2.1/24
    netns_addr vpn eth0 192.0.2.2/24
    netns_link vpn to-server server eth-vpn
    netns_addr vpn to-server 10.99.0.1/24 fd00:99::1/64
    netns_addr server eth-vpn 10.99.0.10/24 fd00:99::10/64

    netns_route client default via 192.168.50.1
    netns_route client default via 2001:db8:50::1
    netns_route router default via 203.0.113.1
    netns_route router default via 2001:db8:203::1
    netns_route isp 2001:db8:50::/64 via 2001:db8:203::2
    netns_route vpn default via 192.0.2.1
    netns_route vpn $SERVER4 via 10.99.0.10
    netns_route vpn $SERVER6 via fd00:99::10
    netns_route server default via 198.51.100.1
    netns_route server default via 2001:db8:100::1
    netns_route server 192.168.1.0/24 via 10.99.0.1
    netns_route server fd00:8::/64 via fd00:99::1

    # What every home router does.
    netns_exec router iptables -t nat -A POSTROUTING -o wan -j MASQUERADE
    local tables
    for tables in iptables ip6tables; do
        netns_exec router $tables -A FORWARD -i wan -m conntrack --ctstate NEW -j DROP
    done
}

# The server counts the stream's bytes per connection, by the client's port, on either path.
counters() {
    netns_exec server nft -f - <<'END'
table inet count {
    set isp { type inet_service; flags dynamic; counter; }
    set vpn { type inet_service; flags dynamic; counter; }
    chain in {
        type filter hook input priority 0;
        iifname "eth-isp" tcp dport 1935 update @isp { tcp sport }
        iifname "eth-vpn" tcp dport 1935 update @vpn { tcp sport }
    }
    chain out {
        type filter hook output priority 0;
        oifname "eth-isp" tcp sport 1935 update @isp { tcp dport }
        oifname "eth-vpn" tcp sport 1935 update @vpn { tcp dport }
    }
}
END
}

# counted isp|vpn PORT: bytes of the connection on that path.
counted() {
    local bytes
    bytes=$(netns_exec server nft list set inet count "$1" | grep -oE "\b$2 counter packets [0-9]+ bytes [0-9]+") || :
    echo "${bytes##* }" | grep . || echo 0
}

# A self-signed certificate for either end of the tunnel, with which each knows the other.
certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" \
        -keyout "$NETNS_DIR/$1.key" -out "$NETNS_DIR/$1.crt" 2>/dev/null
}

fingerprint() {
    openssl x509 -in "$NETNS_DIR/$1.crt" -noout -fingerprint -sha256 | sed 's/.*=//'
}

# tunnel_end NAME PEER DEVICE ADDRESS ADDRESS6 PEER6 OPTION...
tunnel_end() {
    local name=$1 peer=$2 device=$3
    netns_spawn "$name" "openvpn-$name.log" openvpn --verb 3 --dev "$device" --dev-type tun --topology subnet \
        --ifconfig "$4" 255.255.255.0 --ifconfig-ipv6 "$5/64" "$6" --proto udp --data-ciphers AES-128-GCM \
        --cert "$NETNS_DIR/$name.crt" --key "$NETNS_DIR/$name.key" --peer-fingerprint "$(fingerprint "$peer")" "${@:7}"
}

# A real OpenVPN tunnel with TLS: 192.168.1.1 and fd00:8::1 at the VPN's end.
tunnel() {
    certificate router
    certificate vpn
    tunnel_end vpn router tun9 192.168.1.1 fd00:8::1 fd00:8::2 --tls-server --dh none --port 1194
    tunnel_end router vpn tun0 192.168.1.2 fd00:8::2 fd00:8::1 --tls-client --remote 192.0.2.2 1194 --nobind
    netns_wait 15 netns_logged openvpn-router.log 'Initialization Sequence Completed'
    netns_wait 10 netns_reaches router 192.168.1.1
    netns_wait 10 netns_reaches router fd00:8::1
}

# nginx with the RTMP module, both families.
stream_server() {
    local modules
    for modules in /usr/lib/nginx/modules /usr/lib64/nginx/modules; do
        [ ! -e $modules/ngx_rtmp_module.so ] || break
    done
    # One process: a worker would change its user, which a user namespace does not allow.
    cat >"$NETNS_DIR/nginx.conf" <<END
load_module $modules/ngx_rtmp_module.so;
daemon off;
master_process off;
pid $NETNS_DIR/nginx.pid;
events { worker_connections 64; }
rtmp {
    access_log off;
    server {
        listen 1935;
        listen [::]:1935 ipv6only=on;
        application live { live on; }
    }
}
END
    netns_spawn server nginx.log nginx -e "$NETNS_DIR/nginx.err" -c "$NETNS_DIR/nginx.conf"
    netns_wait 10 netns_listens server tcp 1935
}
