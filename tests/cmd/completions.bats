# SPDX-License-Identifier: GPL-2.0-or-later
#
# completions.bats - completions and the manual know every command and option that the program has

# shellcheck disable=SC2016 # what is in single quotes is for another shell
load ../lib/netns

NFQROUTE=${NFQROUTE:-build/nfqroute}
HERE=$(cd "$(dirname "$BATS_TEST_FILENAME")/../.." && pwd)

setup() {
    cd "$HERE" || return
    netns_begin
    mkdir "$NETNS_DIR/bin"
    ln -s "$(realpath "$NFQROUTE")" "$NETNS_DIR/bin/nfqroute"
    PATH=$NETNS_DIR/bin:$PATH
}
teardown() { netns_end; }

commands() { nfqroute help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'; }

# bash_offers WORD...: what is offered for the last word
bash_offers() {
    bash --norc -c '. dist/completions/nfqroute.bash; COMP_WORDS=(nfqroute "$@"); COMP_CWORD=$#; _nfqroute; echo "${COMPREPLY[*]}"' bash "$@"
}

@test "the completions are those that the program's help makes: make completions" {
    dist/completions/generate nfqroute "$NETNS_DIR"
    for file in nfqroute.bash _nfqroute nfqroute.fish; do
        diff "dist/completions/$file" "$NETNS_DIR/$file"
    done
}

@test "bash offers commands, options, words and their values" {
    [ "$(bash_offers sta)" = status ]
    [ "$(bash_offers st)" = status ]
    [ "$(bash_offers pa)" = pause ]
    [ "$(bash_offers top --b | tr ' ' '\n' | sort | paste -sd' ')" = '--batch --by' ]
    [ "$(bash_offers top --by '')" = 'rule gateway host client app' ]
    [ "$(bash_offers top --sort re)" = received ]
    [ "$(bash_offers flows ga)" = gateway ]
    [[ " $(bash_offers flows app rtm) " == *" rtmp "* ]]
    [ "$(bash_offers flows gateway ma)" = main ]
    [ "$(bash_offers help wat)" = watch ]
    [ "$(bash_offers check dist/gra)" = dist/grafana.json ]
    for command in $(commands); do
        [[ " $(bash_offers '') " == *" $command "* ]]
        for option in $(nfqroute help "$command" | sed -n 's/^  \(-[a-z]\|--[a-z]*\)[ ,].*/\1/p'); do
            [[ " $(bash_offers "$command" -) " == *" $option "* ]] || { echo "$command $option"; false; }
        done
    done
}

@test "zsh and fish take theirs, and offer the same" {
    need zsh fish
    zsh -n dist/completions/_nfqroute
    zsh -fc 'autoload -Uz compinit; fpath=(dist/completions $fpath); compinit -D; [ "$_comps[nfqroute]" = _nfqroute ]'
    fish --no-execute dist/completions/nfqroute.fish
    offers() { HOME=$NETNS_DIR fish --no-config -c 'source dist/completions/nfqroute.fish; complete -C "$argv"' "$1" | cut -f1; }
    [ "$(offers 'nfqroute sta')" = status ]
    [ "$(offers 'nfqroute top --so')" = --sort ]
    [ "$(offers 'nfqroute top --sort rec')" = received ]
    [ "$(offers 'nfqroute flows gateway dro')" = drop ]
    [ "$(offers 'nfqroute ' | sort | paste -sd' ')" = "$(commands | sort | paste -sd' ')" ]
}

# section COMMAND: its part of nfqroute(8), with that of all it shares a heading with
section() { awk -v word="*$1*" '/^# / { on = 0 } /^\*/ { on = index($0, word) > 0 } on' docs/nfqroute.8.scd; }

# options_of COMMAND: those that its help has
options_of() { nfqroute help "$1" | sed -n '1p; s/^  \(-[a-z], \|    \)\{0,1\}\(--\{0,1\}[a-z][a-z-]*\).*/\2/p' | grep -oE -- '(^|[[ ])--?[a-z][a-z-]*' | tr -d '[ ' | sort -u; }

@test "nfqroute(8) has every command, in its synopsis and with every option" {
    for command in $(commands) help version; do
        sed -n '/^# SYNOPSIS/,/^# DESC/p' docs/nfqroute.8.scd | grep -Eq "\*(nfqroute )?$command\*" || { echo "no $command in the synopsis"; false; }
        section "$command" | grep -q . || { echo "no $command"; false; }
        # -s and --json of those that ask the daemon are told at status
        for option in $(options_of "$command"); do
            { section "$command"; section status; } | grep -qE -- "\*$option\*" || { echo "no $command $option"; false; }
        done
    done
}

# listed WORD...: the first column of nfqroute list
listed() { nfqroute list "$1" | awk 'NR > 1 { print $1 }'; }

# headed TEXT WORD...: each begins a paragraph of this text, alone or with others
headed() {
    local text=$1 word
    shift
    for word; do
        grep -E '^(\||\[\[)? *\*' <<<"$text" | grep -qF "*$word*" || { echo "nothing on $word"; return 1; }
    done
}

@test "nfqroute.rules(5) has every keyword, option, line of a gateway and kind of check" {
    page=$(cat docs/nfqroute.rules.5.scd)
    # shellcheck disable=SC2046 # words
    headed "$(sed -n '/^# MATCHES ON H/,/^# PATTERNS/p' <<<"$page")" $(listed keywords)
    # shellcheck disable=SC2046
    headed "$(sed -n '/^# OPTIONS/,/^# WHAT/p' <<<"$page")" $(listed options)
    # shellcheck disable=SC2046
    headed "$(sed -n '/^# GATEWAYS/,/^# CHECKS/p' <<<"$page")" $(listed gateway)
    headed "$(sed -n '/^# CHECKS/,/^# GROUPS/p' <<<"$page")" ping tcp dns http passive every timeout jitter down up
    run headed "$page" nonsense
    [ "$status" = 1 ]
}

# What rules(5) and list say in brackets and in columns is the same.
@test "nfqroute.rules(5) has the defaults of the options" {
    nfqroute list options | awk 'NR == 1 { at = index($0, "default"); end = index($0, "range") } NR > 1 { d = substr($0, at, end - at); sub(/ +$/, "", d); print $1, d }' |
        while read -r name default; do
            grep -E '^\*[a-z].*\(' docs/nfqroute.rules.5.scd | grep -oE "\*$name\* [^(]*\([^)]*\)" | grep -qF "($default)" || { echo "$name is $default"; exit 1; }
        done
}

# Of the manual the fenced blocks that have a gateway and rules; the user of the examples need not exist here.
@test "the examples of nfqroute.rules(5) and of the README, and rules.d, pass check without a warning" {
    local checked=0 file
    mkdir "$NETNS_DIR/lists"
    echo .example.com >"$NETNS_DIR/lists/video.txt"
    echo 192.0.2.0/24 >"$NETNS_DIR/lists/country.txt"
    sed 's/\\\\/\\/g; s/^user kodi /user root /' docs/nfqroute.rules.5.scd |
        awk -v out="$NETNS_DIR/man" '/^```/ { on = !on; n += on; next } on { print > (out n ".rules") }'
    sed -n '/^    gateway vpn/,/^    app rtmp/p' README.md >"$NETNS_DIR/readme.rules"
    for file in rules.d $(grep -l '^ *gateway' "$NETNS_DIR"/*.rules | xargs grep -lE '^ *[^ #].* via ' ); do
        run nfqroute check "$file"
        echo "$file: $output"
        [ "$status" = 0 ]
        [[ $output != *warning* ]]
        checked=$((checked + 1))
    done
    [ "$checked" = 5 ]
}
