# fish completion for nfqroute(8)
# Written by dist/completions/generate: make completions

function __nfqroute_gateways
    nfqroute status 2>/dev/null | awk '/^GATEWAY/ { on = 1; next } /^\(main\)/ { exit } on { print $1 } END { print "main\ndrop\nreject" }'
end
function __nfqroute_apps
    nfqroute list apps 2>/dev/null | awk 'NR > 1 { print $1 }'
end

complete -c nfqroute -f -n '__fish_use_subcommand' -a check -d 'read the rules and say every error with its place'
complete -c nfqroute -n '__fish_seen_subcommand_from check' -l json -d 'errors and warnings as a JSON array of objects'
complete -c nfqroute -n '__fish_seen_subcommand_from check' -l print -d 'print the rules in canonical form'
complete -c nfqroute -n '__fish_seen_subcommand_from check' -s r -d 'the directory of rules' -r -F
complete -c nfqroute -f -n '__fish_use_subcommand' -a doctor -d 'say what would make steering fail on this machine, and how to mend it'
complete -c nfqroute -n '__fish_seen_subcommand_from doctor' -l json -d 'an array of objects: check, level (ok, unseen, warn, fail), text,'
complete -c nfqroute -n '__fish_seen_subcommand_from doctor' -s q -d 'the queues that the daemon serves or shall serve (default 0)' -x
complete -c nfqroute -n '__fish_seen_subcommand_from doctor' -s r -d 'the rules (default /etc/nfqroute/rules.d)' -r -F
complete -c nfqroute -f -n '__fish_use_subcommand' -a explain -d 'say what each connection of a capture is, and which rule decides it'
complete -c nfqroute -n '__fish_seen_subcommand_from explain' -s r -d 'the rules, a directory or one file; without: only what is seen' -r -F
complete -c nfqroute -n '__fish_seen_subcommand_from explain' -l json -d ''
complete -c nfqroute -n '__fish_seen_subcommand_from explain' -l user -d 'NAME' -x -a '(__fish_complete_users)'
complete -c nfqroute -n '__fish_seen_subcommand_from explain' -l iif -d 'NAME' -x
complete -c nfqroute -n '__fish_seen_subcommand_from explain' -l rules -d 'the rules, a directory or one file; without: only what is seen' -r -F
complete -c nfqroute -f -n '__fish_use_subcommand' -a flows -d 'list the connections of now, and what has decided each'
complete -c nfqroute -n '__fish_seen_subcommand_from flows' -l json -d 'print the daemon\'s answer as JSON'
complete -c nfqroute -n '__fish_seen_subcommand_from flows' -s s -d 'the daemon\'s control socket (default /run/nfqroute/nfqroute.sock, or $NFQROUTE_SOCKET)' -r -F
complete -c nfqroute -n '__fish_seen_subcommand_from flows' -f -a rule -d 'decided by this rule, or by one of this file'
complete -c nfqroute -n '__fish_seen_subcommand_from flows' -f -a gateway -d 'gone by it; or main, drop, reject'
complete -c nfqroute -n '__fish_seen_subcommand_from flows' -f -a host -d 'for this name; .NAME: it and all below it'
complete -c nfqroute -n '__fish_seen_subcommand_from flows' -f -a client -d 'begun by this address, or one of this prefix (10.0.0.0/8)'
complete -c nfqroute -n '__fish_seen_subcommand_from flows' -f -a app -d 'of this app, or one that runs in it'
complete -c nfqroute -n '__fish_seen_subcommand_from flows' -f -a limit -d 'so many at most (default 1000)'
complete -c nfqroute -f -n '__fish_use_subcommand' -a flush -d 'forget connections, to have them decided anew'
complete -c nfqroute -n '__fish_seen_subcommand_from flush' -l json -d 'print the daemon\'s answer as JSON'
complete -c nfqroute -n '__fish_seen_subcommand_from flush' -s s -d 'the daemon\'s control socket (default /run/nfqroute/nfqroute.sock, or $NFQROUTE_SOCKET)' -r -F
complete -c nfqroute -n '__fish_seen_subcommand_from flush' -f -a all -d 'all that are decided'
complete -c nfqroute -n '__fish_seen_subcommand_from flush' -f -a rule -d 'decided by this rule, or by one of this file'
complete -c nfqroute -n '__fish_seen_subcommand_from flush' -f -a gateway -d 'gone by it; or main, drop, reject'
complete -c nfqroute -n '__fish_seen_subcommand_from flush' -f -a host -d 'for this name; .NAME: it and all below it'
complete -c nfqroute -n '__fish_seen_subcommand_from flush' -f -a client -d 'begun by this address, or one of this prefix (10.0.0.0/8)'
complete -c nfqroute -n '__fish_seen_subcommand_from flush' -f -a app -d 'of this app, or one that runs in it'
complete -c nfqroute -f -n '__fish_use_subcommand' -a hooks -d 'print the firewall rules that hand packets to the daemon'
complete -c nfqroute -n '__fish_seen_subcommand_from hooks' -l nft -d 'a table of nft\'s own, inet nfqroute; the kernel needs nft\'s queue'
complete -c nfqroute -n '__fish_seen_subcommand_from hooks' -l iptables -d 'chains NFQROUTE_* for iptables-restore and ip6tables-restore alike'
complete -c nfqroute -n '__fish_seen_subcommand_from hooks' -s q -d 'the queues that the daemon serves (default 0)' -x
complete -c nfqroute -n '__fish_seen_subcommand_from hooks' -s r -d 'the rules, for mark-mask and gateways (default /etc/nfqroute/rules.d)' -r -F
complete -c nfqroute -f -n '__fish_use_subcommand' -a import -d 'turn a script that marks connections and routes by the mark into rules'
complete -c nfqroute -n '__fish_seen_subcommand_from import' -f -a iptables -d 'FILE'
complete -c nfqroute -f -n '__fish_use_subcommand' -a learned -d 'list what was seen at destinations, and where it leads'
complete -c nfqroute -n '__fish_seen_subcommand_from learned' -l json -d 'print the daemon\'s answer as JSON'
complete -c nfqroute -n '__fish_seen_subcommand_from learned' -s s -d 'the daemon\'s control socket (default /run/nfqroute/nfqroute.sock, or $NFQROUTE_SOCKET)' -r -F
complete -c nfqroute -f -n '__fish_use_subcommand' -a list -d 'print the words that rules can use'
complete -c nfqroute -n '__fish_seen_subcommand_from list' -l json -d 'as an array of objects'
complete -c nfqroute -n '__fish_seen_subcommand_from list' -f -a apps -d 'what \'app\' tells apart, at which packet it is usually known, and the specification'
complete -c nfqroute -n '__fish_seen_subcommand_from list' -f -a gateway -d 'what can be said of a gateway in its block'
complete -c nfqroute -n '__fish_seen_subcommand_from list' -f -a keywords -d 'the matches of a rule and what stands behind them'
complete -c nfqroute -n '__fish_seen_subcommand_from list' -f -a options -d 'the settings, with default and range'
complete -c nfqroute -f -n '__fish_use_subcommand' -a pause -d 'have the daemon decide nothing until resume'
complete -c nfqroute -n '__fish_seen_subcommand_from pause' -l json -d 'print the daemon\'s answer as JSON'
complete -c nfqroute -n '__fish_seen_subcommand_from pause' -s s -d 'the daemon\'s control socket (default /run/nfqroute/nfqroute.sock, or $NFQROUTE_SOCKET)' -r -F
complete -c nfqroute -f -n '__fish_use_subcommand' -a release -d 'take away what a daemon that is gone has left'
complete -c nfqroute -n '__fish_seen_subcommand_from release' -s r -d 'the rules, for mark-mask (default /etc/nfqroute/rules.d)' -r -F
complete -c nfqroute -n '__fish_seen_subcommand_from release' -s s -d 'the control socket of the daemon that must not be there (default /run/nfqroute/nfqroute.sock,' -r -F
complete -c nfqroute -f -n '__fish_use_subcommand' -a reload -d 'have the daemon read the rules again'
complete -c nfqroute -n '__fish_seen_subcommand_from reload' -l json -d 'print the daemon\'s answer as JSON'
complete -c nfqroute -n '__fish_seen_subcommand_from reload' -s s -d 'the daemon\'s control socket (default /run/nfqroute/nfqroute.sock, or $NFQROUTE_SOCKET)' -r -F
complete -c nfqroute -f -n '__fish_use_subcommand' -a resume -d 'have the daemon decide again'
complete -c nfqroute -n '__fish_seen_subcommand_from resume' -l json -d 'print the daemon\'s answer as JSON'
complete -c nfqroute -n '__fish_seen_subcommand_from resume' -s s -d 'the daemon\'s control socket (default /run/nfqroute/nfqroute.sock, or $NFQROUTE_SOCKET)' -r -F
complete -c nfqroute -f -n '__fish_use_subcommand' -a run -d 'run the daemon; the word itself may be left out'
complete -c nfqroute -n '__fish_seen_subcommand_from run' -s q -d 'serve these NFQUEUE queues, one thread each' -x
complete -c nfqroute -n '__fish_seen_subcommand_from run' -s r -d 'read the rules from DIR/*.rules, or from one file (default /etc/nfqroute/rules.d)' -r -F
complete -c nfqroute -n '__fish_seen_subcommand_from run' -s c -d 'the control socket (default /run/nfqroute/nfqroute.sock, or $NFQROUTE_SOCKET); none: no socket' -r -F
complete -c nfqroute -n '__fish_seen_subcommand_from run' -s u -d 'go on as this user, with CAP_NET_ADMIN and CAP_NET_RAW only (default nfqroute,' -x -a '(__fish_complete_users)'
complete -c nfqroute -n '__fish_seen_subcommand_from run' -l no-seccomp -d 'do not limit the system calls that it may make'
complete -c nfqroute -n '__fish_seen_subcommand_from run' -s v -d 'log every decision'
complete -c nfqroute -n '__fish_seen_subcommand_from run' -l user -d 'go on as this user, with CAP_NET_ADMIN and CAP_NET_RAW only (default nfqroute,' -x -a '(__fish_complete_users)'
complete -c nfqroute -f -n '__fish_use_subcommand' -a status -d 'say what the daemon is and does, and whether the kernel is as it should be'
complete -c nfqroute -n '__fish_seen_subcommand_from status' -l json -d 'print the daemon\'s answer as JSON'
complete -c nfqroute -n '__fish_seen_subcommand_from status' -s s -d 'the daemon\'s control socket (default /run/nfqroute/nfqroute.sock, or $NFQROUTE_SOCKET)' -r -F
complete -c nfqroute -f -n '__fish_use_subcommand' -a top -d 'show what goes by which rule, gateway, host, client or app just now'
complete -c nfqroute -n '__fish_seen_subcommand_from top' -l json -d 'print the daemon\'s answer as JSON'
complete -c nfqroute -n '__fish_seen_subcommand_from top' -s s -d 'the daemon\'s control socket (default /run/nfqroute/nfqroute.sock, or $NFQROUTE_SOCKET)' -r -F
complete -c nfqroute -n '__fish_seen_subcommand_from top' -s b -d 'print lines, as where the output is no terminal'
complete -c nfqroute -n '__fish_seen_subcommand_from top' -s d -d 'from one look to the next, from 0.2 (default 2)' -x
complete -c nfqroute -n '__fish_seen_subcommand_from top' -s n -d 'end after so many' -x
complete -c nfqroute -n '__fish_seen_subcommand_from top' -l by -d 'a row for each rule (default), gateway, host, client or app' -x -a 'rule gateway host client app'
complete -c nfqroute -n '__fish_seen_subcommand_from top' -l sort -d 'by name, conns, new, sent, received or total (default)' -x -a 'name conns new sent received total'
complete -c nfqroute -n '__fish_seen_subcommand_from top' -l reverse -d 'the least first'
complete -c nfqroute -n '__fish_seen_subcommand_from top' -f -a rule -d 'decided by this rule, or by one of this file'
complete -c nfqroute -n '__fish_seen_subcommand_from top' -f -a gateway -d 'gone by it; or main, drop, reject'
complete -c nfqroute -n '__fish_seen_subcommand_from top' -f -a host -d 'for this name; .NAME: it and all below it'
complete -c nfqroute -n '__fish_seen_subcommand_from top' -f -a client -d 'begun by this address, or one of this prefix (10.0.0.0/8)'
complete -c nfqroute -n '__fish_seen_subcommand_from top' -f -a app -d 'of this app, or one that runs in it'
complete -c nfqroute -n '__fish_seen_subcommand_from top' -l batch -d 'print lines, as where the output is no terminal'
complete -c nfqroute -f -n '__fish_use_subcommand' -a watch -d 'print decisions as they are made'
complete -c nfqroute -n '__fish_seen_subcommand_from watch' -l json -d 'print the daemon\'s answer as JSON'
complete -c nfqroute -n '__fish_seen_subcommand_from watch' -s s -d 'the daemon\'s control socket (default /run/nfqroute/nfqroute.sock, or $NFQROUTE_SOCKET)' -r -F
complete -c nfqroute -n '__fish_seen_subcommand_from watch' -f -a rule -d 'decided by this rule, or by one of this file'
complete -c nfqroute -n '__fish_seen_subcommand_from watch' -f -a gateway -d 'gone by it; or main, drop, reject'
complete -c nfqroute -n '__fish_seen_subcommand_from watch' -f -a host -d 'for this name; .NAME: it and all below it'
complete -c nfqroute -n '__fish_seen_subcommand_from watch' -f -a client -d 'begun by this address, or one of this prefix (10.0.0.0/8)'
complete -c nfqroute -n '__fish_seen_subcommand_from watch' -f -a app -d 'of this app, or one that runs in it'
complete -c nfqroute -f -n '__fish_use_subcommand' -a why -d 'say which rule would decide a connection, and why no earlier one'
complete -c nfqroute -n '__fish_seen_subcommand_from why' -l json -d 'print the daemon\'s answer as JSON'
complete -c nfqroute -n '__fish_seen_subcommand_from why' -s s -d 'the daemon\'s control socket (default /run/nfqroute/nfqroute.sock, or $NFQROUTE_SOCKET)' -r -F
complete -c nfqroute -n '__fish_seen_subcommand_from why' -f -a proto -d 'its protocol (default tcp)'
complete -c nfqroute -n '__fish_seen_subcommand_from why' -f -a host -d 'the name that it will say (in TLS; on port 80 in HTTP; with udp in QUIC)'
complete -c nfqroute -n '__fish_seen_subcommand_from why' -f -a app -d 'the app that it will turn out to be'
complete -c nfqroute -n '__fish_seen_subcommand_from why' -f -a user -d 'the local user whose it is'
complete -c nfqroute -n '__fish_seen_subcommand_from why' -f -a iif -d 'the device it comes in by'
complete -c nfqroute -f -n '__fish_use_subcommand' -a help -d 'say more about a command'
complete -c nfqroute -f -n '__fish_use_subcommand' -a version -d 'print the version'
complete -c nfqroute -f -n 'test (commandline -opc)[-1] = gateway' -x -a '(__nfqroute_gateways)'
complete -c nfqroute -f -n 'test (commandline -opc)[-1] = app' -x -a '(__nfqroute_apps)'
complete -c nfqroute -f -n '__fish_seen_subcommand_from help' -a 'check doctor explain flows flush hooks import learned list pause release reload resume run status top watch why help version'
