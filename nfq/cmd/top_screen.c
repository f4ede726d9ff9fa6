/* SPDX-License-Identifier: GPL-2.0-or-later
 * top_screen.c - "nfqroute top" on a terminal: what is shown, and the keys that change it
 *
 * Keys, signals and the daemon are waited for in one place. Signals come by a descriptor, so that the terminal is given
 * back in the ordinary way before one of them ends the program; ncurses keeps those for a change of size and for ^Z.
 */
#include "top_screen.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "memory_text.h"

enum { ROWS_AT = 3, FOOT = 1, LINE_MAX_CHARS = 512 };

struct screen {
	struct top_view view;
	json_t *event;   /* what is shown; NULL: nothing yet */
	bool held;       /* it is not to be changed */
	bool over;       /* the user has seen enough */
	unsigned scroll; /* rows above the first that is shown */
	unsigned rows;   /* that there are */
	int signal;      /* that has come; 0: none */
	sigset_t before;
	int signals;
};

/* --- keys --- */

static void key_quit(struct screen *screen)
{
	screen->over = true;
}

static void key_hold(struct screen *screen)
{
	screen->held = !screen->held;
}

static void key_reverse(struct screen *screen)
{
	screen->view.reverse = !screen->view.reverse;
}

static void key_sort_right(struct screen *screen)
{
	if (top_sort_name(screen->view.sort + 1))
		screen->view.sort++;
}

static void key_sort_left(struct screen *screen)
{
	if (screen->view.sort)
		screen->view.sort--;
}

static void key_next_kind(struct screen *screen)
{
	screen->scroll = 0;
	if (!top_by_name(++screen->view.by))
		screen->view.by = 0;
}

static unsigned page(void)
{
	return LINES > ROWS_AT + FOOT + 1 ? (unsigned)(LINES - ROWS_AT - FOOT - 1) : 1;
}

static void scroll_by(struct screen *screen, int rows)
{
	int most = screen->rows > page() ? (int)(screen->rows - page()) : 0, at = (int)screen->scroll + rows;

	screen->scroll = (unsigned)(at < 0 ? 0 : at > most ? most : at);
}

static void key_up(struct screen *screen)
{
	scroll_by(screen, -1);
}

static void key_down(struct screen *screen)
{
	scroll_by(screen, 1);
}

static void key_page_up(struct screen *screen)
{
	scroll_by(screen, -(int)page());
}

static void key_page_down(struct screen *screen)
{
	scroll_by(screen, (int)page());
}

static const struct {
	int key;
	void (*press)(struct screen *screen);
} keys[] = {
	{'q', key_quit},        {' ', key_hold},           {'R', key_reverse},       {'>', key_sort_right},
	{'<', key_sort_left},   {KEY_RIGHT, key_sort_right}, {KEY_LEFT, key_sort_left}, {'\t', key_next_kind},
	{KEY_UP, key_up},       {KEY_DOWN, key_down},      {'k', key_up},            {'j', key_down},
	{KEY_PPAGE, key_page_up}, {KEY_NPAGE, key_page_down},
};

static void press(struct screen *screen, int key)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].key == key)
			keys[i].press(screen);
	for (unsigned by = 0; top_by_name(by); by++)
		if (top_by_name(by)[0] == key) {
			screen->view.by = by;
			screen->scroll = 0;
		}
}

/* --- what is seen --- */

static void put_line(int y, attr_t attributes, const char *text, size_t length)
{
	if (y < 0 || y >= LINES)
		return;
	attrset(attributes);
	mvaddnstr(y, 0, text, length < (size_t)COLS ? (int)length : COLS);
	if (attributes & A_REVERSE)
		hline(' ' | attributes, COLS); /* to the end of the line */
	attrset(A_NORMAL);
}

static void put_head(const struct screen *screen)
{
	double when = json_number_value(json_object_get(screen->event, "time"));
	time_t seconds = (time_t)when;
	char text[LINE_MAX_CHARS], at[16] = "--:--:--";
	struct tm tm;

	if (screen->event)
		strftime(at, sizeof at, "%H:%M:%S", localtime_r(&seconds, &tm));
	snprintf(text, sizeof text, "nfqroute top - %s, by %s, sorted by %s%s%s", at, top_by_name(screen->view.by),
		 top_sort_name(screen->view.sort), screen->view.reverse ? ", reversed" : "",
		 screen->held ? ", held" : "");
	put_line(0, A_BOLD, text, strlen(text));
}

/* A part of the view as text, to be freed. NULL: out of memory. */
static char *text_of(const struct screen *screen, bool rows)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (rows)
		top_print_rows(&screen->view, screen->event, out, (unsigned)COLS);
	else
		top_print_all(screen->event, out);
	return memory_text_end(out, &text);
}

