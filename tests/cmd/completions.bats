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

@test "the manual has every command, and every long option" {
    for command in $(commands); do
        grep -Eq "^\\*nfqroute.*\\*|^\\*nfqroute\\*" docs/nfqroute.8.scd
        sed -n '/^# COMMANDS/,/^# SIGNALS/p' docs/nfqroute.8.scd | grep -E '^\*' | grep -qE "\*$command\*" || { echo "no $command"; false; }
        for option in $(nfqroute help "$command" | sed -n 's/^  \(-[a-z], \)\{0,1\}\(--[a-z]*\)[ ,].*/\2/p'); do
            grep -qF -- "*$option*" docs/nfqroute.8.scd || { echo "no $command $option"; false; }
        done
    done
}
