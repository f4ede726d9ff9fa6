# SPDX-License-Identifier: GPL-2.0-or-later
#
# rehome-clients.bats - programs that people use, and whose connections are moved

load ../lib/netns
load ../lib/services
load ../lib/paths
load ../lib/moves

RULE='host .vpn.test via vpn'

setup() {
    need xt-queue curl openssl conntrack
    netns_begin
}

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || tail -n 12 "$NETNS_DIR/nfqroute.log" || :
    netns_end
}

# Whether it has spoken when the client's first data come is chance: it stays then, or is moved.
@test "ssh by app ssh: a server that speaks first is left where it is, and the connection is whole" {
    need sshd ssh
    world router 'app ssh via vpn'
    services_ssh server
    for server in "$PATHS_SERVER4" "$PATHS_SERVER6"; do
        for _ in 1 2 3; do
            run netns_exec client ssh -i "$NETNS_DIR/id" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
                "$server" 'head -c 200000 /dev/zero | sha256sum; echo whole'
            [[ $output == *"$(head -c 200000 /dev/zero | sha256sum)"*whole* ]]
        done
    done
    [ "$(grep -c ' app ssh.*\(, moved\|stays on its first path: \)' "$NETNS_DIR/nfqroute.log")" = 6 ]
}

# files HOST...: the daemon, and $NETNS_DIR/www served by these names
files() {
    mkdir -p "$NETNS_DIR/www"
    paths_begin router
    paths_daemon "$RULE"
    services_certificate key.only
    services_files server "$NETNS_DIR/www" "$@"
}

@test "git clone over https: whole, and by the vpn" {
    need git nginx
    files a.vpn.test
    git init -q --bare "$NETNS_DIR/www/some.git"
    head -c 400000 /dev/urandom >"$NETNS_DIR/file"
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@test GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@test
    work=(git --git-dir="$NETNS_DIR/www/some.git" --work-tree="$NETNS_DIR")
    "${work[@]}" config core.bare false
    "${work[@]}" add "$NETNS_DIR/file"
    "${work[@]}" commit -q -m one
    "${work[@]}" update-server-info
    for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
        isp=$(paths_sent isp) vpn=$(paths_received vpn)
        rm -rf "$NETNS_DIR/clone"
        GIT_SSL_CAINFO=$NETNS_DIR/hosts.pem netns_exec client git -c "http.curloptResolve=a.vpn.test:443:$server" \
            clone -q https://a.vpn.test/some.git "$NETNS_DIR/clone"
        cmp "$NETNS_DIR/file" "$NETNS_DIR/clone/file"
        [ $(($(paths_received vpn) - vpn)) -gt 400000 ]
        [ $(($(paths_sent isp) - isp)) -lt 1500 ]
    done
    no_leftovers
}

@test "curl over HTTP/1.1 and H2" {
    need nginx
    files a.vpn.test b.isp.test
    head -c 300000 /dev/urandom >"$NETNS_DIR/www/body"
    for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
        for version in 1.1 2; do
            isp=$(paths_received isp) vpn=$(paths_received vpn)
            for host in a.vpn.test b.isp.test; do
                run netns_exec client curl -sS --max-time "$SECONDS_MAX" --http$version --cacert "$NETNS_DIR/hosts.pem" \
                    --resolve "$host:443:$server" -o "$NETNS_DIR/body" -w '%{http_version}' "https://$host/body"
                [ "$output" = $version ]
                cmp "$NETNS_DIR/body" "$NETNS_DIR/www/body"
            done
            vpn=$(($(paths_received vpn) - vpn)) isp=$(($(paths_received isp) - isp))
            [ $vpn -gt 300000 ] && [ $vpn -lt 340000 ] && [ $isp -gt 300000 ] && [ $isp -lt 340000 ]
        done
    done
    [ "$(grep -c 'host a\.vpn\.test.*, moved' "$NETNS_DIR/nfqroute.log")" = 4 ]
}

# Names on one address share no connection, as their certificates differ.
@test "Chromium over TCP: a page of 30 scripts by three names on one address, each by its path" {
    need chromium nginx ethtool
    files a.vpn.test b.vpn.test c.isp.test
    netns_exec client ethtool -K eth0 tso off gso off # its ClientHello takes two segments
    {
        echo '<html><body><script>var n = 0</script>'
        for host in a.vpn.test b.vpn.test c.isp.test; do
            for i in {1..10}; do echo "<script src=\"https://$host/$i.js\"></script>"; done
        done
        echo '<script>document.body.textContent = "loaded " + n</script></body></html>'
    } >"$NETNS_DIR/www/page.html"
    for i in {1..10}; do
        { echo "n++ // "; head -c 20000 /dev/zero | tr '\0' x | sed 's,^,//,'; } >"$NETNS_DIR/www/$i.js"
    done
    for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
        isp=$(paths_received isp) vpn=$(paths_received vpn)
        run netns_exec client timeout -k 2 60 chromium --headless --no-sandbox --disable-gpu --no-first-run \
            --disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage \
            --user-data-dir="$(mktemp -d "$NETNS_DIR/chromium.XXXXXX")" --disable-quic --dump-dom \
            --ignore-certificate-errors-spki-list="$(cat "$NETNS_DIR/spki")" \
            --host-resolver-rules="MAP *.test $server" https://a.vpn.test/page.html
        [[ $output == *"loaded 30"* ]]
        [ $(($(paths_received vpn) - vpn)) -gt 400000 ]
        isp=$(($(paths_received isp) - isp))
        [ "$isp" -gt 200000 ] && [ "$isp" -lt 260000 ]
    done
    netns_logged nfqroute.log 'host b\.vpn\.test.*, moved'
    no_leftovers
}