static void put_rows(struct screen *screen)
{
	char *text = text_of(screen, true);
	unsigned number = 0;

	for (const char *line = text; line && *line; number++) {
		size_t length = strcspn(line, "\n");

		if (number == 0)
			put_line(ROWS_AT, A_REVERSE, line, length);
		else if (number > screen->scroll && number <= screen->scroll + page())
			put_line(ROWS_AT + (int)(number - screen->scroll), A_NORMAL, line, length);
		line += length + (line[length] == '\n');
	}
	screen->rows = number ? number - 1 : 0;
	if (!screen->rows)
		put_line(ROWS_AT, A_NORMAL, "nothing", 7);
	free(text);
}

static void draw(struct screen *screen)
{
	static const char waiting[] = "the first interval is not over yet",
			  foot[] = "q quit  r g h c a kind  < > sort  R reverse  space hold  up/down scroll";
	char *all = screen->event ? text_of(screen, false) : NULL;

	erase();
	put_head(screen);
	if (all)
		put_line(1, A_NORMAL, all, strcspn(all, "\n"));
	else
		put_line(1, A_NORMAL, waiting, sizeof waiting - 1);
	free(all);
	if (screen->event)
		put_rows(screen);
	put_line(LINES - 1, A_DIM, foot, sizeof foot - 1);
	refresh();
}

/* --- the terminal --- */

/* Where there is no memory the program ends wherever it is (command_memory()). */
static void give_back_terminal(void)
{
	if (!isendwin())
		endwin();
}

static SCREEN *open_terminal(struct screen *screen)
{
	SCREEN *terminal = newterm(NULL, stdout, stdin);
	sigset_t set;

	if (!terminal)
		return NULL;
	atexit(give_back_terminal);
	cbreak();
	noecho();
	nodelay(stdscr, true);
	keypad(stdscr, true);
	curs_set(0);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigprocmask(SIG_BLOCK, &set, &screen->before);
	screen->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return terminal;
}

/* A signal that has come now ends the program as if nothing had kept it. */
static void close_terminal(struct screen *screen, SCREEN *terminal)
{
	endwin();
	delscreen(terminal);
	if (screen->signals >= 0)
		close(screen->signals);
	json_decref(screen->event);
	if (screen->signal) {
		signal(screen->signal, SIG_DFL);
		raise(screen->signal);
	}
	sigprocmask(SIG_SETMASK, &screen->before, NULL);
}

/* --- what comes --- */

static void read_signals(struct screen *screen)
{
	struct signalfd_siginfo info;

	while (read(screen->signals, &info, sizeof info) == sizeof info)
		screen->signal = (int)info.ssi_signo;
}

static void read_keys(struct screen *screen)
{
	int key;

	while (!screen->over && (key = getch()) != ERR)
		press(screen, key);
}

/* false: the daemon says no more, which *last tells. */
static bool read_daemon(struct screen *screen, struct client *client, unsigned long *shown, json_t **last)
{
	bool open;
	json_t *answer = client_take(client, &open), *event = json_object_get(answer, "event");

	if (event && !screen->held) {
		json_decref(screen->event);
		screen->event = json_incref(event);
		++*shown;
	}
	if (event || (!answer && open)) {
		json_decref(answer);
		return true;
	}
	*last = answer;
	return false;
}

/* Waits for something and deals with it. false: the daemon says no more, which *last tells. */
static bool turn(struct screen *screen, struct client *client, unsigned long *shown, json_t **last)
{
	struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
			       {.fd = screen->signals, .events = POLLIN},
			       {.fd = client->fd, .events = POLLIN}};

	draw(screen);
	if (poll(fds, 3, -1) < 0 && errno == EINTR)
		fds[0].revents = POLLIN, fds[1].revents = fds[2].revents = 0; /* another size is a key */
	if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		screen->over = true;
	if (fds[0].revents & POLLIN)
		read_keys(screen);
	if (fds[1].revents)
		read_signals(screen);
	return !fds[2].revents || read_daemon(screen, client, shown, last);
}

int top_screen(struct client *client, struct top_view view, unsigned long count)
{
	struct screen screen = {.view = view, .signals = -1};
	SCREEN *terminal = open_terminal(&screen);
	unsigned long shown = 0;
	json_t *last = NULL;
	bool open = true;
	int exit;

	if (!terminal)
		return command_failed(client->command, "this terminal is not known; --batch prints lines, $TERM says what it is");
	while (open && !screen.over && !screen.signal && (!count || shown < count))
		open = turn(&screen, client, &shown, &last);
	close_terminal(&screen, terminal);
	exit = open ? COMMAND_OK : client_judge(client, last);
	json_decref(last);
	return exit;
}
