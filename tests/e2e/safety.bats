# SPDX-License-Identifier: GPL-2.0-or-later
#
# safety.bats - the daemon's own safety: as whom it runs and what it may do, what it does when it is stuck

bats_require_minimum_version 1.5.0

load ../lib/netns
load ../lib/paths

TOOLS=$(dirname "${NFQROUTE:-build/nfqroute}")/tests/e2e
RULE='tcp dport 7 via vpn'
SERVERS=("$PATHS_SERVER4" "$PATHS_SERVER6")

setup() {
    need xt-queue conntrack
    netns_begin
}

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || tail -n 40 "$NETNS_DIR/nfqroute.log" || :
    netns_end
}

# world RULE...: two paths, an echo server behind both, and the daemon; DAEMON_WORDS stand before its command
world() {
    paths_begin router
    netns_serve server 7
    mkdir -p "$NETNS_DIR/rules.d"
    printf '%s\n' 'gateway vpn { address 10.22.0.1; address fd22::1; mark 0x9; device vpn }' "$@" >"$NETNS_DIR/rules.d/10.rules"
    # for users that are not root
    chmod 755 "$NETNS_DIR" "$NETNS_DIR/rules.d"
    netns_sysctl router net.ipv4.conf.vpn.rp_filter=1
    before=$(kernel)
    paths_start "${DAEMON_WORDS[@]}"
}

# kernel: what the router's kernel holds, ours or not, without counters
kernel() {
    netns_routing router
    netns_iptables router
    netns_exec router sysctl -n net.ipv4.conf.{isp,vpn}.rp_filter
}

# goes_by_vpn: connections to the echo server do, by both families
goes_by_vpn() {
    local server sent
    for server in "${SERVERS[@]}"; do
        sent=$(paths_sent vpn)
        netns_exec client "$TOOLS/tool_peer" tcp "$server" 7 1000 20 || return
        [ $(($(paths_sent vpn) - sent)) -gt 20000 ] || return
    done
}

# ends: SIGTERM ends it without an error, and the kernel is as it was before it came
ends() {
    kill "$PATHS_DAEMON"
    netns_wait 20 netns_ended "$PATHS_DAEMON"
    wait "$PATHS_DAEMON"
    diff <(echo "$before") <(kernel)
}

# reload REGEX: SIGHUP, and waits for one more line like this in the log
reload() {
    local count
    count=$(grep -Ec -- "$1" "$NETNS_DIR/nfqroute.log") || :
    kill -HUP "$PATHS_DAEMON"
    netns_wait 20 more_logged "$1" "$count"
}

more_logged() { [ "$(grep -Ec -- "$1" "$NETNS_DIR/nfqroute.log")" -gt "$2" ]; }

