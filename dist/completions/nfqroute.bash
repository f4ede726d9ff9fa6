# bash completion for nfqroute(8)                                               -*- shell-script -*-
# Written by dist/completions/generate: make completions

_nfqroute_gateways() { nfqroute status 2>/dev/null | awk '/^GATEWAY/ { on = 1; next } /^\(main\)/ { exit } on { print $1 } END { print "main drop reject" }'; }
_nfqroute_apps() { nfqroute list apps 2>/dev/null | awk 'NR > 1 { print $1 }'; }

_nfqroute() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words='check doctor explain flows flush hooks import learned list pause release reload resume run status top watch why help version'

    COMPREPLY=()
    if [ "$COMP_CWORD" -gt 1 ]; then
    case $before in
    --by) mapfile -t COMPREPLY < <(compgen -W 'rule gateway host client app' -- "$word"); return ;;
    --iif) COMPREPLY=(); return ;;
    --rules) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --sort) mapfile -t COMPREPLY < <(compgen -W 'name conns new sent received total' -- "$word"); return ;;
    --user) mapfile -t COMPREPLY < <(compgen -u -- "$word"); return ;;
    --user) mapfile -t COMPREPLY < <(compgen -u -- "$word"); return ;;
    -c) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    -d) COMPREPLY=(); return ;;
    -n) COMPREPLY=(); return ;;
    -q) COMPREPLY=(); return ;;
    -r) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    -s) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    -u) mapfile -t COMPREPLY < <(compgen -u -- "$word"); return ;;
    app) mapfile -t COMPREPLY < <(compgen -W "$(_nfqroute_apps)" -- "$word"); return ;;
    client) COMPREPLY=(); return ;;
    gateway) mapfile -t COMPREPLY < <(compgen -W "$(_nfqroute_gateways)" -- "$word"); return ;;
    host) COMPREPLY=(); return ;;
    iif) COMPREPLY=(); return ;;
    iptables) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    limit) COMPREPLY=(); return ;;
    proto) COMPREPLY=(); return ;;
    rule) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    user) mapfile -t COMPREPLY < <(compgen -u -- "$word"); return ;;
    esac
    case ${COMP_WORDS[1]} in
    check) words='--json --print -r' ;;
    doctor) words='--json -q -r' ;;
    explain) words='-r --json --user --iif --rules' ;;
    flows) words='--json -s rule gateway host client app limit' ;;
    flush) words='--json -s all rule gateway host client app' ;;
    hooks) words='--nft --iptables -q -r' ;;
    import) words='iptables' ;;
    learned) words='--json -s' ;;
    list) words='--json apps gateway keywords options' ;;
    pause) words='--json -s' ;;
    release) words='-r -s' ;;
    reload) words='--json -s' ;;
    resume) words='--json -s' ;;
    run) words='-q -r -c -u --no-seccomp -v --user' ;;
    status) words='--json -s' ;;
    top) words='--json -s -b -d -n --by --sort --reverse rule gateway host client app --batch' ;;
    watch) words='--json -s rule gateway host client app' ;;
    why) words='--json -s proto host app user iif' ;;
    help) words='check doctor explain flows flush hooks import learned list pause release reload resume run status top watch why help version' ;;
    version) words='' ;;
    *) words= ;;
    esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    case ${COMP_WORDS[1]} in check | explain | import) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word") ;; esac
}

complete -o filenames -F _nfqroute nfqroute
