# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# screen.bash - a terminal of tmux's on which a program shows and is given keys; to be read behind netns.bash
#
#     screen_begin router                 # 80x24, a shell in the namespace
#     screen_type 'nfqroute top' Enter
#     screen_wait 'connections'           # until some line matches
#     screen_end                          # in teardown
#
# The server has a socket of its own in $NETNS_DIR, so no tmux of the user's is ever spoken to.

screen_tmux() { tmux -S "$NETNS_DIR/tmux" -f /dev/null "$@" 3>&- 4>&-; }

# screen_begin NAME [COLUMNS LINES]
screen_begin() {
    TERM=screen LC_ALL=C.UTF-8 netns_exec "$1" tmux -S "$NETNS_DIR/tmux" -f /dev/null new-session -d -x "${2:-80}" -y "${3:-24}" \
        'PS1="ready> " exec bash --norc --noprofile' </dev/null >/dev/null 2>&1 3>&- 4>&-
    screen_tmux set-option -g status off
    screen_size "${2:-80}" "${3:-24}"
    screen_wait 'ready>'
}

screen_size() { screen_tmux resize-window -x "$1" -y "$2"; }
screen_type() { screen_tmux send-keys "$@"; }
screen_shown() { screen_tmux capture-pane -p; }

# screen_shows REGEX: some line matches
screen_shows() { screen_shown | grep -Eq -- "$1"; }
screen_wait() {
    netns_wait 15 screen_shows "$1" || { screen_shown | grep .; return 1; }
}

screen_end() { screen_tmux kill-server 2>/dev/null || :; }