# of_threads FIELD: of /proc/PID/status, of each thread: the main one first
of_threads() { awk -v f="$1:" '$1 == f { print $2 }' /proc/"$PATHS_DAEMON"/task/*/status; }

# --- privileges -------------------------------------------------------------------------------------------------

CAP_NET_ADMIN=0000000000001000 CAP_NET_ADMIN_RAW=0000000000003000

@test "as another user: two capabilities, all it did before, and undone at the end" {
    need users setpriv
    DAEMON_WORDS=(env NFQROUTE_USER=nobody "NFQROUTE_LEARNED=$NETNS_DIR/state/learned")
    mkdir "$NETNS_DIR/state"
    chown nobody "$NETNS_DIR" "$NETNS_DIR/state"
    world "$RULE" "option metrics-textfile \"$NETNS_DIR/state/nfqroute.prom\"" 'option history 10'
    [ "$(of_threads Uid | sort -u)" = "$(id -u nobody)" ]
    [ "$(of_threads CapBnd | sort -u)" = $CAP_NET_ADMIN_RAW ]
    [ "$(of_threads CapEff | sort -u)" = $CAP_NET_ADMIN ]
    # the main thread's and those of its kind; that of the thread of the queue
    [ "$(of_threads CapPrm | sort -u | xargs)" = "$CAP_NET_ADMIN $CAP_NET_ADMIN_RAW" ]
    [ "$(awk '$1 == "Name:" { queue = $2 == "queue" } queue && $1 == "CapPrm:" { print $2 }' /proc/"$PATHS_DAEMON"/task/*/status)" = $CAP_NET_ADMIN ]
    [ "$(of_threads NoNewPrivs | sort -u)" = 1 ]
    goes_by_vpn
    # what wants CAP_NET_RAW: pings, resets; what wants files: the socket, metrics, rules
    printf '%s\n' 'gateway isp { address 10.21.0.1; address fd21::1; device isp; masquerade yes; check ping 10.21.0.1; on-down reset }' 'icmp via isp' \
        >"$NETNS_DIR/rules.d/20.rules"
    reload '^nfqroute: reloaded'
    netns_wait 10 netns_logged nfqroute.log 'gateway isp: IPv4: check ping 10.21.0.1: answers'
    [ -s "$NETNS_DIR/state/nfqroute.prom" ]
    netns_exec router sysctl -n net.ipv4.conf.vpn.rp_filter | grep -x 2
    netns_exec router "${NFQROUTE:-build/nfqroute}" status
    goes_by_vpn
    run ! grep -E 'error|warning|Operation not permitted' "$NETNS_DIR/nfqroute.log"
    ends
    [ -s "$NETNS_DIR/state/learned" ]
}

@test "rules that the user cannot read: told at the start and not at the first reload" {
    need users
    DAEMON_WORDS=(env NFQROUTE_USER=nobody)
    world "$RULE"
    ends
    chmod 700 "$NETNS_DIR/rules.d"
    NFQROUTE_USER=nobody run netns_exec router "${NFQROUTE:-build/nfqroute}" -q 0 -r "$NETNS_DIR/rules.d"
    [ "$status" = 1 ]
    [[ $output == *"Permission denied"* ]]
    [[ $output == *"read as user nobody"* ]]
    diff <(echo "$before") <(kernel)
}

@test "a user that is not there, or is not wanted: all goes on as root" {
    DAEMON_WORDS=(env NFQROUTE_USER=nfqr-nobody)
    world "$RULE"
    netns_logged nfqroute.log 'there is no user nfqr-nobody: stays root'
    goes_by_vpn
    ends
    DAEMON_WORDS=(env NFQROUTE_USER=none)
    paths_start "${DAEMON_WORDS[@]}"
    [ "$(of_threads Uid | sort -u)" = "$(id -u)" ]
    [ "$(of_threads NoNewPrivs | sort -u)" = 1 ]
    goes_by_vpn
    ends
}

