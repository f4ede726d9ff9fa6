# SPDX-License-Identifier: GPL-2.0-or-later
#
# import.bats - scripts that mark connections with iptables, as rules: tests/import/NAME.sh becomes NAME.rules there

NFQROUTE=${NFQROUTE:-build/nfqroute}

setup() {
    [ "${NFQROUTE#/}" != "$NFQROUTE" ] || NFQROUTE=$PWD/$NFQROUTE
    cd "$BATS_TEST_DIRNAME/../import" || return
}

# imports NAME STATUS [FILE...]: what comes of it is NAME.rules, and passes check; what could not be turned is told
# alike on both ways out
imports() {
    local name=$1 status=$2
    shift 2
    "$NFQROUTE" import iptables "${@:-$name.sh}" >"$BATS_TEST_TMPDIR/out.rules" 2>"$BATS_TEST_TMPDIR/errors" && [ "$status" = 0 ] ||
        [ $? = "$status" ] || return
    diff -u "$name.rules" "$BATS_TEST_TMPDIR/out.rules" || return
    "$NFQROUTE" check "$BATS_TEST_TMPDIR/out.rules" || return
    [ "$(grep -c 'not turned' "$BATS_TEST_TMPDIR/errors")" = "$(grep -c '^#   [^ ]' "$BATS_TEST_TMPDIR/out.rules")" ]
}

@test "the script of 2013" { imports script-2013 0; }

@test "a router's PREROUTING: a chain of its own, loops, ranges, masquerading, what start and stop do" { imports router 0; }

@test "users and groups; the last mark holds; a user that is not there" { imports owner 1; }

@test "iptables-save: connmark kept by hand, exceptions, marks only where there is none; statistic is not turned" {
    imports connmark 1 connmark.save connmark.sh
}

@test "ip6tables and ipset: sets whose members are told, and one whose are not" { imports sets 1; }

@test "PREROUTING and OUTPUT apart; insertions; what a later mark overrides" { imports both 1; }

@test "ip rule alone: sources, users, ports, in the order of their priorities" { imports selectors 1; }

@test "users by the VPN, several default routes: the first one is taken, and the others are told" { imports split 1; }

@test "two uplinks that answer by themselves; lists, functions, branches; what stands behind something lost is held back" { imports uplinks 1; }

@test "what ends a chain keeps what was set; chains for packets without a mark; goto; the families apart" {
    imports order 1 order.save order.sh
}

@test "the file of wg-quick" { imports wireguard 0 wireguard.conf; }

@test "variables from elsewhere" {
    # shellcheck disable=SC2016 # it is the script that they are of
    printf '%s\n' 'iptables -t mangle -A OUTPUT -p tcp -j MARK --set-mark 1' 'ip rule add fwmark 1 table vpn' \
        'ip route add default via $route_vpn_gateway dev "$dev" table vpn' >"$BATS_TEST_TMPDIR/up.sh"
    run "$NFQROUTE" import iptables "$BATS_TEST_TMPDIR/up.sh"
    [ "$status" = 1 ]
    [[ $output == *"what \$route_vpn_gateway stands for is not known here"* ]]
    run "$NFQROUTE" import iptables dev=tun0 route_vpn_gateway=10.8.0.1 "$BATS_TEST_TMPDIR/up.sh"
    [ "$status" = 0 ]
    [[ $output == *"address 10.8.0.1"*"device tun0"*"tcp via vpn"* ]]
}

@test "what is no such script, and the command's frame" {
    run "$NFQROUTE" import iptables /dev/null
    [ "$status" = 1 ] && [[ $output == *"neither marks nor ip rules"* ]]
    run "$NFQROUTE" import iptables no-such-file
    [ "$status" = 1 ] && [[ $output == *"No such file"* ]]
    run "$NFQROUTE" import pf script-2013.sh
    [ "$status" = 2 ]
    run "$NFQROUTE" import iptables
    [ "$status" = 2 ]
    run "$NFQROUTE" import iptables --nonsense script-2013.sh
    [ "$status" = 2 ]
    run "$NFQROUTE" import iptables - <script-2013.sh
    [ "$status" = 0 ] && [[ $output == *"# stdin:5"* ]]
    run "$NFQROUTE" import iptables script-2013.sh >/dev/full
    "$NFQROUTE" import iptables script-2013.sh 2>/dev/null >/dev/full || full=$?
    [ "$full" = 1 ]
}

@test "what a script holds does not drive the terminal" {
    export LC_ALL=C
    printf '%s\n' $'iptables -t mangle -A OUTPUT -p tcp --dport \e[31m80 -j MARK --set-mark 9' \
        $'iptables -t mangle -A OUTPUT -m geoip --at \xc2\x9b1m\xff -j MARK --set-mark 9' \
        $'ip rule add fwmark 9 table "v\e]0;x\apn"' 'ip route add default dev tun0 table 7' >"$BATS_TEST_TMPDIR/odd.sh"
    run "$NFQROUTE" import iptables "$BATS_TEST_TMPDIR/odd.sh"
    [ "$status" = 1 ]
    [[ $output == *geoip*1m* && $output == *31m80* ]]
    [[ $output != *[$'\x01'-$'\x09'$'\x0b'-$'\x1f'$'\x7f'-$'\xff']* ]]
}

# What is fenced as rules there; of users that are not there only those may be told as errors.
@test "the rules of docs/MIGRATING.md pass check, and its script becomes what it says" {
    awk -v out="$BATS_TEST_TMPDIR/doc" '/^```rules$/ { n++; on = 1; next } /^```/ { on = 0 } on { print > (out n ".rules") }' \
        "$BATS_TEST_DIRNAME/../../docs/MIGRATING.md"
    [ -s "$BATS_TEST_TMPDIR/doc4.rules" ]
    for file in "$BATS_TEST_TMPDIR"/doc?.rules; do
        sed -i 's/user kodi-user/user root/' "$file"
        run "$NFQROUTE" check "$file"
        echo "$output"
        [ "$status" = 0 ]
    done
    run diff <("$NFQROUTE" import iptables script-2013.sh | grep -v '^#' | sed 's/ *# script.*//; s/table 2$/table vpn/; /./!d' | sort) \
        <(sed '/./!d' "$BATS_TEST_TMPDIR/doc1.rules" | sort)
    echo "$output"
    [ "$status" = 0 ]
}

# Every prefix of a script, and scripts with bytes changed: no crash, and what comes out passes check.
@test "scripts cut off and damaged" {
    command -v python3 || skip "python3 is not installed"
    python3 - "$NFQROUTE" "$BATS_TEST_TMPDIR/out.rules" "${NFQR_DAMAGED:-30}" <<'END'
import random, subprocess, sys
random.seed(1)
scripts = [open(n, "rb").read() for n in ("router.sh", "both.sh", "sets.sh", "connmark.save", "uplinks.sh", "order.save", "wireguard.conf")]
for i in range(int(sys.argv[3])):
    text = bytearray(random.choice(scripts))
    if i % 2:
        text = text[: random.randrange(len(text))]
    for _ in range(random.randrange(6)):
        if text:
            text[random.randrange(len(text))] = random.choice(b"\0\"'`$(){}\\!-#;|\n ,:/9\xff")
    done = subprocess.run([sys.argv[1], "import", "iptables", "-"], input=bytes(text), capture_output=True)
    assert done.returncode in (0, 1), (i, done)
    if done.stdout:
        open(sys.argv[2], "wb").write(done.stdout)
        check = subprocess.run([sys.argv[1], "check", sys.argv[2]], capture_output=True)
        assert check.returncode == 0, (i, done.stdout.decode("latin-1"), check.stderr)
END
}
