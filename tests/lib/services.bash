# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# services.bash - real servers for tests, each started in a namespace and waited for; to be read behind netns.bash
#
# All files are made in $NETNS_DIR. A server listens on every address of its namespace, both families, unless it
# says otherwise.

# services_certificate NAME...: $NETNS_DIR/key.pem and cert.pem for these names, and spki, by which Chromium trusts it.
services_certificate() {
    local names
    names=$(printf 'DNS:%s,' "$@")
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" \
        -addext "subjectAltName=${names%,}" -keyout "$NETNS_DIR/key.pem" -out "$NETNS_DIR/cert.pem" 2>/dev/null &&
        openssl x509 -in "$NETNS_DIR/cert.pem" -pubkey -noout | openssl pkey -pubin -outform der |
        openssl dgst -sha256 -binary | base64 >"$NETNS_DIR/spki"
}

# services_web NAME: nginx with http on 80, https (h2 and HTTP/1.1, TLS 1.2 and 1.3) on 443, RTMP on 1935 and 8935;
# answers every request with the name it was asked for.
services_web() {
    cat >"$NETNS_DIR/nginx.conf" <<END
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
worker_processes 1; daemon off; user root; pid $NETNS_DIR/nginx.pid; error_log $NETNS_DIR/nginx.err;
events { worker_connections 512; }
rtmp { server { listen [::]:1935 ipv6only=off; listen [::]:8935 ipv6only=off; access_log off;
    application live { live on; record off; } } }
http {
    access_log off; client_body_temp_path $NETNS_DIR/nb; proxy_temp_path $NETNS_DIR/np;
    fastcgi_temp_path $NETNS_DIR/nf; uwsgi_temp_path $NETNS_DIR/nu; scgi_temp_path $NETNS_DIR/ns;
    server {
        listen [::]:80 ipv6only=off; listen [::]:443 ssl http2 ipv6only=off; server_name _;
        ssl_certificate $NETNS_DIR/cert.pem; ssl_certificate_key $NETNS_DIR/key.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
        location / { default_type text/html; return 200 "<html><body>host=\$host</body></html>\n"; }
    }
}
END
    netns_spawn "$1" nginx.log nginx -c "$NETNS_DIR/nginx.conf" -e "$NETNS_DIR/nginx.err"
    netns_wait 10 netns_listens "$1" tcp 443 && netns_wait 10 netns_listens "$1" tcp 8935
}

# services_files NAME DIRECTORY HOST...: nginx with the directory's files by http on 80 and https (h2 and HTTP/1.1) on
# 443. Each host has a certificate of its own, so that clients do not take one host's connection for another's; all
# share the key of services_certificate and are in $NETNS_DIR/hosts.pem.
services_files() {
    local name=$1 directory=$2 host
    shift 2
    {
        echo "worker_processes 1; daemon off; user root; pid $NETNS_DIR/files.pid; error_log $NETNS_DIR/files.err;"
        echo "events { worker_connections 512; } http { access_log off; root $directory;"
        for host in client_body proxy fastcgi uwsgi scgi; do echo "${host}_temp_path $NETNS_DIR/files.$host;"; done
        echo "types { text/html html; text/javascript js; }"
        for host; do
            openssl req -x509 -key "$NETNS_DIR/key.pem" -days 2 -subj "/CN=$host" -addext "subjectAltName=DNS:$host" \
                -out "$NETNS_DIR/$host.pem" 2>/dev/null && cat "$NETNS_DIR/$host.pem" >>"$NETNS_DIR/hosts.pem" || return
            echo "server { listen [::]:80 ipv6only=off; listen [::]:443 ssl http2 ipv6only=off; server_name $host;"
            echo "ssl_certificate $NETNS_DIR/$host.pem; ssl_certificate_key $NETNS_DIR/key.pem; }"
        done | sed '2,$s/ ipv6only=off//g'
        echo "}"
    } >"$NETNS_DIR/files.conf"
    netns_spawn "$name" files.log nginx -c "$NETNS_DIR/files.conf" -e "$NETNS_DIR/files.err"
    netns_wait 10 netns_listens "$name" tcp 443
}

# services_quic NAME ADDRESS: HTTP/3 on UDP port 443 of one address.
services_quic() {
    mkdir -p "$NETNS_DIR/www"
    echo '<html><body>over h3</body></html>' >"$NETNS_DIR/www/index.html"
    netns_spawn "$1" quic.log gtlsserver -q -d "$NETNS_DIR/www" "$2" 443 "$NETNS_DIR/key.pem" "$NETNS_DIR/cert.pem"
    netns_wait 10 netns_listens "$1" udp 443
}

# services_dns NAME ADDRESS... : dnsmasq on these addresses; every name below test. has the address in $DNS_ANSWER4
# and $DNS_ANSWER6.
services_dns() {
    local name=$1 address listen=()
    shift
    for address; do listen+=(--listen-address="$address"); done
    netns_spawn "$name" dns.log dnsmasq --no-daemon --no-resolv --no-hosts --bind-interfaces --user=root --pid-file= \
        "${listen[@]}" --address="/test/$DNS_ANSWER4" --address="/test/$DNS_ANSWER6"
    netns_wait 10 netns_listens "$name" udp 53
}

# services_ssh NAME: sshd on port 22; the client's key is $NETNS_DIR/id.
services_ssh() {
    ssh-keygen -q -t ed25519 -N '' -f "$NETNS_DIR/hostkey" && ssh-keygen -q -t ed25519 -N '' -f "$NETNS_DIR/id" &&
        mkdir -p /run/sshd || return
    netns_spawn "$1" sshd.log /usr/sbin/sshd -D -e -f /dev/null -p 22 -o HostKey="$NETNS_DIR/hostkey" \
        -o AuthorizedKeysFile="$NETNS_DIR/id.pub" -o StrictModes=no -o UsePAM=no -o PidFile=none
    netns_wait 10 netns_listens "$1" tcp 22
}

# services_stun NAME ADDRESS...: coturn on UDP port 3478.
services_stun() {
    local name=$1 address listen=()
    shift
    for address; do listen+=(--listening-ip="$address"); done
    netns_spawn "$name" stun.log turnserver -n --no-auth "${listen[@]}" --listening-port=3478 --no-tls --no-dtls \
        --no-cli --log-file=stdout --pidfile="$NETNS_DIR/turn.pid" --userdb="$NETNS_DIR/turn.db"
    netns_wait 10 netns_listens "$name" udp 3478
}

# services_sip NAME ADDRESS COUNT: sipp as the called side on UDP port 5060, for so many calls.
services_sip() {
    netns_spawn "$1" "sip-${2//:/-}.log" env TERM=dumb sipp -sn uas -i "$2" -p 5060 -m "$3" -nostdin
    netns_wait 10 netns_listens "$1" udp 5060
}

# services_tls NAME PORT: tests/lib/tls-server.py
services_tls() {
    netns_spawn "$1" tls.log "$NETNS_LIB/tls-server.py" "$NETNS_DIR/cert.pem" "$NETNS_DIR/key.pem" "$2"
    netns_wait 10 netns_listens "$1" tcp "$2"
}