@test "as another user: root's lock of iptables is held while iptables runs, which locks another file" {
    need users
    ! netns_try nft 'table ip t { chain c { queue num 0 bypass; }; }' || skip "the hooks are not by iptables here"
    mkdir "$NETNS_DIR/bin"
    # shellcheck disable=SC2016 # the inner shell's
    for program in iptables-restore ip6tables-restore; do
        printf '#!/bin/sh\n{ echo "file $XTABLES_LOCKFILE"; cat /proc/locks; } >>%s\nexec %s "$@"\n' "$NETNS_DIR/locks" \
            "$(command -v $program)" >"$NETNS_DIR/bin/$program"
    done
    chmod 755 "$NETNS_DIR"/bin "$NETNS_DIR"/bin/*
    touch "$NETNS_DIR/locks" /run/xtables.lock
    chmod 666 "$NETNS_DIR/locks"
    chmod 600 /run/xtables.lock
    DAEMON_WORDS=(env NFQROUTE_USER=nobody "PATH=$NETNS_DIR/bin:$PATH")
    world "$RULE"
    [ "$(grep '^file' "$NETNS_DIR/locks" | sort -u)" = "file /run/nfqroute/xtables.lock" ]
    [ "$(grep -c '^file' "$NETNS_DIR/locks")" = "$(grep -c "FLOCK .*:$(stat -c %i /run/xtables.lock) " "$NETNS_DIR/locks")" ]
    ends
    flock -w 10 /run/xtables.lock true # others, of tests beside this one, hold it for moments
}

# --- system calls -----------------------------------------------------------------------------------------------

# The errno of what is not let in, and what only the thread of a queue is refused.
ENOSYS=38 NOT_OF_QUEUES=(openat execve unlinkat clone kill prctl ioctl connect socket)

# sanitized: this build has a sanitizer, which takes more calls
sanitized() { nm -D "${NFQROUTE:-build/nfqroute}" | grep -qE '__(asan|tsan)_init'; }

tries() {
    DAEMON_WORDS=(env "LD_PRELOAD=$TOOLS/preload_forbidden.so" ASAN_OPTIONS=verify_asan_link_order=0 "NFQR_TRIED=$NETNS_DIR/tried")
}

# refused THREAD: the calls that failed with ENOSYS there, sorted, each once
refused() { awk -v t="$1" -v e=$ENOSYS '$1 == t && $3 == e { print $2 }' "$NETNS_DIR/tried" | sort -u; }

# let_in THREAD: those that did not
let_in() { awk -v t="$1" -v e=$ENOSYS '$1 == t && $3 != e { print $2 }' "$NETNS_DIR/tried" | sort -u; }

@test "system calls: what it does not need, it may not; a queue's thread may less still" {
    need nm
    tries
    world "$RULE"
    goes_by_vpn
    [ "$(of_threads Seccomp | sort -u)" = 2 ]
    # what only some arguments of are let in is in both lists
    [ "$(comm -12 <(refused main) <(let_in main) | xargs)" = 'clone socket' ]
    [ "$(wc -l < <(grep '^main ' "$NETNS_DIR/tried"))" = 34 ]
    if sanitized; then
        [ "$(let_in main)" = "$(printf '%s\n' ptrace "${NOT_OF_QUEUES[@]}" | sort)" ]
        ends
        return
    fi
    [ "$(let_in main)" = "$(printf '%s\n' "${NOT_OF_QUEUES[@]}" | sort)" ]
    [ -z "$(let_in queue)" ]
    [ "$(refused queue)" = "$(awk '$1 == "main" { print $2 }' "$NETNS_DIR/tried" | sort -u)" ]
    # one filter for all, one more for the thread of the queue
    [ "$(of_threads Seccomp_filters | sort | uniq | wc -l)" = 2 ]
    ends
}

@test "system calls: nothing is filtered with --no-seccomp, or where it cannot be" {
    tries
    PATHS_OPTIONS=(--no-seccomp)
    world "$RULE"
    # this shell may be filtered itself, as in a container
    [ "$(of_threads Seccomp | sort -u)" = "$(awk '$1 == "Seccomp:" { print $2 }' /proc/self/status)" ]
    run ! netns_logged nfqroute.log 'not filtered'
    ends
    # shellcheck disable=SC2034 # paths.bash reads it
    PATHS_OPTIONS=()
    DAEMON_WORDS+=(NFQR_NO_SECCOMP=1)
    paths_start "${DAEMON_WORDS[@]}"
    [ "$(of_threads Seccomp | sort -u)" = "$(awk '$1 == "Seccomp:" { print $2 }' /proc/self/status)" ]
    netns_logged nfqroute.log 'system calls are not filtered: Invalid argument'
    goes_by_vpn
    ends
}

# --- memory -----------------------------------------------------------------------------------------------------

# allocated: what the queue's thread has allocated so far, behind the packets that it has received
allocated() { tail -n 1 "$NETNS_DIR/allocated"; }

@test "a queue's thread allocates nothing for a packet, however its connection is decided" {
    need nm python3
    if sanitized; then skip "a sanitizer has the allocator to itself"; fi
    local mixed packets calls packets_then calls_then
    mixed=$BATS_TEST_DIRNAME/../lib/mixed.py
    DAEMON_WORDS=(env "LD_PRELOAD=$TOOLS/preload_malloc.so" "NFQR_MALLOC=$NETNS_DIR/allocated" NFQR_MALLOC_AFTER=50)
    world 'udp dport 7 via vpn' 'host .vpn.test late leave via vpn' 'option history 10'
    # what is allocated at the first of something has been by then
    netns_exec client python3 "$mixed" 50 "${SERVERS[@]}"
    read -r packets calls < <(allocated)
    netns_exec client python3 "$mixed" 200 "${SERVERS[@]}"
    read -r packets_then calls_then < <(allocated)
    echo "$packets $calls, then $packets_then $calls_then"
    [ $((packets_then - packets)) -gt 3000 ]
    [ "$calls_then" = "$calls" ]
    ends
}

# --- threads that are stuck -------------------------------------------------------------------------------------

# stalls: from now on the thread of queue 0 does not return from its next call
stalls() { printf 1 1<>"$NETNS_DIR/stall"; }

stallable() {
    printf 0 >"$NETNS_DIR/stall"
    DAEMON_WORDS=(env "LD_PRELOAD=$TOOLS/preload_stall.so" ASAN_OPTIONS=verify_asan_link_order=0 "NFQR_STALL=$NETNS_DIR/stall")
}

@test "a queue's thread is stuck: another one serves the queue, reloads and questions go on, and all is undone at the end" {
    stallable
    world "$RULE" 'option history 10'
    goes_by_vpn
    stalls
    netns_wait 20 netns_logged nfqroute.log 'queue 0: another thread serves it'
    [ "$(grep -c 'is stuck' "$NETNS_DIR/nfqroute.log")" = 1 ]
    goes_by_vpn
    reload '^nfqroute: reloaded'
    goes_by_vpn
    netns_exec router "${NFQROUTE:-build/nfqroute}" status
    # it comes back, and ends
    [ "$(of_threads Name | grep -c queue)" = 2 ]
    printf 0 1<>"$NETNS_DIR/stall"
    netns_wait 10 one_queue_thread
    goes_by_vpn
    ends
}

one_queue_thread() { [ "$(of_threads Name | grep -c queue)" = 1 ]; }

@test "a thread that is stuck to the end does not keep the daemon from ending" {
    stallable
    world "$RULE"
    stalls
    netns_exec client "$TOOLS/tool_peer" udp "$PATHS_SERVER4" 7 10 || :
    ends
    netns_logged nfqroute.log 'a thread is stuck to the end'
}

# --- systemd ----------------------------------------------------------------------------------------------------

@test "the unit exposes little, by systemd's own measure" {
    need systemd-analyze
    sed 's,@PREFIX@,/usr,' "$BATS_TEST_DIRNAME/../../dist/nfqroute.service" >"$NETNS_DIR/nfqroute.service"
    # in tenths: 2.0
    systemd-analyze security --offline=true --no-pager --threshold=20 "$NETNS_DIR/nfqroute.service"
}

@test "a command for which a call fails says so: what it prints with exit status 0 is whole" {
    ! sanitized || skip "a sanitizer has the allocator to itself"
    # a few of each kind; all of them: make soak-faults
    EACH=2 FAULTS='memory:12 open:24' COMMANDS='^(check --json|explain --json|import iptables uplinks|hooks --iptables|list --json)' \
        run "$BATS_TEST_DIRNAME/../soak/faults-commands"
    [ "$status" = 0 ]
    [ "${#lines[@]}" = 5 ]
    # all of those in which rules are taken in, so that none is lost without a word
    FAULTS=memory:12 COMMANDS='^explain --json' run "$BATS_TEST_DIRNAME/../soak/faults-commands"
    [ "$status" = 0 ]
}
